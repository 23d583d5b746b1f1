namespace IlgpuBnn.Devices;

/// <summary>What constraints make of networks' outputs at points of the box of the inputs: -1/2 the sum of weight * violation^2 is added to the log density.</summary>
/// <remarks>Rows are pairs of points (2 n, 2 n + 1), the second with the larger value of the one input in which they differ; blocks of rows differ in the same input.</remarks>
/// <param name="FirstRow">Of the pass.</param>
/// <param name="BlockRows">Rows of a block, even.</param>
/// <param name="Slopes">[block]: of the second row less the first, by the input of that block.</param>
/// <param name="SlopeWeight">Of each pair.</param>
/// <param name="Limits">Of every row.</param>
/// <param name="RowWeight">Of these.</param>
internal sealed record ConstraintTerm(int FirstRow, int BlockRows, OutputLimit[][] Slopes, float SlopeWeight, OutputLimit[] Limits, float RowWeight);

/// <summary>A linear combination of outputs, the sum of factors times them, that is at least a bound: violated by what is missing.</summary>
internal sealed record OutputLimit(int[] Outputs, float[] Factors, float Bound);
