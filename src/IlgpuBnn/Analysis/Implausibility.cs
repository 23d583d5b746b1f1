using IlgpuBnn.Data;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>How far observations lie from the surrogates of all waves, in the standard deviations of everything that is not known (Craig et al. 1997).</summary>
internal sealed class Implausibility
{
    private const double JointProbability = 0.995;

    private readonly Surrogate[] _waves;
    private readonly Observations[] _observations;
    private readonly ObservationLikelihood[] _joint;
    private readonly double[] _jointScales;
    private readonly int[][] _sources;
    private readonly HistoryMatchingOptions _options;

    /// <param name="waves">First to last; each holds those observations against itself whose targets it has.</param>
    /// <exception cref="ArgumentException">An observation's target is in no wave, or a wave has fewer observations than <see cref="HistoryMatchingOptions.Rank"/>.</exception>
    public Implausibility(IReadOnlyList<Surrogate> waves, Observations observations, HistoryMatchingOptions options)
    {
        (_waves, _options) = ([.. waves], options);
        observations.Outputs([.. waves.SelectMany(wave => wave.OutputNames).Distinct()]);
        _sources = [.. waves.Select(wave => Enumerable.Range(0, observations.Values.Count).Where(a => wave.OutputNames.Contains(observations.Values[a].Target)).ToArray())];
        for (int wave = 0; wave < waves.Count; wave++)
        {
            if (_sources[wave].Length < options.Rank)
            {
                throw new ArgumentException(
                    $"Wave {wave + 1} has {_sources[wave].Length} of the observed targets; to rule out by the largest implausibility but {options.Rank - 1} takes {options.Rank}.");
            }
        }

        _observations = [.. _sources.Select(observations.At)];
        _joint = [.. waves.Select((wave, k) => new ObservationLikelihood(wave, _observations[k]))];
        _jointScales = [.. _sources.Select(own => options.Threshold / Math.Sqrt(ChiSquared.InvCDF(own.Length, JointProbability)))];
    }

    /// <summary>Of points of the unit cube.</summary>
    /// <param name="points">[point, input].</param>
    public ImplausiblePoints At(double[,] points, CancellationToken cancellation)
    {
        int count = points.GetLength(0);
        double[] values = new double[count];
        int[] ruledOutBy = new int[count], farthest = new int[count], left = [.. Enumerable.Range(0, count)];
        Array.Fill(ruledOutBy, _waves.Length);
        for (int wave = 0; wave < _waves.Length && left.Length > 0; wave++)
        {
            foreach ((int first, SurrogateOutputs outputs) in _waves[wave].EvaluateInPieces(Dataset.CopyRows(points, left)))
            {
                cancellation.ThrowIfCancellationRequested();
                Parallel.For(0, outputs.RowCount, () => new double[_joint[wave].ScratchLength], (row, _, scratch) =>
                {
                    int n = left[first + row];
                    (double value, int source) = Of(wave, outputs, row, scratch);
                    if (value > values[n])
                    {
                        (values[n], farthest[n]) = (value, _sources[wave][source]);
                    }

                    if (value > _options.Threshold)
                    {
                        ruledOutBy[n] = wave;
                    }

                    return scratch;
                }, _ => { });
            }

            left = [.. left.Where(n => ruledOutBy[n] == _waves.Length)];
        }

        return new ImplausiblePoints(points, values, ruledOutBy, farthest);
    }

    /// <summary>[observation]: median over points of the surrogate's variance over the observation's, by the last wave that has its target; NaN without points.</summary>
    /// <param name="points">[point, input], of the unit cube.</param>
    public double[] VarianceRatios(double[,] points)
    {
        int count = points.GetLength(0);
        var ratios = new double[_sources.Max(own => own.Max()) + 1][];
        for (int wave = 0; wave < _waves.Length; wave++)
        {
            int[] own = [.. _sources[wave].Where(a => !_sources.Skip(wave + 1).Any(later => later.Contains(a)))];
            foreach (int a in own)
            {
                ratios[a] = new double[count];
            }

            foreach ((int first, SurrogateOutputs outputs) in own.Length == 0 ? [] : _waves[wave].EvaluateInPieces(points))
            {
                foreach (int a in own)
                {
                    int index = Array.IndexOf(_sources[wave], a);
                    for (int row = 0; row < outputs.RowCount; row++)
                    {
                        ratios[a][first + row] = outputs.Variance(row, _joint[wave].Outputs[index]) / _observations[wave].Values[index].Variance;
                    }
                }
            }
        }

        return [.. ratios.Select(own => own.Median())];
    }

    /// <summary>Of a point by one wave, and which of its observations is farthest.</summary>
    private (double Value, int Source) Of(int wave, SurrogateOutputs outputs, int row, double[] scratch)
    {
        Span<double> all = scratch.AsSpan(0, _sources[wave].Length);
        int farthest = 0;
        for (int a = 0; a < all.Length; a++)
        {
            Observation own = _observations[wave].Values[a];
            int output = _joint[wave].Outputs[a];
            all[a] = Math.Abs(own.Value - outputs.Mean[row, output]) / Math.Sqrt(own.Variance + outputs.Variance(row, output));
            farthest = all[a] > all[farthest] ? a : farthest;
        }

        all.Sort();
        double ranked = all[^_options.Rank];

        // Stretched so that one threshold serves both tests.
        return (_options.JointTest ? Math.Max(ranked, _jointScales[wave] * Math.Sqrt(_joint[wave].Of(outputs, row, 0, scratch).SquaredDistance)) : ranked, farthest);
    }
}
