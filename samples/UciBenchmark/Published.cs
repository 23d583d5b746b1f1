namespace UciBenchmark;

/// <summary>Published RMSE and log score for these sets and splits.</summary>
/// <remarks>
/// SVGD: Liu and Wang 2016. PBP: Hernandez-Lobato and Adams 2015. MC dropout: Gal and Ghahramani 2016. Deep ensembles: Lakshminarayanan,
/// Pritzel and Blundell 2017. Tuned MC dropout: Mukhoti, Stenetorp and Gal 2018.
/// </remarks>
internal static class Published
{
    public static readonly string[] Methods = ["SVGD", "PBP", "MC dropout", "deep ensembles", "tuned MC dropout"];

    private static readonly Dictionary<string, (double Rmse, double LogScore)?[]> Figures = new()
    {
        ["boston"] = [(2.957, -2.504), (3.01, -2.57), (2.97, -2.46), (3.28, -2.41), (2.90, -2.40)],
        ["concrete"] = [(5.324, -3.082), (5.67, -3.16), (5.23, -3.04), (6.03, -3.06), (4.82, -2.93)],
        ["energy"] = [(1.374, -1.767), (1.80, -2.04), (1.66, -1.99), (2.09, -1.38), (0.54, -1.21)],
        ["kin8nm"] = [(0.090, 0.984), (0.10, 0.90), (0.10, 0.95), (0.09, 1.20), (0.08, 1.14)],
        ["naval"] = [(0.004, 4.089), (0.01, 3.73), (0.01, 3.80), (0.00, 5.63), null],
        ["power"] = [(4.033, -2.815), (4.12, -2.84), (4.02, -2.80), (4.11, -2.79), (4.01, -2.80)],
        ["protein"] = [(4.606, -2.947), (4.73, -2.97), (4.36, -2.89), (4.71, -2.83), (4.27, -2.87)],
        ["wine"] = [(0.609, -0.925), (0.64, -0.97), (0.62, -0.93), (0.64, -0.94), (0.62, -0.93)],
        ["yacht"] = [(0.864, -1.225), (1.02, -1.63), (1.11, -1.55), (1.58, -1.18), (0.67, -1.25)],
    };

    /// <summary>[method]; null where nothing was published.</summary>
    public static (double Rmse, double LogScore)?[] Of(string set) => Figures.GetValueOrDefault(set) ?? new (double, double)?[Methods.Length];
}
