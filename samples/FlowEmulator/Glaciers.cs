using IlgpuBnn.Data;

namespace FlowEmulator;

/// <summary>Glaciers with their solved flow, as a table: fields in, fields out.</summary>
internal sealed class Glaciers
{
    /// <summary>Thickness, slopes, logarithm of friction.</summary>
    public const int Channels = 4;

    private const int Cells = Glacier.Points * Glacier.Points;

    private Glaciers(Glacier[] all, Dataset data) => (All, Data) = (all, data);

    public IReadOnlyList<Glacier> All { get; }

    /// <summary>Inputs channel by channel, in each row by row; targets both components of velocity in the same way.</summary>
    public Dataset Data { get; }

    /// <param name="first">Number of the first glacier: the same number is the same glacier.</param>
    public static Glaciers Solve(int first, int count, double slipperiness = 1)
    {
        var all = new Glacier[count];
        double[,] inputs = new double[count, Channels * Cells], velocities = new double[count, 2 * Cells];
        Parallel.For(0, count, () => new ShallowShelf(), (n, _, solver) =>
        {
            all[n] = Glacier.Draw(new Random(first + n), slipperiness);
            (double[,] x, double[,] y) = solver.Solve(all[n]);
            for (int k = 0; k < Cells; k++)
            {
                (int row, int column) = (k / Glacier.Points, k % Glacier.Points);
                (inputs[n, k], inputs[n, Cells + k]) = (all[n].Thickness[row, column], all[n].SlopeX[row, column]);
                (inputs[n, (2 * Cells) + k], inputs[n, (3 * Cells) + k]) = (all[n].SlopeY[row, column], Math.Log(all[n].Friction[row, column]));
                (velocities[n, k], velocities[n, Cells + k]) = (x[row, column], y[row, column]);
            }

            return solver;
        }, _ => { });
        return new Glaciers(all, new Dataset(inputs, velocities, Names("thickness", "slope x", "slope y", "log friction"), Names("u", "v")));
    }

    /// <summary>Whether there is ice where a target is.</summary>
    public bool HasIce(int glacier, int target) => All[glacier].HasIce(target % Cells / Glacier.Points, target % Glacier.Points);

    private static string[] Names(params string[] channels) => [.. channels.SelectMany(name => Enumerable.Range(0, Cells).Select(k => $"{name}[{k / Glacier.Points},{k % Glacier.Points}]"))];
}
