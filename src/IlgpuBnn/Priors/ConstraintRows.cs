using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Priors;

/// <summary>Points of the box of the inputs at which constraints hold, some for each iteration, and what they are on the scale of the networks' outputs.</summary>
/// <remarks>
/// A derivative is that between the two points of a pair, a fiftieth of the input's range apart: of any layer and activation, by the operations that every device has.
/// </remarks>
internal sealed class ConstraintRows : IDisposable
{
    // Pairs of an iteration, and the fewest of them that differ in the same input: rows of these fill vectors.
    private const int Pairs = 64;
    private const int MinPairs = 8;

    // Iterations after which points come again, but of very many inputs.
    private const int MaxSlices = 256;
    private const int MaxNumbers = 1 << 23;

    // Of the seed's scramblings: far from those of designs.
    private const int FirstScrambling = 1 << 20;

    private readonly ConstraintTerm[] _terms;
    private readonly DeviceRows _rows;
    private readonly int _sliceRows;

    /// <param name="encoding">Of the columns that networks see.</param>
    /// <param name="targetNames">[output].</param>
    /// <param name="trainingRows">N.</param>
    public ConstraintRows(
        Device device, ConstraintPrior prior, TableEncoding encoding, IReadOnlyList<string> targetNames, Standardisation inputScaling, Standardisation targetScaling,
        int trainingRows, int seed)
    {
        IReadOnlyList<string> inputNames = encoding.InputNames;
        var projection = new SumProjection(prior, targetNames, targetScaling);
        var box = new InputBox(encoding.Inputs, encoding.Range, prior.Margin);
        Monotone[] monotone = [.. prior.Constraints.OfType<Monotone>().Distinct()];
        int[] directions = [.. monotone.Select(own => ColumnSelection.IndexOf(inputNames, own.Input)).Where(box.Varies).Distinct().Order().DefaultIfEmpty(0)];
        int pairs = MinPairs;
        while (2 * pairs * directions.Length <= Pairs)
        {
            pairs *= 2;
        }

        int slices = MaxSlices;
        _sliceRows = 2 * pairs * directions.Length;
        while (slices > 1 && (long)slices * _sliceRows * encoding.FeatureCount > MaxNumbers)
        {
            slices /= 2;
        }

        OutputLimit[][] slopes = [.. directions.Select(i => monotone.Where(own => own.Input == inputNames[i] && box.Varies(i)).Select(SlopeOf).ToArray())];
        double strength = trainingRows / (prior.Tolerance * prior.Tolerance);
        var first = new ConstraintTerm(0, 2 * pairs, slopes, (float)(strength / pairs), [.. targetNames.SelectMany(LimitsOf)], (float)(strength / _sliceRows));
        _terms = [.. Enumerable.Range(0, slices).Select(k => first with { FirstRow = k * _sliceRows })];

        var inputs = new double[slices * _sliceRows, encoding.FeatureCount];
        for (int d = 0; d < directions.Length; d++)
        {
            double[,] unit = SobolSequence.Points(slices * pairs, inputNames.Count, seed, FirstScrambling + d);
            double[,] own = inputScaling.Standardise(encoding.EncodeInputs(box.Pairs(unit, directions[d])));
            for (int row = 0; row < own.GetLength(0); row++)
            {
                int at = (row / (2 * pairs) * _sliceRows) + (2 * pairs * d) + (row % (2 * pairs));
                for (int i = 0; i < encoding.FeatureCount; i++)
                {
                    inputs[at, i] = own[row, i];
                }
            }
        }

        _rows = DeviceRows.UploadInputs(device, inputs, targetNames.Count, missingTargets: true);

        OutputLimit SlopeOf(Monotone own)
        {
            (int[] outputs, float[] factors, _) = projection.Of(ColumnSelection.IndexOf(targetNames, own.Target));
            double times = (own.Rising ? 1 : -1) / InputBox.Step;
            return new OutputLimit(outputs, [.. factors.Select(factor => (float)(times * factor))], 0f);
        }

        IEnumerable<OutputLimit> LimitsOf(string name, int o)
        {
            // Limits that predictions keep by construction would only forbid what is cut off, such as a steep decline to 0.
            (double lower, double upper) = prior.Summed.Contains(name) ? prior.LimitsOf(name) : ConstraintPrior.NoLimits;
            (int[] outputs, float[] factors, double offset) = projection.Of(o);
            if (double.IsFinite(lower))
            {
                yield return new OutputLimit(outputs, factors, (float)(targetScaling.Standardise(lower, o) - offset));
            }

            if (double.IsFinite(upper))
            {
                yield return new OutputLimit(outputs, [.. factors.Select(factor => -factor)], (float)(offset - targetScaling.Standardise(upper, o)));
            }
        }
    }

    /// <summary>Rows of an iteration.</summary>
    public int Count => _sliceRows;

    /// <summary>Points of a 1-based iteration, and what is asked of them.</summary>
    public (DeviceRows Rows, RowRange Range, ConstraintTerm Term) Of(int iteration)
    {
        ConstraintTerm term = _terms[(iteration - 1) % _terms.Length];
        return (_rows, new RowRange(term.FirstRow, _sliceRows), term);
    }

    public void Dispose() => _rows.Dispose();
}
