using System.Runtime.InteropServices;
using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Analysis;

/// <summary>What a surrogate says at some points: every particle's outputs, their mean, and the noise.</summary>
internal sealed class SurrogateOutputs
{
    private readonly double[,,] _particles;
    private readonly double[,]? _correlation;

    // [row, output]: variances.
    private readonly double[,] _noise;

    /// <param name="particles">[particle, row, output], raw units.</param>
    /// <param name="noise">From the mean [row, output] to the noise variances [row, output], raw units squared.</param>
    /// <param name="correlation">[output, output]: of the noise; null for independent noise.</param>
    public SurrogateOutputs(double[,,] particles, Func<double[,], double[,]> noise, double[,]? correlation)
    {
        (_particles, _correlation) = (particles, correlation);
        Mean = new double[RowCount, OutputCount];
        Pieces.ForEach(RowCount, Math.Max(1, Pieces.Cells / OutputCount), (first, count) =>
        {
            Span<double> mean = MemoryMarshal.CreateSpan(ref Mean[first, 0], count * OutputCount);
            for (int s = 0; s < ParticleCount; s++)
            {
                Doubles.AddScaled(1.0 / ParticleCount, MemoryMarshal.CreateReadOnlySpan(ref _particles[s, first, 0], count * OutputCount), mean);
            }
        });
        _noise = noise(Mean);
    }

    public int ParticleCount => _particles.GetLength(0);

    public int RowCount => _particles.GetLength(1);

    public int OutputCount => _particles.GetLength(2);

    /// <summary>[row, output], raw units.</summary>
    public double[,] Mean { get; }

    /// <summary>Of a particle from the mean, raw units.</summary>
    public double Deviation(int particle, int row, int output) => _particles[particle, row, output] - Mean[row, output];

    /// <summary>Standard deviation of the noise, raw units.</summary>
    public double Noise(int row, int output) => Math.Sqrt(_noise[row, output]);

    /// <summary>Variance of the simulator's output given what the surrogate knows, raw units squared: networks' disagreement and noise.</summary>
    public double Variance(int row, int output)
    {
        double sum = 0;
        for (int s = 0; s < ParticleCount; s++)
        {
            double deviation = Deviation(s, row, output);
            sum += deviation * deviation;
        }

        return (sum / ParticleCount) + _noise[row, output];
    }

    /// <summary>
    /// C + diag(n) R diag(n): covariance of the simulator's outputs given what the surrogate knows, of some outputs. C is the particles' covariance, n the standard
    /// deviation and R the correlation of the noise.
    /// </summary>
    /// <param name="covariance">[output, output], raw units squared, row by row; only the lower triangle is set.</param>
    /// <param name="deviations">Scratch for one particle's.</param>
    public void Covariance(int row, ReadOnlySpan<int> outputs, Span<double> covariance, Span<double> deviations)
    {
        int count = outputs.Length;
        covariance[..(count * count)].Clear();
        for (int s = 0; s < ParticleCount; s++)
        {
            for (int a = 0; a < count; a++)
            {
                double own = Deviation(s, row, outputs[a]);
                deviations[a] = own;
                own /= ParticleCount;
                Span<double> products = covariance.Slice(a * count, a + 1);
                for (int b = 0; b < products.Length; b++)
                {
                    products[b] += own * deviations[b];
                }
            }
        }

        for (int a = 0; a < count; a++)
        {
            deviations[a] = Noise(row, outputs[a]);
            for (int b = 0; b <= a; b++)
            {
                // The same output, observed twice, has one noise.
                double correlation = outputs[a] == outputs[b] ? 1 : _correlation?[outputs[a], outputs[b]] ?? 0;
                covariance[(a * count) + b] += correlation * deviations[a] * deviations[b];
            }
        }
    }
}
