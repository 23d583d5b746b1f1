namespace IlgpuBnn.Prediction;

/// <summary>An ensemble's probabilities of classes for a table of rows, averaged over its networks.</summary>
/// <remarks>
/// Uncertainty is entropy, in nats: at most the logarithm of the number of classes. It is the sum of two parts (Depeweg et al. 2018): the mean entropy of single networks
/// (aleatoric: classes overlap) and the mutual information between class and network (epistemic: networks disagree, for want of rows).
/// </remarks>
public sealed class ClassPredictions
{
    /// <param name="classNames">[class].</param>
    /// <param name="outputs">Networks' logits, [network, row, output].</param>
    /// <param name="scale">Factor of networks' deviations from their mean logits.</param>
    /// <param name="temperature">What logits are divided by.</param>
    internal ClassPredictions(IReadOnlyList<string> classNames, double[,,] outputs, double scale, double temperature)
    {
        int rows = outputs.GetLength(1);
        ClassNames = classNames;
        Probabilities = new double[rows, classNames.Count];
        (Entropy, ExpectedEntropy, PredictedClass) = (new double[rows], new double[rows], new int[rows]);
        Parallel.For(0, rows, row =>
        {
            Span<double> probabilities = stackalloc double[classNames.Count];
            ExpectedEntropy[row] = ClassProbabilities.Average(outputs, row, scale, temperature, probabilities);

            // Jensen's inequality, whatever rounding does.
            Entropy[row] = Math.Max(ExpectedEntropy[row], ClassProbabilities.Entropy(probabilities));
            for (int k = 0; k < probabilities.Length; k++)
            {
                Probabilities[row, k] = probabilities[k];
                PredictedClass[row] = probabilities[k] > probabilities[PredictedClass[row]] ? k : PredictedClass[row];
            }
        });
        MutualInformation = [.. Entropy.Zip(ExpectedEntropy, (all, own) => all - own)];
    }

    /// <summary>[class]: labels, in the model's order.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of rows.</summary>
    public int RowCount => Entropy.Length;

    /// <summary>[row, class]: sum to 1 over classes.</summary>
    public double[,] Probabilities { get; }

    /// <summary>[row]: index of the most probable class, the first of several.</summary>
    public int[] PredictedClass { get; }

    /// <summary>[row]: entropy of the probabilities in nats, all uncertainty.</summary>
    public double[] Entropy { get; }

    /// <summary>[row]: mean entropy of single networks in nats, the aleatoric part.</summary>
    public double[] ExpectedEntropy { get; }

    /// <summary>[row]: mutual information of class and network in nats, the epistemic part; at least 0.</summary>
    public double[] MutualInformation { get; }

    /// <summary>Label of the most probable class.</summary>
    public string PredictedLabel(int row) => ClassNames[PredictedClass[row]];
}
