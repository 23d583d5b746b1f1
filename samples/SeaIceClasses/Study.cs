using IlgpuBnn;
using IlgpuBnn.Training;

namespace SeaIceClasses;

/// <summary>How far the study goes.</summary>
/// <param name="Rows">Numbers of scenes to train on; the page shows models of <paramref name="ShownRows"/>.</param>
/// <param name="ShownRows">One of <paramref name="Rows"/>.</param>
/// <param name="Draws">Training sets of each size.</param>
/// <param name="TestRows">Scenes of each season that nothing is trained on.</param>
/// <param name="MaxIterations">Of a training; null for the default.</param>
internal sealed record Sizes(IReadOnlyList<int> Rows, int ShownRows, int Draws, int TestRows, int? MaxIterations)
{
    public static Sizes Full { get; } = new([100, 300, 1000, 3000], 1000, 5, 5000, null);
}

/// <summary>Scores of one training.</summary>
/// <param name="Judged">[season], as of <see cref="Study.Seasons"/>.</param>
internal sealed record Trained(string Name, int Rows, Judged[] Judged, BayesianNetwork Model)
{
    public Judged Winter => Judged[0];
}

/// <summary>All that the page shows.</summary>
/// <param name="Tests">[season]: scenes that nothing is trained on.</param>
/// <param name="Bayes">[season]: by the winter's rule.</param>
/// <param name="BayesOfMelt">Of melting scenes by their own rule: what somebody could know who had seen melt.</param>
internal sealed record Results(Sizes Sizes, Scenes Training, Scenes[] Tests, Trained[] All, Judged[] Bayes, Judged BayesOfMelt)
{
    public const string Networks = "networks", Logistic = "logistic regression";

    /// <summary>The first draw of the shown size.</summary>
    public Trained Shown(string name) => All.First(own => own.Name == name && own.Rows == Sizes.ShownRows);

    public double Mean(string name, int rows, Func<Trained, double> score) => All.Where(own => own.Name == name && own.Rows == rows).Average(score);
}

/// <summary>Trains on winter scenes, and judges on others of winter, of melt and of storms.</summary>
internal static class Study
{
    private const int TestSeed = 1000;

    /// <summary>The first is trained on.</summary>
    public static IReadOnlyList<(string Name, Season Season)> Seasons { get; } = [("winter", Season.Winter), ("melt", Season.Melt), ("storm", Season.Storm)];

    public static Results Run(Sizes sizes, TextWriter output)
    {
        Scenes[] tests = [.. Seasons.Select((own, i) => Scenes.Draw(own.Season, sizes.TestRows, TestSeed + i))];
        var rule = new BayesClassifier(Season.Winter);
        Judged[] bayes = [.. tests.Select(own => Judged.By(rule, "Bayes", own))];
        var all = new List<Trained>();
        foreach (int rows in sizes.Rows)
        {
            for (int draw = 0; draw < sizes.Draws; draw++)
            {
                all.AddRange(Train(sizes, rows, draw, tests));
            }

            foreach (string name in new[] { Results.Networks, Results.Logistic })
            {
                Trained[] own = [.. all.Where(one => one.Name == name && one.Rows == rows)];
                output.WriteLine(FormattableString.Invariant(
                    $"{rows} rows, {name}: log loss {own.Average(one => one.Winter.LogLoss):F4} (Bayes {bayes[0].LogLoss:F4}), calibration error {own.Average(one => one.Winter.CalibrationError):F4}"));
            }
        }

        return new Results(sizes, TrainingScenes(sizes.ShownRows, 0), tests, [.. all], bayes, Judged.By(new BayesClassifier(Season.Melt), "Bayes of melt", tests[1]));
    }

    /// <summary>
    /// Probability that a score is larger for a scene of another season than for one of winter (area under the ROC curve; Mann and Whitney): 0.5 if it cannot tell them apart.
    /// </summary>
    public static double Separation(IReadOnlyList<double> winter, IReadOnlyList<double> other)
    {
        double[] sorted = [.. winter.Order()];
        return other.Average(own => (Below(own, false) + Below(own, true)) / 2.0) / sorted.Length;

        // How many are below, or not above.
        int Below(double value, bool orEqual)
        {
            int from = 0, to = sorted.Length;
            while (from < to)
            {
                int middle = (from + to) / 2;
                (from, to) = sorted[middle] < value || (orEqual && sorted[middle] == value) ? (middle + 1, to) : (from, middle);
            }

            return from;
        }
    }

    private static Scenes TrainingScenes(int rows, int draw) => Scenes.Draw(Season.Winter, rows, (100 * draw) + 1);

    private static IEnumerable<Trained> Train(Sizes sizes, int rows, int draw, Scenes[] tests)
    {
        foreach ((string name, TrainingOptions options) in new[]
        {
            (Results.Networks, new TrainingOptions { Seed = draw, MaxIterations = sizes.MaxIterations }),
            (Results.Logistic, new TrainingOptions { Seed = draw, MaxIterations = sizes.MaxIterations, HiddenUnits = [] }),
        })
        {
            BayesianNetwork model = BayesianNetwork.Fit(TrainingScenes(rows, draw).Data("winter scenes"), options);
            yield return new Trained(name, rows, [.. tests.Select(own => Judged.By(model, name, own))], model);
        }
    }
}
