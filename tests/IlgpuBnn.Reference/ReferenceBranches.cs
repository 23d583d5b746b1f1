namespace IlgpuBnn.Reference;

/// <summary>Dense layers side by side, each of some of the values that enter: weights [inputs, outputs], then biases, one dense layer after the other.</summary>
/// <param name="entering">Values that enter.</param>
/// <param name="branches">Of each: the first value that it reads, how many, and which outputs it gives.</param>
public sealed class ReferenceBranches(int entering, (int First, int Count, int[] Outputs)[] branches) : ReferenceFieldLayer(entering, 1, 1, readsData: true)
{
    public override int OutputCount => branches.Sum(branch => branch.Outputs.Length);

    public override int ParameterCount => branches.Sum(branch => (branch.Count + 1) * branch.Outputs.Length);

    public override double[] Forward(ReadOnlySpan<double> parameters, double[] entered)
    {
        double[] sums = new double[OutputCount];
        foreach ((int? input, int output, int parameter) in Terms())
            sums[output] += parameters[parameter] * (input is { } from ? entered[from] : 1);
        return sums;
    }

    public override double[] Backward(ReadOnlySpan<double> parameters, double[] entered, double[] sumGradient, Span<double> gradient)
    {
        double[] enteredGradient = new double[entered.Length];
        foreach ((int? input, int output, int parameter) in Terms())
        {
            gradient[parameter] += sumGradient[output] * (input is { } by ? entered[by] : 1);
            if (input is { } from)
                enteredGradient[from] += sumGradient[output] * parameters[parameter];
        }
        return enteredGradient;
    }

    /// <summary>Each parameter; a bias has no input.</summary>
    private IEnumerable<(int? Input, int Output, int Parameter)> Terms()
    {
        int parameter = 0;
        foreach ((int first, int count, int[] outputs) in branches)
            for (int i = 0; i <= count; i++)
                foreach (int output in outputs)
                    yield return (i < count ? first + i : null, output, parameter++);
    }
}
