using IlgpuBnn.Analysis;

namespace IlgpuBnn.Reporting;

/// <summary>A page on what more runs of a simulator would bring.</summary>
public static class LearningCurveReport
{
    private const double Quantile95 = 1.645;

    // Farther ahead, in rows of the table, no number is told.
    private const double FarthestRows = 100;
    private const int ChartSteps = 40;

    private static readonly double[] _ahead = [1, 1.5, 2, 3, 5, 10];

    private static readonly TableColumn[] _columns = [new("rows", "F0"), "RMSE", "RMSE from", "RMSE to", "CRPS", "CRPS from", "CRPS to"];

    /// <summary>In words: the error with all rows, with more, and the rows that half of it needs, or the error that is wanted.</summary>
    /// <param name="wanted">Root-mean-square error, in standard deviations of a target. Null (default) for none.</param>
    public static IReadOnlyList<string> Sentences(LearningCurve curve, double? wanted = null)
    {
        PowerLaw law = curve.Rmse.Law;
        Estimate now = law.ErrorAt(curve.RowCount), twice = law.ErrorAt(2 * curve.RowCount);
        return
        [
            $"With {curve.RowCount} rows the root-mean-square error on unseen rows is about {Text(now)} standard deviations, with {2 * curve.RowCount} about {Text(twice)} "
                + "(mean over targets; in brackets about 90 %).",
            $"Half the error of {curve.RowCount} rows needs {RowsText(curve, law.RowsFor(now.Median / 2))} rows.",
            .. wanted is { } error ? [$"An error of {Text(error)} standard deviations needs {RowsText(curve, law.RowsFor(error))} rows."] : Array.Empty<string>(),
        ];
    }

    /// <summary>Compiles the page of a measured curve.</summary>
    /// <param name="wanted">As in <see cref="Sentences"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="wanted"/> is not above 0.</exception>
    public static ReportPage Create(LearningCurve curve, double? wanted = null)
    {
        if (wanted is { } error && !(error > 0 && double.IsFinite(error)))
        {
            throw new ArgumentException($"The error that is wanted is {error}; it must be above 0.", nameof(wanted));
        }

        var page = new ReportPage("What more runs would bring");
        page.AddText(string.Join(' ', Sentences(curve, wanted)));
        page.AddText(
            $"{curve.Trainings} trainings on {curve.Sizes[0]} to {curve.Sizes[^1]} of the {curve.RowCount} rows, each set of rows within the next: every row is predicted once with every number of "
            + "rows, by networks that were not trained on it or on rows related to it. A power law with an unknown exponent, and perhaps a floor, goes through the errors; bands and "
            + "brackets hold the truth in about 90 % of cases, as long as new runs are drawn as these were. Runs that a model chooses bring more.");
        AddCurves(page, curve);
        AddTargets(page, curve, wanted);
        return page;
    }

    private static void AddCurves(ReportPage page, LearningCurve curve)
    {
        page.AddHeading("The curve");
        page.AddFigure(
            "curve", new Panels("", [Chart(curve, curve.Rmse, "root-mean-square error, in sd"), Chart(curve, curve.Crps, "CRPS, in sd")], 2),
            $"Errors on unseen rows against the number of training rows, means over targets in standard deviations of each. Points: measured, with intervals of about 90 %. Line and band: the "
            + $"power law, up to ten times the {curve.RowCount} rows of the table (dashed).");
        page.AddTable("measured", new ReportTable(
            _columns,
            [.. curve.Sizes.Select((size, k) => (TableCell[])[size, .. Cells(Measured(curve.Rmse, k)), .. Cells(Measured(curve.Crps, k))])]),
            "What was measured, in standard deviations of the targets.");
        page.AddTable("ahead", new ReportTable(
            _columns,
            [.. _ahead.Select(factor => factor * curve.RowCount).Select(rows => (TableCell[])[rows, .. Cells(curve.Rmse.Law.ErrorAt(rows)), .. Cells(curve.Crps.Law.ErrorAt(rows))])]),
            "What follows for as many rows as the table has, and for more.");
    }

    private static Chart Chart(LearningCurve curve, ErrorCurve errors, string title)
    {
        double first = curve.Sizes[0], last = _ahead[^1] * curve.RowCount;
        double[] rows = [.. Enumerable.Range(0, ChartSteps + 1).Select(k => first * Math.Pow(last / first, k / (double)ChartSteps))];
        Estimate[] law = [.. rows.Select(errors.Law.ErrorAt)], measured = [.. curve.Sizes.Select((_, k) => Measured(errors, k))];
        return new Chart("", new ChartAxis("training rows") { Logarithmic = true }, new ChartAxis(title) { Logarithmic = true },
        [
            new Line("power law", rows, [.. law.Select(own => own.Median)]) { Lower = [.. law.Select(own => own.Lower)], Upper = [.. law.Select(own => own.Upper)], Markers = false },
            new Points("measured", [.. curve.Sizes.Select(size => (double)size)], errors.Errors)
            {
                YLower = [.. measured.Select(own => own.Lower)],
                YUpper = [.. measured.Select(own => own.Upper)],
                Radius = 3,
            },
            new Guide("rows of the table") { X = curve.RowCount },
        ]);
    }

    private static void AddTargets(ReportPage page, LearningCurve curve, double? wanted)
    {
        page.AddHeading("Each target");
        ErrorCurve[] all = [curve.Rmse, .. curve.Targets];
        page.AddTable("targets", new ReportTable(
            [
                "target", $"RMSE with {curve.RowCount} rows", "from", "to", $"with {2 * curve.RowCount} rows", "from (twice)", "to (twice)", new TableColumn("exponent", "F2"),
                new TableColumn("probability of a floor", "P0"),
            ],
            [
                .. all.Select(own => (TableCell[])
                [
                    own.Name, .. Cells(own.Law.ErrorAt(curve.RowCount)), .. Cells(own.Law.ErrorAt(2 * curve.RowCount)), own.Law.Exponent.Median, own.Law.ProbabilityOfFloor,
                ]),
            ]),
            "Root-mean-square errors in standard deviations of the target. Exponent: twice the rows divide the error by 2 to this power. Floor: a part of the error, a tenth of it or more, that no "
            + "number of rows removes, such as noise in the simulator.");
        double?[] wants = wanted is null ? [null] : [null, wanted];
        page.AddTable("rows", new ReportTable(
            ["target", .. wants.SelectMany(want => (TableColumn[])[$"rows for {Want(want)}", $"from ({Want(want)})", $"to ({Want(want)})"])],
            [.. all.Select(own => (TableCell[])[own.Name, .. wants.SelectMany(want => Rows(curve, own.Law.RowsFor(want ?? own.Law.ErrorAt(curve.RowCount).Median / 2)))])]),
            $"Rows that errors need: half of that with {curve.RowCount} rows{(wanted is null ? "" : ", and what is wanted, in standard deviations of the target")}.");
    }

    private static string Want(double? wanted) => wanted is { } error ? Text(error) : "half the error";

    /// <summary>As it was given.</summary>
    private static string Text(double error) => error.ToString("G4", System.Globalization.CultureInfo.InvariantCulture);

    private static Estimate Measured(ErrorCurve errors, int size) => new(
        errors.Errors[size], errors.Errors[size] * Math.Exp(-Quantile95 * errors.StandardErrors[size]), errors.Errors[size] * Math.Exp(Quantile95 * errors.StandardErrors[size]));

    private static TableCell[] Cells(Estimate estimate) => [estimate.Median, estimate.Lower, estimate.Upper];

    private static TableCell[] Rows(LearningCurve curve, Estimate rows) => [Rows(curve, rows.Median), Rows(curve, rows.Lower), Rows(curve, rows.Upper)];

    private static bool IsFar(LearningCurve curve, double rows) => rows > FarthestRows * curve.RowCount;

    private static string Rows(LearningCurve curve, double rows) =>
        IsFar(curve, rows) ? $"over {FarthestRows * curve.RowCount:F0}" : NumberText.Short(Rounded(rows), 2);

    private static string Text(Estimate estimate) => $"{NumberText.Short(estimate.Median, 2)} ({NumberText.Short(estimate.Lower, 2)} to {NumberText.Short(estimate.Upper, 2)})";

    private static string RowsText(LearningCurve curve, Estimate rows) =>
        $"{(IsFar(curve, rows.Median) ? "" : "about ")}{Rows(curve, rows.Median)} ({Rows(curve, rows.Lower)} to {Rows(curve, rows.Upper)})";

    /// <summary>To two digits, as more are not known.</summary>
    private static double Rounded(double rows)
    {
        double unit = Math.Max(1, Math.Pow(10, Math.Floor(Math.Log10(rows)) - 1));
        return unit * Math.Round(rows / unit);
    }
}
