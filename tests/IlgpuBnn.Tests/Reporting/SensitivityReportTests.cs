using IlgpuBnn.Analysis;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

public sealed class SensitivityReportTests
{
    /// <summary>A product, and a sum: interaction is all of the one and nothing of the other.</summary>
    [Fact]
    public void Interactions_are_drawn_where_there_are_some()
    {
        Dataset data = Runs.Of(60, 2, 1, (_, x) => [x[0] * x[1], x[0] + x[1]], from: -1, to: 1);
        BayesianNetwork model = BayesianNetwork.Fit(data, new TrainingOptions { HiddenUnits = [12], MaxIterations = 600, Method = new AnchoredEnsemble { Particles = 4, Folds = 0 } });
        string page = SensitivityReport.Create(model, options: new SensitivityOptions { BasePoints = 1024 }).Html();
        Assert.Contains("effects-y1.svg", page);
        Assert.Contains("effects-y2.svg", page);
        Assert.Contains("interactions-y1.csv", page);
        Assert.DoesNotContain("interactions-y2.csv", page);
    }
}
