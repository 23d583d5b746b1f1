using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Export;

/// <summary>A whole prediction as an ONNX graph: encodings and networks in single precision, everything behind them in double, as in the library.</summary>
internal sealed class OnnxPrediction
{
    public const string InputName = "inputs";

    private readonly ExportedModel _model;
    private readonly OnnxGraph _graph = new("surrogate");

    private OnnxPrediction(ExportedModel model) => _model = model;

    public static OnnxGraph Of(ExportedModel model)
    {
        var prediction = new OnnxPrediction(model);
        prediction.Build();
        return prediction._graph;
    }

    private void Build()
    {
        Ensemble ensemble = _model.Ensemble;
        OutputCalibration calibration = _model.Calibration;
        string outputs = Networks(Features(_graph.AddInput(InputName, OnnxGraph.Double, "rows", _model.Inputs)));
        string values = _graph.Add("Add", Times(outputs, Row(_model.OutputScales)), Row(ensemble.TargetScaling.Mean));
        if (calibration.Bounds.Any(own => own != OutputBounds.None))
        {
            values = _graph.Clamp(values, Row([.. calibration.Bounds.Select(own => own.Lower)]), Row([.. calibration.Bounds.Select(own => own.Upper)]));
        }

        string mean = _graph.Mean(values, 0), deviations = Times(_graph.Add("Sub", values, mean), Row(calibration.EpistemicScales));
        string epistemic = _graph.Mean(Times(deviations, deviations), 0);
        string position = _graph.Add("Div", _graph.Add("Sub", mean, Row(ensemble.TargetScaling.Mean)), Row(ensemble.TargetScaling.Scale));
        string reach = _graph.Clamp(position, _graph.Scalar(-VarianceFunction.Reach), _graph.Scalar(VarianceFunction.Reach));
        string factor = _graph.Add("Exp", Times(reach, Row(calibration.LogSdSlopes)));
        string noise = Times(factor, _graph.Constant([.. _model.NoiseVariances.Cast<double>().Select(Math.Sqrt)], _model.Particles, 1, _model.Targets));
        string aleatoric = Times(Times(factor, factor), Row(_model.MeanNoiseVariances));
        string particles = _graph.Add("Add", mean, deviations);
        if (!_model.Encoding.HasPlainTargets)
        {
            double[] squares = [.. calibration.Smoothings.Select(own => own * own)];
            string centres = _graph.Add("Add", mean, Times(deviations, Row([.. squares.Select(own => Math.Sqrt(1 - own))])));
            string widths = _graph.Add("Sqrt", _graph.Add("Add", Times(noise, noise), Times(epistemic, KernelShares(squares))));
            (mean, epistemic, aleatoric, particles) = new OnnxTransforms(_graph, _model.Encoding.Targets).Restore(mean, epistemic, aleatoric, particles, centres, widths);
        }

        Output("mean", mean);
        Output("sd", _graph.Add("Sqrt", _graph.Add("Add", epistemic, aleatoric)));
        Output("aleatoric_sd", _graph.Add("Sqrt", aleatoric));
        _graph.AddOutput("particles", particles, OnnxGraph.Double, _model.Particles, "rows", _model.Targets);
        _graph.AddOutput("particle_noise_sd", noise, OnnxGraph.Double, _model.Particles, "rows", _model.Targets);
    }

    /// <summary>What each particle's Gaussian takes of the disagreement, in proportion to its noise.</summary>
    /// <param name="squares">h^2 of each target.</param>
    private string KernelShares(double[] squares) => _graph.Constant(
        [.. Enumerable.Range(0, _model.Particles * _model.Targets).Select(k =>
        {
            (int s, int o) = Math.DivRem(k, _model.Targets);
            return squares[o] * (_model.MeanNoiseVariances[o] > 0 ? _model.NoiseVariances[s, o] / _model.MeanNoiseVariances[o] : 1);
        })],
        _model.Particles, 1, _model.Targets);

    /// <summary>[rows, feature], standardised, in single precision.</summary>
    private string Features(string inputs)
    {
        List<string> parts = [];
        IReadOnlyList<InputEncoding> encodings = _model.Encoding.Inputs;
        for (int first = 0; first < encodings.Count;)
        {
            // Adjacent inputs of one kind at once, but for categories, each of which has its own levels.
            int end = first + 1;
            while (end < encodings.Count && encodings[end] is not CategoryEncoding && encodings[end].Equals(encodings[first]))
            {
                end++;
            }

            string own = end - first == encodings.Count ? inputs : _graph.Gather(inputs, Enumerable.Range(first, end - first), 1);
            parts.Add(encodings[first] switch
            {
                NumericEncoding => own,
                LogEncoding => _graph.Add("Log", own),
                CategoryEncoding category => _graph.Cast(_graph.Add("Equal", own, Row(category.Levels)), OnnxGraph.Double),
                InputEncoding other => throw new ArgumentException($"Inputs of kind {other.GetType().Name} are not exported as ONNX."),
            });
            first = end;
        }

        Standardisation scaling = _model.Ensemble.InputScaling;
        return _graph.Cast(_graph.Add("Div", _graph.Add("Sub", _graph.Concat(parts, 1), Row(scaling.Mean)), Row(scaling.Scale)), OnnxGraph.Single);
    }

    /// <summary>Standardised targets, [particle, rows, target].</summary>
    private string Networks(string features)
    {
        string units = features;
        foreach (ExportedLayer layer in _model.Layers)
        {
            string from = layer.ReadsFeatures && layer.InputScale != 1 ? Times(features, _graph.Constant([layer.InputScale])) : units;
            string sums = _graph.Add("Add", Product(from, layer, 0, layer.OwnInputs), Weights(layer.Term.BiasOffset, 1, layer.Units));
            if (layer.SkippedInputs > 0)
            {
                sums = _graph.Add("Add", sums, Product(features, layer, layer.OwnInputs, layer.SkippedInputs));
            }

            units = layer.Activation switch
            {
                Activation.Identity => sums,
                Activation.Silu => Times(sums, _graph.Add("Sigmoid", sums)),
                Activation own => _graph.Add($"{own}", sums),
            };
        }

        string outputs = _graph.Cast(units, OnnxGraph.Double);
        if (_model.Ensemble.Components is not { } components)
        {
            return outputs;
        }

        string loadings = _graph.Constant(
            [.. components.Loadings.SelectMany(fold => fold.SelectMany(own => own))], components.FoldCount, components.Count, components.TargetCount);
        return _graph.Add("MatMul", outputs, _graph.Gather(loadings, Enumerable.Range(0, _model.Particles).Select(s => s % components.FoldCount), 0));
    }

    private string Product(string inputs, ExportedLayer layer, int firstInput, int count) =>
        _graph.Add("MatMul", inputs, Weights(layer.Term.WeightOffset + (firstInput * layer.Units), count, layer.Units));

    /// <summary>[particle, rows, columns].</summary>
    private string Weights(int offset, int rows, int columns)
    {
        var values = new float[checked(_model.Particles * rows * columns)];
        for (int s = 0; s < _model.Particles; s++)
        {
            _model.Numbers(s, offset, rows * columns).CopyTo(values.AsSpan(s * rows * columns));
        }

        return _graph.Constant(values, _model.Particles, rows, columns);
    }

    private string Times(string a, string b) => _graph.Add("Mul", a, b);

    private string Row(IReadOnlyList<double> values) => _graph.Constant([.. values], values.Count);

    /// <param name="value">[1, rows, target].</param>
    private void Output(string name, string value) =>
        _graph.AddOutput(name, _graph.Add("Squeeze", value, _graph.Constant([0L], 1)), OnnxGraph.Double, "rows", _model.Targets);
}
