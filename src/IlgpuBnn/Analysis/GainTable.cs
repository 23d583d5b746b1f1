namespace IlgpuBnn.Analysis;

/// <summary>Evaluates a surrogate for the choice of runs: deviations, noise and reference points of each target, in its standard deviations.</summary>
internal sealed class GainTable
{
    private const int MaxParticles = 64;

    // Of a target's standard deviation: networks are not told apart more finely than that.
    private const double SmallestNoise = 0.05;

    private readonly Surrogate _surrogate;
    private readonly int[] _targets;
    private readonly double[,] _prior;

    // [target], raw units.
    private readonly double[] _scale;

    /// <param name="targets">Indices of the targets that count.</param>
    /// <param name="prior">[row, input], raw units: through the inputs' distributions.</param>
    public GainTable(Surrogate surrogate, int[] targets, double[,] prior)
    {
        (_surrogate, _targets, _prior) = (surrogate, targets, prior);
        _scale = [.. Deviations().Select(own => own > 0 ? own : 1)];
    }

    /// <param name="points">Where runs may be: [row, input], raw units.</param>
    /// <param name="references">Where the surrogate is to become better: [row, input], raw units. Null for the points of the prior.</param>
    /// <returns>[target].</returns>
    public TargetGain[] Create(double[,] points, double[,]? references)
    {
        double[][,] products = Products(references ?? _prior);
        int particles = products[0].GetLength(0), count = points.GetLength(0);
        double[][] deviations = NewArrays(particles * count), noise = NewArrays(count);
        foreach ((int first, SurrogateOutputs outputs) in _surrogate.EvaluateRowsInPieces(points))
        {
            int[] sample = Sample(outputs);
            Parallel.For(0, _targets.Length, k =>
            {
                double scale = 1 / (_scale[k] * Math.Sqrt(particles));
                for (int row = 0; row < outputs.RowCount; row++)
                {
                    double own = Math.Max(outputs.Noise(row, _targets[k]) / _scale[k], SmallestNoise);
                    noise[k][first + row] = own * own;
                    for (int s = 0; s < particles; s++)
                    {
                        deviations[k][(s * count) + first + row] = outputs.Deviation(sample[s], row, _targets[k]) * scale;
                    }
                }
            });
        }

        return [.. products.Select((own, k) => new TargetGain(deviations[k], noise[k], own))];
    }

    /// <param name="target">Which of the targets that count.</param>
    /// <param name="before">Variance, in squares of the target's standard deviation.</param>
    public ExpectedGain Expected(int target, double before, double after) => new(
        _surrogate.OutputNames[_targets[target]], Math.Sqrt(before) * _scale[target], Math.Sqrt(after) * _scale[target], before > 0 ? 1 - (after / before) : 0);

    /// <summary>[target]: mean over rows of the products of the particles' deviations, [particle, particle].</summary>
    private double[][,] Products(double[,] rows)
    {
        double[][,] result = [];
        foreach ((_, SurrogateOutputs outputs) in _surrogate.EvaluateRowsInPieces(rows))
        {
            int[] sample = Sample(outputs);
            int particles = sample.Length;
            result = result.Length > 0 ? result : [.. _targets.Select(_ => new double[particles, particles])];
            Parallel.For(0, _targets.Length, k =>
            {
                double weight = 1 / (_scale[k] * _scale[k] * particles * rows.GetLength(0));
                var own = new double[particles];
                for (int row = 0; row < outputs.RowCount; row++)
                {
                    for (int s = 0; s < particles; s++)
                    {
                        own[s] = outputs.Deviation(sample[s], row, _targets[k]);
                    }

                    for (int s = 0; s < particles; s++)
                    {
                        for (int t = 0; t < particles; t++)
                        {
                            result[k][s, t] += weight * own[s] * own[t];
                        }
                    }
                }
            });
        }

        return result;
    }

    /// <summary>[target]: standard deviation of what the simulator would give over the prior, as far as is known: of the mean, the networks and the noise together.</summary>
    private double[] Deviations()
    {
        double[] sum = new double[_targets.Length], squares = new double[_targets.Length], rest = new double[_targets.Length];
        double[]? origin = null;
        int count = _prior.GetLength(0);
        foreach ((_, SurrogateOutputs outputs) in _surrogate.EvaluateRowsInPieces(_prior))
        {
            // Far from 0, squares would lose the digits that tell values apart.
            origin ??= [.. _targets.Select(o => outputs.Mean[0, o])];
            for (int row = 0; row < outputs.RowCount; row++)
            {
                for (int k = 0; k < _targets.Length; k++)
                {
                    double mean = outputs.Mean[row, _targets[k]] - origin[k];
                    sum[k] += mean / count;
                    squares[k] += mean * mean / count;
                    rest[k] += outputs.Variance(row, _targets[k]) / count;
                }
            }
        }

        return [.. sum.Select((own, k) => Math.Sqrt(Math.Max(0, squares[k] - (own * own)) + rest[k]))];
    }

    /// <summary>Particles that take part: all, or of many an even sample.</summary>
    private static int[] Sample(SurrogateOutputs outputs) => NextRuns.EvenSample([.. Enumerable.Range(0, outputs.ParticleCount)], MaxParticles);

    private double[][] NewArrays(int length) => [.. _targets.Select(_ => new double[length])];
}
