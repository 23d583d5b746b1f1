namespace IlgpuBnn.Tests.Reference;

public class ReferencePredictionTests
{
    private static readonly Tolerance Rounding = new(1e-13, 1e-13);

    [Fact]
    public void Moments_match_the_definition_by_hand()
    {
        ReferencePosterior posterior = new(new([1, 2], ReferenceActivation.Identity), sharedNoise: false, sharedWeightPrecision: true);
        double[][] particles =
        [
            [1, 0, 0, 4, Math.Log(1), Math.Log(10), 0],
            [2, 0, 0, 4, Math.Log(2), Math.Log(10), 0],
            [6, 0, 0, 7, Math.Log(4), Math.Log(10), 0],
        ];

        ReferencePrediction prediction = ReferencePrediction.Of(posterior, particles, new double[,] { { 1 }, { -2 } });

        Rounding.AssertClose(new double[,] { { 3, 5 }, { -6, 5 } }, prediction.Mean);
        Rounding.AssertClose([1.75 / 3, 0.1], prediction.Aleatoric);
        // E[f^2] - mean^2: (1 + 4 + 36) / 3 - 9, (16 + 16 + 49) / 3 - 25; the first four times over at x = -2.
        Rounding.AssertClose(new double[,] { { 14.0 / 3, 2 }, { 56.0 / 3, 2 } }, prediction.Epistemic);
    }

    [Fact]
    public void Shared_noise_serves_every_output()
    {
        ReferencePosterior posterior = new(new([1, 2], ReferenceActivation.Identity), sharedNoise: true, sharedWeightPrecision: true);

        double[] aleatoric = ReferencePrediction.Of(posterior, [[1, 0, 0, 4, Math.Log(5), 0]], new double[,] { { 1 } }).Aleatoric;

        Rounding.AssertClose([0.2, 0.2], aleatoric);
    }
}
