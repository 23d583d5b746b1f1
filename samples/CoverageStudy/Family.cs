using MathNet.Numerics.Random;

namespace CoverageStudy;

/// <summary>Rows to train on or to judge by.</summary>
/// <param name="Inputs">[row, input]</param>
/// <param name="Targets">[row]</param>
/// <param name="Groups">[row]: rows of one number share what no input shows; null where rows are independent, given their inputs.</param>
internal sealed record Table(double[,] Inputs, double[] Targets, int[]? Groups);

/// <summary>A kind of table.</summary>
/// <param name="Name">What the command line and the results call it.</param>
/// <param name="Draw">So many rows, of groups and settings of their own.</param>
internal sealed record Family(string Name, Func<int, Random, Table> Draw)
{
    public const int TestRows = 1000;

    /// <summary>The same rows and seed give the same tables on every machine and .NET version.</summary>
    public (Table Training, Table Test) Tables(int rows, int seed)
    {
        var random = new Xoshiro256StarStar(seed, false);
        return (Draw(rows, random), Draw(TestRows, random));
    }
}
