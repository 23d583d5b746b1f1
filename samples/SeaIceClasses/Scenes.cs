using IlgpuBnn.Data;
using MathNet.Numerics.Distributions;

namespace SeaIceClasses;

/// <summary>Scenes of a season with the classes of a chart.</summary>
/// <param name="Inputs">[scene, input].</param>
/// <param name="Labels">[scene]: index of the class in the chart.</param>
internal sealed record Scenes(double[,] Inputs, int[] Labels)
{
    // A third of the scenes are free of ice, two fifths nearly closed (density 8 C^7), the rest anything between.
    public const double OpenShare = 0.35, PackShare = 0.4;
    public const int PackPower = 8;

    public int Count => Labels.Length;

    /// <summary>Draws scenes; the same seed gives the same ones.</summary>
    public static Scenes Draw(Season season, int count, int seed)
    {
        var random = new Random(seed);
        var inputs = new double[count, Season.Inputs.Count];
        int[] labels = new int[count];
        for (int n = 0; n < count; n++)
        {
            double concentration = season.HasIce ? Concentration(random) : 0;
            (double[] mean, double[] sd, double[][] loadings) = season.Given(concentration, OldShare(random));
            double[] joint = [.. loadings.Select(_ => Normal.Sample(random, 0, 1))];
            for (int i = 0; i < mean.Length; i++)
            {
                inputs[n, i] = Normal.Sample(random, mean[i], sd[i]) + joint.Select((own, k) => own * loadings[k][i]).Sum();
            }

            labels[n] = IceChart.ClassOf(Normal.Sample(random, concentration, IceChart.Misjudged));
        }

        return new Scenes(inputs, labels);
    }

    public Dataset Data(string name) => Dataset.OfClasses(Inputs, [.. Labels.Select(own => IceChart.Classes[own])], Season.Inputs, "ice", name);

    private static double OldShare(Random random) => random.NextDouble() < Season.Kinds[0].Frequency ? Season.Kinds[0].OldShare : Season.Kinds[1].OldShare;

    private static double Concentration(Random random)
    {
        double kind = random.NextDouble(), own = random.NextDouble();
        return kind < OpenShare ? 0 : kind < OpenShare + PackShare ? Math.Pow(own, 1.0 / PackPower) : own;
    }
}
