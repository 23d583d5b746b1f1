using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>
/// Annealed SVGD: the weight of the gradients rises while the repulsion is always full, so that particles spread first and reach distant modes
/// (D'Angelo and Fortuin 2021, "Annealed Stein variational gradient descent").
/// </summary>
/// <param name="Cycles">Cycles, in each of which the weight rises linearly from 0 to 1. 0 (default) for plain SVGD.</param>
/// <param name="Fraction">Initial fraction of the iterations taken by the cycles; in (0, 1]. Validation starts after them. Default 0.5.</param>
public sealed record AnnealingOptions(int Cycles = 0, double Fraction = 0.5)
{
    // In fewer, gradients hardly count.
    private const int ShortestCycle = 10;

    /// <summary>Factor of gradients in a 1-based iteration.</summary>
    internal double GradientWeight(int iteration, int iterations)
    {
        if (Cycles == 0)
        {
            return 1;
        }

        double cycle = Fraction * iterations / Cycles, done = iteration / cycle;
        return done >= Cycles ? 1 : done - Math.Floor(done);
    }

    /// <param name="iterations">Of the whole training.</param>
    internal IEnumerable<string> Problems(int iterations) => OptionChecks.Problems(
        (!(Cycles > Fraction * iterations / ShortestCycle),
            $"Annealing has {Cycles} cycles in {Fraction * iterations:F0} iterations; each takes at least {ShortestCycle}. Use fewer, or more iterations."),
        (Cycles >= 0, $"Annealing has {Cycles} cycles; it must have at least 0."),
        (Fraction is > 0 and <= 1, $"Annealing takes a fraction of {Fraction}; it must be above 0 and at most 1."));
}
