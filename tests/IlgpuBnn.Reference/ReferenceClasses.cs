namespace IlgpuBnn.Reference;

/// <summary>Log likelihood of one row's classes, and its gradient by the network's outputs.</summary>
/// <remarks>
/// Bernoulli: sum over outputs with a target of |y| log p, p the logistic function of f where y is above 0 and of -f elsewhere. Categorical: sum over outputs of y log p,
/// p = exp(f) / sum of exp(f); nothing where any target of the row is missing.
/// </remarks>
public enum ReferenceClasses
{
    None,
    Bernoulli,
    Categorical,
}

public static class ReferenceClassLikelihood
{
    /// <param name="outputs">f.</param>
    /// <param name="targets">y, NaN where missing.</param>
    public static double LogLikelihood(ReferenceClasses kind, double[] outputs, double[] targets)
    {
        double sum = 0;
        for (int o = 0; o < outputs.Length; o++)
            if (kind == ReferenceClasses.Bernoulli)
                sum += double.IsNaN(targets[o]) ? 0 : Math.Abs(targets[o]) * Math.Log(Logistic(targets[o] > 0 ? outputs[o] : -outputs[o]));
            else if (!targets.Any(double.IsNaN))
                sum += targets[o] * Math.Log(Probability(outputs, o));
        return sum;
    }

    /// <summary>[output].</summary>
    public static double[] Gradient(ReferenceClasses kind, double[] outputs, double[] targets)
    {
        double[] gradient = new double[outputs.Length];
        for (int o = 0; o < outputs.Length; o++)
            if (kind == ReferenceClasses.Bernoulli)
                gradient[o] = double.IsNaN(targets[o]) ? 0 : Math.Abs(targets[o]) * ((targets[o] > 0 ? 1 : 0) - Logistic(outputs[o]));
            else if (!targets.Any(double.IsNaN))
                gradient[o] = targets[o] - targets.Sum() * Probability(outputs, o);
        return gradient;
    }

    private static double Logistic(double f) => 1 / (1 + Math.Exp(-f));

    private static double Probability(double[] outputs, int o) => 1 / outputs.Sum(other => Math.Exp(other - outputs[o]));
}
