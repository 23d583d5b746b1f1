using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Analysis;

/// <summary>What analyses ask: the outputs of every particle at points of the inputs' joint distribution.</summary>
/// <param name="inputs">The distributions of the arguments.</param>
/// <param name="outputNames">[output].</param>
/// <param name="evaluate">[row, input] to [particle, row, output], raw units.</param>
/// <param name="particles">Their number.</param>
/// <param name="noise">[row, input], with the particles' mean [row, output] where it is known, to the noise variances [row, output], raw units squared.</param>
/// <param name="range">Of the training rows; null if it holds everywhere.</param>
/// <param name="correlation">[output, output]: of the noise; null for independent noise.</param>
internal sealed class Surrogate(
    InputDistributions inputs, IReadOnlyList<string> outputNames, int particles, Func<double[,], double[,,]> evaluate, Func<double[,], double[,]?, double[,]> noise,
    InputRange? range = null, double[,]? correlation = null)
{
    // Outputs in memory at once.
    private const long MaxOutputs = 1 << 23;
    private const int MaxRows = 4096;

    public InputDistributions Inputs => inputs;

    public IReadOnlyList<string> OutputNames => outputNames;

    public static Surrogate Of(BayesianNetwork model, InputDistributions inputs, Device device)
    {
        if (!inputs.Names.SequenceEqual(model.InputNames))
        {
            throw new ArgumentException(
                $"The distributions are of {string.Join(", ", inputs.Names)}; the model's inputs are {string.Join(", ", model.InputNames)}. Give one of each, in this order.",
                nameof(inputs));
        }

        return new Surrogate(
            inputs, model.TargetNames, model.ParticleCount, rows => model.Model.ParticleOutputs(rows, device),
            (rows, mean) => model.Model.NoiseVariances(rows, mean, device), model.InputRange, model.Model.Conformal?.Correlation());
    }

    /// <summary>[particle, row, output] for points of the unit cube.</summary>
    public double[,,] At(double[,] points) => evaluate(inputs.At(points));

    /// <summary>[row, output] for points of the unit cube.</summary>
    public double[,] NoiseAt(double[,] points) => noise(inputs.At(points), null);

    /// <summary>Particles' outputs, their mean and the noise for points of the unit cube.</summary>
    public SurrogateOutputs Evaluate(double[,] points) => EvaluateRows(inputs.At(points));

    /// <summary>The same, a piece of the points at a time: its first point, and what the surrogate says of it.</summary>
    public IEnumerable<(int First, SurrogateOutputs Outputs)> EvaluateInPieces(double[,] points) => EvaluateRowsInPieces(inputs.At(points));

    /// <summary>As <see cref="EvaluateInPieces"/>, for rows [row, input] in raw units.</summary>
    public IEnumerable<(int First, SurrogateOutputs Outputs)> EvaluateRowsInPieces(double[,] rows)
    {
        int width = rows.GetLength(1);
        foreach ((int first, int count) in Pieces(rows.GetLength(0)))
        {
            var piece = new double[count, width];
            Array.Copy(rows, (long)first * width, piece, 0, piece.Length);
            yield return (first, EvaluateRows(piece));
        }
    }

    private SurrogateOutputs EvaluateRows(double[,] rows) => new(evaluate(rows), mean => noise(rows, mean), correlation);

    /// <summary>Whether it can say how sure it is.</summary>
    public bool HasUncertainty => particles > 1;

    /// <summary>A sentence if it cannot say how sure it is; otherwise none.</summary>
    /// <param name="consequence">What follows.</param>
    public IEnumerable<string> UncertaintyWarnings(string consequence) =>
        HasUncertainty ? [] : [$"The model is a single network and cannot say how sure it is: {consequence}. Train an ensemble."];

    /// <summary>Pieces of so many rows that all particles' outputs fit in memory.</summary>
    public IEnumerable<(int First, int Count)> Pieces(int rows)
    {
        int most = (int)Math.Clamp(MaxOutputs / ((long)particles * outputNames.Count), 1, MaxRows);
        for (int first = 0; first < rows; first += most)
        {
            yield return (first, Math.Min(most, rows - first));
        }
    }

    /// <summary>Share of points with an input outside the range of the model's training rows.</summary>
    public double ShareOutside(double[,] points) => ShareOfRowsOutside(inputs.At(points));

    /// <summary>The same of rows [row, input] in raw units.</summary>
    public double ShareOfRowsOutside(double[,] rows) =>
        range is null ? 0 : Enumerable.Range(0, rows.GetLength(0)).Count(row => range.Outside(rows, row).Any()) / (double)rows.GetLength(0);
}
