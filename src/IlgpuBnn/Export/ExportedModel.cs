using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn.Export;

/// <summary>A layer as exported programs compute it: activation(bias + weights' inputs).</summary>
/// <param name="Term">Weights [own inputs, units], then [features, units] of a skip connection, then biases [units], at its offset of each particle.</param>
/// <param name="ReadsFeatures">Whether its inputs are the standardised features; otherwise the units of the layer before.</param>
/// <param name="InputScale">Factor of these features.</param>
/// <param name="SkippedInputs">Features that it reads beside its own inputs: all, or 0.</param>
internal readonly record struct ExportedLayer(DenseTerm Term, bool ReadsFeatures, float InputScale, int SkippedInputs)
{
    public int OwnInputs => Term.Inputs.Count - SkippedInputs;

    public int Units => Term.Outputs.Count;

    public Activation Activation => Term.Outputs.Activation;
}

/// <summary>What a program outside this library must compute to predict as the library does.</summary>
internal sealed class ExportedModel
{
    /// <exception cref="ArgumentException">The networks have layers of fields, or the model predicts classes.</exception>
    public ExportedModel(BayesianNetwork model)
    {
        TrainedModel trained = model.Model;
        (Encoding, Ensemble, Calibration) = (trained.Encoding, DenseEquivalent.Of(trained.Ensemble), trained.Calibration);
        string[] others = [.. trained.Options.HiddenLayers.Where(layer => layer is not (Dense or SkipConnection or FourierFeatures or Sine)).Select(layer => $"{layer}")];
        if (trained.Encoding.Classes is not null)
        {
            throw new ArgumentException("The model predicts classes, which are not exported. Predict with ilgpubnn or the library.");
        }

        if (others.Length > 0)
        {
            throw new ArgumentException(
                $"The networks have layers of fields ({ColumnSelection.List(others)}), which are not exported. Predict with ilgpubnn or the library, or train a network of other layers.");
        }

        List<ExportedLayer> layers = [];
        foreach (BoundLayer layer in Ensemble.Layout.Network.Layers)
        {
            if (layer.DenseTerms is [var term])
            {
                bool first = layers.Count == 0;
                layers.Add(new ExportedLayer(term, first, layer.Copy?.Scale ?? 1, first ? 0 : term.Inputs.Count - layers[^1].Units));
            }
        }

        Layers = layers;
        NoiseVariances = Ensemble.NoiseVariances(Calibration);
    }

    public TableEncoding Encoding { get; }

    public Ensemble Ensemble { get; }

    public OutputCalibration Calibration { get; }

    public IReadOnlyList<ExportedLayer> Layers { get; }

    /// <summary>[particle, target], raw units squared, before the noise's factor.</summary>
    public double[,] NoiseVariances { get; }

    public int Particles => Ensemble.ParticleCount;

    public int Inputs => Encoding.InputNames.Count;

    public int Features => Encoding.FeatureCount;

    /// <summary>Of each network: targets, or components.</summary>
    public int Outputs => Layers[^1].Units;

    public int Targets => Ensemble.TargetNames.Count;

    /// <summary>[target]: what a network's standardised output is multiplied by, raw units.</summary>
    public double[] OutputScales => [.. Ensemble.TargetScaling.Scale.Zip(Calibration.Shrinkages, (scale, shrinkage) => scale * shrinkage)];

    /// <summary>[target]: mean over particles of their noise variances.</summary>
    public double[] MeanNoiseVariances => [.. Enumerable.Range(0, Targets).Select(o => Enumerable.Range(0, Particles).Average(s => NoiseVariances[s, o]))];

    /// <summary>This library's name and version, without what changes from build to build.</summary>
    public static string Producer => $"ilgpubnn {typeof(ExportedModel).Assembly.GetName().Version!.ToString(3)}";

    /// <summary>Numbers of one particle, from an offset on.</summary>
    public ReadOnlySpan<float> Numbers(int particle, int offset, int count) => Ensemble.Particles.AsSpan((particle * Ensemble.Layout.Stride) + offset, count);
}
