using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>Which scales of fields and series are predicted; nothing where no target is one.</summary>
internal static class SpectrumSection
{
    private const int MaxFieldsDrawn = 8, Columns = 3;

    public static void Add(ReportPage page, ScoredRows rows)
    {
        FieldSpectrum[] spectra = [.. FieldSpectrum.Evaluate(rows.Prediction, rows.Data.Targets, rows.Model.TargetFields)];
        if (spectra.Length == 0)
        {
            return;
        }

        page.AddHeading("Scales");
        page.AddText(
            "Networks learn large scales first, and small ones late or never (spectral bias). Power is the share of the mean square that waves of a wavenumber have, averaged over "
                + "rows; observed fields are taken as deviations from their mean over the rows. Where the error's power stays below the observed one, that scale is predicted; where it "
                + "reaches it, the field's mean would do as well. This assumes that neighbouring indices are neighbours in space or time.");
        page.AddTable("scales", Table(spectra),
            "Error's power as a fraction of the observed power, which is 1 − R2 at these scales: of the field's mean, and of the lowest, middle and highest third of the wavenumbers. "
                + "Resolved from: wavelength, in steps of the grid, of the shortest wave of which the error has less than half of the observed power (effective resolution of Ballarotta et "
                + "al. 2019); 2 steps are the grid's own limit, none where not even the longest wave is resolved.");
        AddPicture(page, rows, spectra);
    }

    private static ReportTable Table(FieldSpectrum[] spectra) => new(
        ["field", new TableColumn("rows", "F0"), new TableColumn("grid"), "mean", "large scales", "middle", "small", "resolved from"],
        [
            .. spectra.Select(own => (TableCell[])
            [
                own.Field.Name, own.Rows, own.Field.Height is { } height ? FormattableString.Invariant($"{height} × {own.Field.Width}") : FormattableString.Invariant($"{own.Field.Width}"),
                own.MeanShare, own.Share(0), own.Share(1), own.Share(2), double.IsFinite(own.EffectiveResolution) ? own.EffectiveResolution : double.NaN,
            ]),
        ]);

    private static void AddPicture(ReportPage page, ScoredRows rows, FieldSpectrum[] spectra)
    {
        FieldSpectrum[] drawn = [.. spectra.OrderByDescending(own => own.Error.Sum() / own.True.Sum()).Take(MaxFieldsDrawn).OrderBy(own => Array.IndexOf(spectra, own))];
        Chart[] panels = [.. drawn.Select(own => Panel(own, rows.HasIntervals))];
        page.AddFigure("spectra", new Panels("", panels, Math.Min(Columns, panels.Length)),
            "Power by frequency of a series, or by radial wavenumber of a field, in cycles over the length of the (shorter) axis."
                + (rows.HasIntervals
                    ? " Error expected: what the model says of its own error, by the disagreement of its networks alone, and with noise, which it takes as independent at each position, "
                        + "so that large scales get too little of it and small ones too much where errors hang together."
                    : "")
                + (spectra.Any(own => !own.Field.Periodic) ? " Fields that are not known to be periodic took Hann's window." : "")
                + (drawn.Length < spectra.Length ? $" Of {spectra.Length} fields, the {drawn.Length} with the largest errors are shown." : ""),
            Data(spectra));
    }

    private static Chart Panel(FieldSpectrum own, bool hasIntervals)
    {
        double[] k = [.. Enumerable.Range(1, own.Nyquist).Select(at => (double)at)];
        double floor = 1e-9 * own.True.Max();
        Mark[] marks =
        [
            Of("observed", own.True),
            Of("error", own.Error),
            .. hasIntervals
                ? (Mark[])[Of("error expected, networks alone", own.Epistemic), Of("error expected", [.. own.Epistemic.Zip(own.Noise, (a, b) => a + b)])]
                : [],
        ];
        return new Chart(own.Field.Name, new ChartAxis($"cycles over {own.Field.Length} steps") { Logarithmic = true }, new ChartAxis("power") { Logarithmic = true }, marks)
        {
            Width = 320,
            Height = 280,
        };

        // What a scale without power has is rounding, and would take up the whole axis.
        Line Of(string name, double[] power) => new(name, k, [.. k.Select(at => power[(int)at] is var value && value > floor ? value : double.NaN)]);
    }

    private static ReportTable Data(FieldSpectrum[] spectra) => new(
        ["field", new TableColumn("wavenumber", "F0"), "observed", "error", "error expected, networks alone", "error expected, noise"],
        [
            .. spectra.SelectMany(own => own.True.Select((power, k) => (TableCell[])
            [
                own.Field.Name, k, power, own.Error[k], own.Epistemic[k], own.Noise[k],
            ])),
        ]);
}
