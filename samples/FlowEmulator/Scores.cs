using IlgpuBnn.Prediction;

namespace FlowEmulator;

/// <summary>Predictions of glaciers that no network saw, beside the solver's velocities, where there is ice.</summary>
internal sealed class Scores
{
    private readonly Glaciers _glaciers;
    private readonly PredictiveDistribution _predicted;

    public Scores(Glaciers glaciers, PredictiveDistribution predicted)
    {
        (_glaciers, _predicted) = (glaciers, predicted);
        Errors = [.. Enumerable.Range(0, Count).Select(n => Root(n, (_, target) => Square(Error(n, target))))];
        EpistemicSds = [.. Enumerable.Range(0, Count).Select(n => Root(n, (_, target) => predicted.EpistemicVariance[n, target]))];
        Sds = [.. Enumerable.Range(0, Count).Select(n => Root(n, (_, target) => predicted.Variance[n, target]))];
    }

    public int Count => _glaciers.All.Count;

    /// <summary>[glacier]: root mean square over points and both components, m/a.</summary>
    public double[] Errors { get; }

    /// <summary>[glacier], as <see cref="Errors"/>.</summary>
    public double[] EpistemicSds { get; }

    /// <summary>[glacier]: epistemic and noise, as <see cref="Errors"/>.</summary>
    public double[] Sds { get; }

    public double Rmse => Math.Sqrt(All().Average(at => Square(Error(at.Glacier, at.Target))));

    /// <summary>Root mean square of the standard deviations, epistemic and noise.</summary>
    public double Sd => Math.Sqrt(All().Average(at => _predicted.Variance[at.Glacier, at.Target]));

    /// <summary>Of the velocities of all glaciers together.</summary>
    public double R2() => R2Of(All());

    /// <summary>[glacier]: of its own velocities.</summary>
    public double[] R2OfEach() => [.. Enumerable.Range(0, Count).Select(n => R2Of(Targets(n).Select(target => (n, target))))];

    /// <summary>Share of velocities inside central intervals.</summary>
    public double Coverage(double level)
    {
        (double[,] lower, double[,] upper) = _predicted.Interval(level);
        return All().Average(at => _glaciers.Data.Targets[at.Glacier, at.Target] >= lower[at.Glacier, at.Target] && _glaciers.Data.Targets[at.Glacier, at.Target] <= upper[at.Glacier, at.Target] ? 1.0 : 0);
    }

    /// <summary>Velocities in groups of equally many by their epistemic sd: root mean squares of sd and error of each, m/a.</summary>
    public (double[] Sds, double[] Errors) Groups(int count)
    {
        (double Variance, double Square)[] all = [.. All().Select(at => (_predicted.EpistemicVariance[at.Glacier, at.Target], Square(Error(at.Glacier, at.Target)))).OrderBy(at => at.Item1)];
        (double Variance, double Square)[][] groups = [.. all.Chunk((all.Length + count - 1) / count)];
        return ([.. groups.Select(own => Math.Sqrt(own.Average(at => at.Variance)))], [.. groups.Select(own => Math.Sqrt(own.Average(at => at.Square)))]);
    }

    private double Error(int glacier, int target) => _glaciers.Data.Targets[glacier, target] - _predicted.Mean[glacier, target];

    private double R2Of(IEnumerable<(int Glacier, int Target)> places)
    {
        (int Glacier, int Target)[] all = [.. places];
        double mean = all.Average(at => _glaciers.Data.Targets[at.Glacier, at.Target]);
        return 1 - (all.Sum(at => Square(Error(at.Glacier, at.Target))) / all.Sum(at => Square(_glaciers.Data.Targets[at.Glacier, at.Target] - mean)));
    }

    private IEnumerable<(int Glacier, int Target)> All() => Enumerable.Range(0, Count).SelectMany(n => Targets(n).Select(target => (n, target)));

    private IEnumerable<int> Targets(int glacier) => Enumerable.Range(0, _glaciers.Data.TargetCount).Where(target => _glaciers.HasIce(glacier, target));

    private double Root(int glacier, Func<int, int, double> square) => Math.Sqrt(Targets(glacier).Average(target => square(glacier, target)));

    private static double Square(double value) => value * value;
}
