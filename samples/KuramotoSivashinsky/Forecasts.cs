using IlgpuBnn;
using MathNet.Numerics.Distributions;

namespace KuramotoSivashinsky;

/// <summary>An ensemble's trajectories from new states, beside the truth.</summary>
internal sealed class Forecasts
{
    /// <summary>A forecast is valid until its error over all points passes so many standard deviations of the field.</summary>
    public const double ValidError = 0.5;

    // [start][interval][x], and [start][network][interval][x].
    private readonly double[][][] _truth;
    private readonly double[][][][] _networks;

    private Forecasts(double[][][] truth, double[][][][] networks, double fieldSd)
    {
        (_truth, _networks, FieldSd) = (truth, networks, fieldSd);
        (Mean, Spread) = (new double[truth.Length][][], new double[truth.Length][][]);
        Parallel.For(0, truth.Length, n =>
        {
            Mean[n] = Over(n, values => values.Average());
            Spread[n] = Over(n, SpreadOf);
        });
    }

    /// <summary>Starts.</summary>
    public int Count => _truth.Length;

    public int Intervals => _truth[0].Length - 1;

    public int Networks => _networks[0].Length;

    /// <summary>Of the field over points and time.</summary>
    public double FieldSd { get; }

    /// <summary>[start][interval][x].</summary>
    public double[][][] Truth => _truth;

    /// <summary>[start][interval][x]: of the networks.</summary>
    public double[][][] Mean { get; }

    /// <summary>[start][interval][x]: what one network more is expected to be off the mean, sd of the networks times sqrt(1 + 1/S).</summary>
    public double[][][] Spread { get; }

    /// <param name="starts">New states, independent of those of the training.</param>
    public static Forecasts Run(BayesianNetwork model, int starts, int intervals, double fieldSd, int seed)
    {
        var truth = new double[starts][][];
        Parallel.For(0, starts, n =>
        {
            Solver solver = Simulation.NewSolver();
            truth[n] = Simulation.Trajectory(solver, Simulation.Start(solver, new Random((1000 * seed) + n)), intervals);
        });
        return new Forecasts(truth, Emulator.RollOut(model, [.. truth.Select(own => own[0])], intervals), fieldSd);
    }

    /// <summary>Lead of an interval in Lyapunov times.</summary>
    public static double LeadOf(int interval) => interval * Simulation.Interval * Lyapunov.Exponent;

    public static int IntervalAt(double lead) => (int)Math.Round(lead / (Simulation.Interval * Lyapunov.Exponent));

    /// <summary>Lead at which the mean's error passes <see cref="ValidError"/>, in Lyapunov times; the end of the run where it never does.</summary>
    public double[] ValidTimesOfMean() => [.. Enumerable.Range(0, Count).Select(n => ValidTime(n, Mean[n]))];

    /// <summary>The same of every network.</summary>
    public double[] ValidTimesOfNetworks() => [.. Enumerable.Range(0, Count).SelectMany(n => _networks[n].Select(own => ValidTime(n, own)))];

    /// <summary>Root mean square over starts and points.</summary>
    public double RmseOfMean(int interval) => Root(Enumerable.Range(0, Count).Select(n => SquareOf(Mean[n][interval], _truth[n][interval])));

    /// <inheritdoc cref="RmseOfMean"/>
    public double RmseOfNetworks(int interval) => Root(Enumerable.Range(0, Count).SelectMany(n => _networks[n].Select(own => SquareOf(own[interval], _truth[n][interval]))));

    /// <inheritdoc cref="RmseOfMean"/>
    public double SpreadAt(int interval) => Root(Spread.Select(own => own[interval].Average(value => value * value)));

    /// <summary>Share of points inside mean and spread times Student's t of S - 1 degrees of freedom.</summary>
    public double Coverage(int interval, double level)
    {
        double factor = StudentT.InvCDF(0, 1, Networks - 1, (1 + level) / 2);
        return Enumerable.Range(0, Count).Average(n => _truth[n][interval].Where((own, x) => Math.Abs(own - Mean[n][interval][x]) <= factor * Spread[n][interval][x]).Count()
            / (double)_truth[n][interval].Length);
    }

    /// <summary>Correlation over starts between the logarithms of spread and error.</summary>
    public double Correlation(int interval) => MathNet.Numerics.Statistics.Correlation.Pearson(
        Enumerable.Range(0, Count).Select(n => Math.Log(Spread[n][interval].Average(value => value * value))),
        Enumerable.Range(0, Count).Select(n => Math.Log(SquareOf(Mean[n][interval], _truth[n][interval]))));

    /// <summary>Largest absolute value of any network anywhere.</summary>
    public double Largest() => _networks.Max(start => start.Max(own => own.Max(state => state.Max(Math.Abs))));

    /// <summary>Root mean square of how far the mean over points, which the equation conserves, has gone at the end.</summary>
    public double Drift() => Root(_networks.SelectMany(start => start.Select(own => Math.Pow(own[^1].Average() - own[0].Average(), 2))));

    private double[][] Over(int start, Func<double[], double> of)
    {
        var result = new double[Intervals + 1][];
        var values = new double[Networks];
        for (int k = 0; k <= Intervals; k++)
        {
            result[k] = new double[Simulation.Points];
            for (int x = 0; x < Simulation.Points; x++)
            {
                for (int s = 0; s < values.Length; s++)
                {
                    values[s] = _networks[start][s][k][x];
                }

                result[k][x] = of(values);
            }
        }

        return result;
    }

    private static double SpreadOf(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1) * (1 + (1.0 / values.Length)));
    }

    private double ValidTime(int start, double[][] forecast)
    {
        int interval = 0;
        while (interval < Intervals && SquareOf(forecast[interval], _truth[start][interval]) < ValidError * ValidError * FieldSd * FieldSd)
        {
            interval++;
        }

        return LeadOf(interval);
    }

    private static double SquareOf(double[] own, double[] truth) => own.Zip(truth, (a, b) => (a - b) * (a - b)).Average();

    private static double Root(IEnumerable<double> squares) => Math.Sqrt(squares.Average());
}
