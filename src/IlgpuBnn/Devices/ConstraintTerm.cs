namespace IlgpuBnn.Devices;

/// <summary>What constraints make of networks' outputs at points of the box of the inputs: -1/2 the sum of weight * violation^2 is added to the log density.</summary>
/// <remarks>Rows are pairs of points (2 n, 2 n + 1), the second with the larger value of the one input in which they differ; blocks of rows differ in the same input.</remarks>
/// <param name="FirstRow">Of the pass.</param>
/// <param name="BlockRows">Rows of a block, even.</param>
/// <param name="Slopes">[block]: of derivatives by the input of that block.</param>
/// <param name="SlopeWeight">Of each pair.</param>
/// <param name="Limits">Of every row.</param>
/// <param name="Sums">Of every row.</param>
/// <param name="RowWeight">Of these.</param>
internal sealed record ConstraintTerm(
    int FirstRow, int BlockRows, SlopeLimit[][] Slopes, float SlopeWeight, OutputLimit[] Limits, OutputSum[] Sums, float RowWeight);

/// <summary>Violated by -<paramref name="Factor"/> * (f at the second point - f at the first) if that is above 0.</summary>
/// <param name="Factor">1 / distance of the points, below 0 for what must fall.</param>
internal readonly record struct SlopeLimit(int Output, float Factor);

/// <summary>Violated by <paramref name="Sign"/> * (<paramref name="Bound"/> - f) if that is above 0.</summary>
/// <param name="Sign">1 for a lower limit, -1 for an upper one.</param>
internal readonly record struct OutputLimit(int Output, float Bound, float Sign);

/// <summary>Violated by the sum of factors times outputs, less the total, whatever its sign.</summary>
internal sealed record OutputSum(int[] Outputs, float[] Factors, float Total);
