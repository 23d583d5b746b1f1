namespace IlgpuBnn.Tests.Networks;

/// <summary>Predictions of one row at a time beside those of many.</summary>
internal static class SingleRows
{
    /// <summary>By every vector width of this machine.</summary>
    public static void AssertPredictedAsMany(BayesianNetwork model, double[,] inputs, Device many)
    {
        double[,] expected = model.Predict(inputs, many).Mean;
        foreach (string device in TestDevices.Processors)
        {
            using Predictor predictor = model.CreatePredictor(TestDevices.Open(device));
            for (int row = 0; row < inputs.GetLength(0); row++)
            {
                RowPrediction own = predictor.Predict([.. Enumerable.Range(0, inputs.GetLength(1)).Select(i => inputs[row, i])]);
                for (int o = 0; o < expected.GetLength(1); o++)
                {
                    Assert.Equal(expected[row, o], own.Mean[o], 1e-5 * (1 + Math.Abs(expected[row, o])));
                }
            }
        }
    }
}
