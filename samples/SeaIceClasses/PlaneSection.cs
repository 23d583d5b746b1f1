using System.Globalization;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reporting;

namespace SeaIceClasses;

/// <summary>Uncertainty over the plane of the two brightness temperatures, in cold and in mild air, beside where the scenes are.</summary>
internal static class PlaneSection
{
    private const int Size = 40, ShownScenes = 400;
    private const double Lowest = 160, Highest = 280;

    // Sea surface and air temperature as over pack ice in winter, and as over open water in storms.
    private static readonly (string Name, double Sea, double Air)[] _air = [("cold air", -1.7, -18), ("mild air", 1, 5)];

    public static void Add(ReportPage page, Results results)
    {
        page.AddHeading("Where uncertainty lies");
        ClassPredictions[] planes = [.. _air.Select(own => results.Shown(Results.Networks).Model.PredictClasses(Points(own.Sea, own.Air)))];
        double aleatoric = Ceiling(planes.Max(own => own.ExpectedEntropy.Max())), epistemic = Ceiling(planes.Max(own => own.MutualInformation.Max()));
        Chart[] scenes =
        [
            Seasons("scenes of winter", [.. IceChart.Classes.Select((name, k) => Of(name, results.Training, k))]),
            Seasons("scenes never seen", [Of("pack ice in melt", results.Tests[1], 2) with { Style = 3 }, Of("open water in storms", results.Tests[2], 0) with { Style = 4 }]),
        ];
        Figure[] panels =
        [
            .. _air.SelectMany((air, i) => new Figure[]
            {
                scenes[i], Map($"{air.Name}, aleatoric", planes[i].ExpectedEntropy, aleatoric), Map($"{air.Name}, epistemic", planes[i].MutualInformation, epistemic),
            }),
        ];
        page.AddFigure("plane", new Panels("", panels, 3),
            "Left: scenes by their brightness temperatures. Middle and right: the networks' uncertainty in nats over the same plane, in air and water as cold as over pack ice (above) and as mild as in "
                + "storms (below); the two scales differ. It is aleatoric between the classes of winter, and epistemic beyond its scenes.");
    }

    private static HeatMap Map(string title, double[] values, double largest)
    {
        double[,] cells = new double[Size, Size];
        for (int n = 0; n < values.Length; n++)
        {
            cells[n / Size, n % Size] = values[n];
        }

        string[] names = [.. Enumerable.Range(0, Size).Select(n => At(n).ToString("F0", CultureInfo.InvariantCulture))];
        return new HeatMap(title, "tb19v (K)", [.. names.Reverse()], "tb37v (K)", names, cells, new ChartAxis("nats") { From = 0, To = largest }) { Width = 340, CellHeight = 6 };
    }

    /// <summary>[point, input]: rows of the map from the top, the warmest at 19 GHz first.</summary>
    private static double[,] Points(double sea, double air)
    {
        var points = new double[Size * Size, Season.Inputs.Count];
        for (int n = 0; n < Size * Size; n++)
        {
            (points[n, 0], points[n, 1], points[n, 2], points[n, 3]) = (sea, air, At(Size - 1 - (n / Size)), At(n % Size));
        }

        return points;
    }

    private static Chart Seasons(string title, Mark[] marks) =>
        new(title, new ChartAxis("tb37v (K)") { From = Lowest, To = Highest }, new ChartAxis("tb19v (K)") { From = Lowest, To = Highest }, marks) { Width = 320, Height = 330 };

    private static Points Of(string name, Scenes scenes, int own)
    {
        int[] rows = [.. Enumerable.Range(0, Math.Min(ShownScenes, scenes.Count)).Where(row => scenes.Labels[row] == own)];
        return new Points(name, [.. rows.Select(row => scenes.Inputs[row, 3])], [.. rows.Select(row => scenes.Inputs[row, 2])]) { Radius = 1.6 };
    }

    private static double At(int n) => Lowest + ((n + 0.5) * (Highest - Lowest) / Size);

    /// <summary>To the next tenth.</summary>
    private static double Ceiling(double value) => Math.Ceiling(10 * value) / 10;
}
