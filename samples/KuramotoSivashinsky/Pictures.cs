using System.Globalization;
using IlgpuBnn.Reporting;

namespace KuramotoSivashinsky;

/// <summary>What a page shows of forecasts.</summary>
internal static class Pictures
{
    private const int ColumnsPerLyapunovTime = 8, RowsPerName = 8;

    /// <summary>Of one start, over time from left to right: truth, mean of the networks, its error, and their spread.</summary>
    /// <param name="times">Lyapunov times.</param>
    public static Figure Maps(Forecasts forecasts, int start, int times)
    {
        int[] intervals =
        [
            .. Enumerable.Range(0, (times * ColumnsPerLyapunovTime) + 1).Select(k => Forecasts.IntervalAt(k / (double)ColumnsPerLyapunovTime)).Where(k => k <= forecasts.Intervals),
        ];
        double[][] truth = forecasts.Truth[start], mean = forecasts.Mean[start];
        double[][] error = [.. mean.Select((own, k) => own.Select((value, x) => Math.Abs(value - truth[k][x])).ToArray())];
        double largest = Math.Ceiling(truth.Max(own => own.Max(Math.Abs)));
        return new Panels("",
        [
            Map("True field", truth, intervals, -largest, largest), Map("Mean of the networks", mean, intervals, -largest, largest),
            Map("Error of the mean", error, intervals, 0, largest), Map("Spread of the networks", forecasts.Spread[start], intervals, 0, largest),
        ], 2);
    }

    /// <summary>Errors and spread against lead.</summary>
    public static Chart Leads(Forecasts forecasts)
    {
        int[] intervals = [.. Enumerable.Range(1, forecasts.Intervals)];
        double[] leads = [.. intervals.Select(Forecasts.LeadOf)];
        return new Chart("", new ChartAxis("lead, Lyapunov times") { From = 0 }, new ChartAxis("root mean square") { Logarithmic = true },
        [
            new Line("error of the mean", leads, [.. intervals.Select(forecasts.RmseOfMean)]) { Markers = false },
            new Line("spread of the networks", leads, [.. intervals.Select(forecasts.SpreadAt)]) { Markers = false },
            new Line("error of a network", leads, [.. intervals.Select(forecasts.RmseOfNetworks)]) { Markers = false },
            new Guide("valid until here") { Y = Forecasts.ValidError * forecasts.FieldSd },
        ])
        {
            Width = 640,
            Height = 400,
        };
    }

    /// <summary>Spread against error of every start, at some leads.</summary>
    public static Figure SpreadAgainstError(Forecasts forecasts, IReadOnlyList<double> leads) => new Panels("",
    [
        .. leads.Select(lead => new Chart(string.Create(CultureInfo.InvariantCulture, $"lead {lead}"), new ChartAxis("spread") { Logarithmic = true }, new ChartAxis("error of the mean") { Logarithmic = true },
        [
            new Points("a start", [.. Roots(forecasts, lead, (n, k, x) => forecasts.Spread[n][k][x])], [.. Roots(forecasts, lead, (n, k, x) => forecasts.Mean[n][k][x] - forecasts.Truth[n][k][x])]),
        ])
        {
            Width = 300,
            Height = 280,
            SameRange = true,
            Legend = false,
        }),
    ], leads.Count);

    private static IEnumerable<double> Roots(Forecasts forecasts, double lead, Func<int, int, int, double> value)
    {
        int k = Forecasts.IntervalAt(lead);
        return Enumerable.Range(0, forecasts.Count).Select(n => Math.Sqrt(Enumerable.Range(0, Simulation.Points).Average(x => value(n, k, x) * value(n, k, x))));
    }

    private static HeatMap Map(string title, double[][] field, int[] intervals, double from, double to)
    {
        var values = new double[Simulation.Points, intervals.Length];
        for (int x = 0; x < values.GetLength(0); x++)
        {
            for (int k = 0; k < intervals.Length; k++)
            {
                values[x, k] = Math.Clamp(field[intervals[k]][x], from, to);
            }
        }

        string[] places = [.. Enumerable.Range(0, Simulation.Points).Select(x => x % RowsPerName == 0 ? Text(x * Solver.Length / Simulation.Points) : "")];
        string[] times = [.. Enumerable.Range(0, intervals.Length).Select(k => k % ColumnsPerLyapunovTime == 0 ? Text(k / ColumnsPerLyapunovTime) : "")];
        return new HeatMap(title, "x", places, "Lyapunov times", times, values, new ChartAxis("") { From = from, To = to }) { Width = 480, CellHeight = 6.5 };
    }

    private static string Text(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
