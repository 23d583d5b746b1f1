namespace IlgpuBnn.Inference;

/// <summary>
/// How SVGD's gradients are let in by and by, while its repulsion is always whole: particles spread first, and so reach modes that lie apart (D'Angelo
/// and Fortuin 2021, "Annealed Stein variational gradient descent").
/// </summary>
/// <param name="Cycles">How often gradients start from nothing; within a cycle their weight rises to 1 along a line. 0 (default) for plain SVGD.</param>
/// <param name="Fraction">Fraction of the iterations, at their start, that the cycles take; in (0, 1]. Afterwards gradients count whole, and validation rows are looked at. Default 0.5.</param>
public sealed record AnnealingOptions(int Cycles = 0, double Fraction = 0.5)
{
    // In fewer, gradients hardly count.
    private const int ShortestCycle = 10;

    /// <summary>What gradients are multiplied by in a 1-based iteration out of so many.</summary>
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
    internal IEnumerable<string> Problems(int iterations)
    {
        if (Cycles > Fraction * iterations / ShortestCycle)
        {
            yield return $"Annealing has {Cycles} cycles in {Fraction * iterations:F0} iterations; each takes at least {ShortestCycle}. Use fewer, or more iterations.";
        }

        if (Cycles < 0)
        {
            yield return $"Annealing has {Cycles} cycles; it must have at least 0.";
        }

        if (!(Fraction > 0 && Fraction <= 1))
        {
            yield return $"Annealing takes a fraction of {Fraction}; it must be above 0 and at most 1.";
        }
    }
}
