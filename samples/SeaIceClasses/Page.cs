using IlgpuBnn.Reporting;

namespace SeaIceClasses;

/// <summary>The page: how good the probabilities are, and what they say where nothing was learnt.</summary>
internal static class Page
{
    private static readonly string[] _names = [Results.Networks, Results.Logistic];

    public static ReportPage Create(Results results)
    {
        var page = new ReportPage("Classes of sea ice, and seasons never seen");
        page.AddText(
            $"Open water, marginal ice or pack ice? {results.Sizes.ShownRows} scenes of winter with sea surface temperature (sst, °C), air temperature (t2m, °C) and brightness temperatures at 19 and 37 GHz "
                + "(tb19v, tb37v, K), each with the class that an analyst wrote on a chart, who misjudges concentration by 7 % (standard deviation). The scenes are made up by a rule, so the best "
                + "probabilities are known: Bayes, an integral over concentration. No training saw two other seasons. Melt: mild air, ponds on the ice that look like water, wet snow, so that the rule is another where the inputs are much as before. And "
                + "storm: open water under rain clouds, as bright as ice, where no input has been before.");
        AddData(page, results);
        AddScores(page, results);
        AddReliability(page, results);
        AddUnseen(page, results);
        PlaneSection.Add(page, results);
        return page;
    }

    private static void AddData(ReportPage page, Results results)
    {
        page.AddHeading("The scenes");
        foreach ((string file, Scenes scenes, string what) in ((string, Scenes, string)[])
        [
            ("train", results.Training, "Scenes of winter to train on"), .. Study.Seasons.Select((own, i) => (own.Name, results.Tests[i], $"Scenes of {own.Name} that nothing is trained on")),
        ])
        {
            page.AddTable(file, Table(scenes), $"{what}: the first 3 of {scenes.Count}; the file has all.", 3);
        }
    }

    private static void AddScores(ReportPage page, Results results)
    {
        page.AddHeading("How good the probabilities are");
        page.AddTable("scores", new ReportTable(
            [new TableColumn("training scenes", "F0"), "predicted by", new TableColumn("accuracy", "P1"), new TableColumn("log loss", "F3"), new TableColumn("Brier", "F3"), new TableColumn("calibration error", "F3")],
            [
                .. results.Sizes.Rows.SelectMany(rows => _names.Select(name => (TableCell[])
                [
                    rows, name, results.Mean(name, rows, own => own.Winter.Accuracy), results.Mean(name, rows, own => own.Winter.LogLoss), results.Mean(name, rows, own => own.Winter.Brier),
                    results.Mean(name, rows, own => own.Winter.CalibrationError),
                ])),
                [double.NaN, "Bayes", results.Bayes[0].Accuracy, results.Bayes[0].LogLoss, results.Bayes[0].Brier, results.Bayes[0].CalibrationError],
            ]),
            $"Scores of {results.Tests[0].Count} other scenes of winter, means over {results.Sizes.Draws} training sets. Bayes is as good as it gets: its errors are the analyst's and the noise's. Its calibration "
                + "error is what chance makes of so many scenes.");
        page.AddFigure("learning", new Chart("", new ChartAxis("training scenes") { Logarithmic = true }, new ChartAxis("log loss more than that of Bayes") { Logarithmic = true },
            [.. _names.Select(name => Excess(results, name))]),
            "What is lost by not knowing the rule. Logistic regression has straight boundaries between classes, and stops learning; networks go on.");
    }

    private static void AddReliability(ReportPage page, Results results)
    {
        page.AddHeading("Whether probabilities are honest");
        (string Name, Judged[] Own)[] all = [.. _names.Select(name => (name, results.Shown(name).Judged)), ("Bayes of winter", results.Bayes)];
        page.AddFigure("reliability", new Panels("",
            [.. Study.Seasons.Take(2).Select((season, i) => Panel(season.Name + (i == 0 ? "" : ", never seen"), [.. all.Select(own => (own.Name, own.Own[i]))]))], 2),
            "How often the most probable class came true, by its probability, in ten bins. In winter all are close to honest. Of melt all are too sure; the rule that knows winter exactly is so most.");

        Chart Panel(string title, (string Name, Judged Own)[] series) => new(title, Fraction("probability"), Fraction("fraction of scenes"),
            [
                new Guide("honest"),
                .. series.Select(own => new Line(own.Name, [.. own.Own.Bins.Select(bin => bin.Predicted)], [.. own.Own.Bins.Select(bin => bin.Observed)])),
            ])
        {
            Width = 420,
            Height = 400,
        };
    }

    private static void AddUnseen(ReportPage page, Results results)
    {
        page.AddHeading("Seasons never seen");
        page.AddText(
            "Entropy is all uncertainty of a class. Its aleatoric part is the mean entropy of single networks, its epistemic part what they disagree on (mutual information). Networks disagree "
                + "where they had no scenes. They cannot know that the rule has changed where they had many.");
        page.AddTable("seasons", new ReportTable(
            [
                "predicted by", "season", new TableColumn("accuracy", "P1"), new TableColumn("log loss", "F3"), new TableColumn("Brier", "F3"), new TableColumn("calibration error", "F3"),
                new TableColumn("entropy", "F3"), new TableColumn("epistemic", "F3"), new TableColumn("share", "P1"),
            ],
            [
                .. _names.SelectMany(name => Study.Seasons.Select((season, i) => MeanRow(results, name, season.Name, i))),
                .. Study.Seasons.Select((season, i) => Row("Bayes of winter", season.Name, results.Bayes[i])), Row("Bayes of melt", "melt", results.BayesOfMelt),
            ]),
            $"{results.Sizes.ShownRows} training scenes of winter, means over {results.Sizes.Draws} training sets; entropies in nats. Bayes of melt knows that season's rule.");
        page.AddTable("separation", new ReportTable(
            ["predicted by", "season", new TableColumn("by mutual information", "F3"), new TableColumn("by entropy", "F3")],
            [
                .. _names.SelectMany(name => Study.Seasons.Select((own, i) => (own.Name, Index: i)).Skip(1).Select(season => (TableCell[])
                [
                    name, season.Name, Separation(results, name, season.Index, true), Separation(results, name, season.Index, false),
                ])),
            ]),
            "How well a season is told from winter by uncertainty alone: the probability that one of its scenes has more of it than one of winter (area under the ROC curve; 0.5 is chance).");
    }

    /// <summary>Means over training sets.</summary>
    public static double Separation(Results results, string name, int season, bool epistemic) => results.Mean(name, results.Sizes.ShownRows, own => epistemic
        ? Study.Separation(own.Winter.Epistemic!, own.Judged[season].Epistemic!)
        : Study.Separation(Entropies(own.Winter), Entropies(own.Judged[season])));

    private static double[] Entropies(Judged own) => [.. Enumerable.Range(0, own.Labels.Length).Select(own.Entropy)];

    private static TableCell[] MeanRow(Results results, string name, string season, int index)
    {
        double Mean(Func<Judged, double> score) => results.Mean(name, results.Sizes.ShownRows, own => score(own.Judged[index]));
        double entropy = Mean(own => own.MeanEntropy), epistemic = Mean(own => own.MeanEpistemic);
        return [name, season, Mean(own => own.Accuracy), Mean(own => own.LogLoss), Mean(own => own.Brier), Mean(own => own.CalibrationError), entropy, epistemic, epistemic / entropy];
    }

    private static TableCell[] Row(string name, string season, Judged own) =>
        [name, season, own.Accuracy, own.LogLoss, own.Brier, own.CalibrationError, own.MeanEntropy, double.NaN, double.NaN];

    private static Line Excess(Results results, string name) => new(
        name, [.. results.Sizes.Rows.Select(rows => (double)rows)],
        [.. results.Sizes.Rows.Select(rows => results.Mean(name, rows, own => own.Winter.LogLoss) - results.Bayes[0].LogLoss).Select(own => own > 0 ? own : double.NaN)]);

    private static ReportTable Table(Scenes scenes) => new(
        [.. Season.Inputs.Select(name => new TableColumn(name)), new TableColumn("ice")],
        [
            .. Enumerable.Range(0, scenes.Count).Select(row => (TableCell[])
            [
                .. Enumerable.Range(0, Season.Inputs.Count).Select(i => (TableCell)Math.Round(scenes.Inputs[row, i], 3)), IceChart.Classes[scenes.Labels[row]],
            ]),
        ]);

    private static ChartAxis Fraction(string title) => new(title) { From = 0, To = 1 };
}
