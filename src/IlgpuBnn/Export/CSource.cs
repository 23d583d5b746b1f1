using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Export;

/// <summary>A whole prediction as one C99 file, which needs no library but libm.</summary>
/// <remarks>Moments of targets without a transform are summed as particles come; outputs of all particles are kept only for those with one.</remarks>
internal sealed class CSource
{
    private const int MaxStackBytes = 1 << 18;

    private readonly ExportedModel _model;
    private readonly string _name;
    private readonly bool _transforms;
    private readonly CWriter _text = new();

    /// <exception cref="ArgumentException">One call would take too much of the stack.</exception>
    private CSource(ExportedModel model, string name)
    {
        (_model, _name, _transforms) = (model, name, !model.Encoding.HasPlainTargets);
        long kept = (long)(_transforms ? model.Particles : 1) * model.Outputs;
        long bytes = sizeof(float) * (kept + (2L * model.Features) + model.Layers.Sum(layer => (long)layer.Units)) + (sizeof(double) * (long)model.Features);
        if (bytes > MaxStackBytes)
        {
            throw new ArgumentException(
                $"As C, one prediction of this model would take {bytes >> 10} KB of the stack ({kept} outputs of networks, {model.Features} features, layers); at most {MaxStackBytes >> 10} KB are "
                    + "written. Export it as ONNX, or train fewer or smaller networks.");
        }
    }

    public static string Of(ExportedModel model, string name)
    {
        var source = new CSource(model, name);
        source.Write();
        return source._text.ToString();
    }

    private void Write()
    {
        _text.Lines($$"""
            /* {{_name}}.c: {{CText.Comment(ColumnSelection.List(_model.Ensemble.TargetNames))}}; see {{_name}}.h. Written by {{ExportedModel.Producer}}.
               Build: cc -std=c99 -O3 -c {{_name}}.c, and link with -lm. */
            #include "{{_name}}.h"

            #include <math.h>

            enum { INPUTS = {{_model.Inputs}}, FEATURES = {{_model.Features}}, PARTICLES = {{_model.Particles}}, OUTPUTS = {{_model.Outputs}}, TARGETS = {{_model.Targets}} };
            """);
        Encoding();
        Networks();
        Values();
        if (_transforms)
        {
            Transforms();
        }

        Predict();
    }

    private void Encoding()
    {
        Standardisation scaling = _model.Ensemble.InputScaling;
        _text.Array("feature_mean", "FEATURES", scaling.Mean);
        _text.Array("feature_scale", "FEATURES", scaling.Scale);
        bool plain = _model.Encoding.HasPlainInputs;
        _text.Line();
        _text.Line("/* Features that networks see, in standard deviations. */");
        _text.Line("static void encode(const double *inputs, float *features)");
        _text.Line("{");
        if (!plain)
        {
            _text.Line("    double encoded[FEATURES];");
            int feature = 0;
            for (int i = 0; i < _model.Inputs; i++)
            {
                foreach (string value in Encoded(_model.Encoding.Inputs[i], i))
                {
                    _text.Line($"    encoded[{feature++}] = {value};");
                }
            }
        }

        _text.Line($"    for (int i = 0; i < FEATURES; i++) features[i] = (float)(({(plain ? "inputs" : "encoded")}[i] - feature_mean[i]) / feature_scale[i]);");
        _text.Line("}");
        _text.Line();
    }

    private static IEnumerable<string> Encoded(InputEncoding encoding, int input) => encoding switch
    {
        NumericEncoding => [$"inputs[{input}]"],
        LogEncoding => [$"log(inputs[{input}])"],
        CategoryEncoding category => category.Levels.Select(level => $"inputs[{input}] == {CText.Number(level)}"),
        _ => throw new ArgumentException($"Inputs of kind {encoding.GetType().Name} are not exported as C."),
    };

    private void Networks()
    {
        for (int l = 0; l < _model.Layers.Count; l++)
        {
            ExportedLayer layer = _model.Layers[l];
            int count = layer.Term.ParameterCount;
            _text.Constants("float", $"layer_{l}[PARTICLES][{count}]", Enumerable.Range(0, _model.Particles).Select(
                s => $"{{{CText.List(_model.Numbers(s, layer.Term.WeightOffset, count).ToArray().Select(CText.Number))} }}"));
        }

        _text.Line();
        _text.Lines(CParts.Dense);
        foreach (Activation activation in _model.Layers.Select(layer => layer.Activation).Where(own => own != Activation.Identity).Distinct())
        {
            _text.Lines(CParts.Activate(activation));
        }

        _text.Line("/* Standardised outputs of one network. */");
        _text.Line("static void network(int particle, const float *features, float *outputs)");
        _text.Line("{");
        for (int l = 0; l < _model.Layers.Count; l++)
        {
            ExportedLayer layer = _model.Layers[l];
            string inputs = layer.ReadsFeatures ? "features" : $"units_{l - 1}", units = $"units_{l}";
            if (layer.InputScale != 1)
            {
                inputs = "scaled";
                _text.Line("    float scaled[FEATURES];");
                _text.Line($"    for (int i = 0; i < FEATURES; i++) scaled[i] = {CText.Number(layer.InputScale)} * features[i];");
            }

            if (l == _model.Layers.Count - 1)
            {
                units = "outputs";
            }
            else
            {
                _text.Line($"    float {units}[{layer.Units}];");
            }

            _text.Line($"    dense(layer_{l}[particle], {inputs}, {layer.OwnInputs}, features, {layer.SkippedInputs}, {layer.Units}, {units});");
            if (layer.Activation != Activation.Identity)
            {
                _text.Line($"    {CParts.NameOf(layer.Activation)}({units}, {layer.Units});");
            }
        }

        _text.Line("}");
        _text.Line();
    }

    private void Values()
    {
        OutputCalibration calibration = _model.Calibration;
        _text.Array("target_mean", "TARGETS", _model.Ensemble.TargetScaling.Mean);
        _text.Array("target_scale", "TARGETS", _model.Ensemble.TargetScaling.Scale);
        _text.Array("output_scale", "TARGETS", _model.OutputScales);
        _text.Array("epistemic_scale", "TARGETS", calibration.EpistemicScales);
        _text.Array("noise_variance", "TARGETS", _model.MeanNoiseVariances);
        _text.Array("log_sd_slope", "TARGETS", calibration.LogSdSlopes);
        bool bounded = calibration.Bounds.Any(own => own != OutputBounds.None);
        if (bounded)
        {
            _text.Array("lower", "TARGETS", calibration.Bounds.Select(own => own.Lower));
            _text.Array("upper", "TARGETS", calibration.Bounds.Select(own => own.Upper));
        }

        string value = "    double value = outputs[target];\n    (void)particle;";
        if (_model.Ensemble.Components is { } components)
        {
            _text.Constants("double", $"loadings[{components.FoldCount}][TARGETS][OUTPUTS]", components.Loadings.Select(fold =>
                $"{{{CText.List(Enumerable.Range(0, _model.Targets).Select(o => $"{{{CText.List(fold.Select(own => CText.Number(own[o])))} }}"))} }}"));
            value = $"    double value = 0;\n    for (int k = 0; k < OUTPUTS; k++) value += outputs[k] * loadings[particle % {components.FoldCount}][target][k];";
        }

        _text.Lines($$"""

            /* What one network says of a target. */
            static double value_of(int particle, int target, const float *outputs)
            {
            {{value}}
                value = target_mean[target] + output_scale[target] * value;
                return {{(bounded ? "value < lower[target] ? lower[target] : value > upper[target] ? upper[target] : value" : "value")}};
            }
            """);
    }

    private void Transforms()
    {
        IReadOnlyList<TargetTransform> transforms = _model.Encoding.Targets;
        (double[] nodes, double[] weights) = TargetTransform.Quadrature();
        _text.Line($"enum {{ NONE, LIMITED, LOGARITHM, SQUARE_ROOT, LOGIT, YEO_JOHNSON, NODES = {nodes.Length} }};");
        _text.Constants("int", "transform[TARGETS]", transforms.Select(own => InnerOf(own) switch
        {
            IdentityTransform => own is LimitedTransform ? "LIMITED" : "NONE",
            LogTransform => "LOGARITHM",
            SquareRootTransform => "SQUARE_ROOT",
            LogitTransform => "LOGIT",
            YeoJohnsonTransform => "YEO_JOHNSON",
            _ => throw new ArgumentException($"Targets on the scale {own.Name} are not exported as C."),
        }));
        _text.Array("power", "TARGETS", transforms.Select(own => (InnerOf(own) as YeoJohnsonTransform)?.Power ?? 1));
        _text.Array("unit", "TARGETS", transforms.Select(own => (InnerOf(own) as YeoJohnsonTransform)?.Scale ?? 1));
        _text.Array("limit_below", "TARGETS", transforms.Select(own => (own as LimitedTransform)?.Lower ?? double.NegativeInfinity));
        _text.Array("limit_above", "TARGETS", transforms.Select(own => (own as LimitedTransform)?.Upper ?? double.PositiveInfinity));
        _text.Array("smoothing", "TARGETS", _model.Calibration.Smoothings);
        _text.Constants("double", "noise_sd[TARGETS][PARTICLES]", Enumerable.Range(0, _model.Targets).Select(o =>
            $"{{{CText.List(Enumerable.Range(0, _model.Particles).Select(s => CText.Number(Math.Sqrt(_model.NoiseVariances[s, o]))))} }}"));
        _text.Array("nodes", "NODES", nodes);
        _text.Array("node_weights", "NODES", weights);
        _text.Line();
        _text.Lines(CParts.Transforms);

        static TargetTransform InnerOf(TargetTransform own) => own is LimitedTransform limited ? limited.Inner : own;
    }

    private void Predict()
    {
        string kept = _transforms ? "[s]" : "[0]", rest = _transforms ? "\n        if (transform[o] != NONE) restore(o, outputs, factor, &mean[o], &epistemic, &aleatoric);" : "";
        InputRange range = _model.Encoding.Range;
        _text.Lines($$"""
            void {{_name}}_predict(const double *inputs, double *mean, double *sd, double *aleatoric_sd)
            {
                float features[FEATURES], outputs[{{(_transforms ? "PARTICLES" : "1")}}][OUTPUTS];
                encode(inputs, features);
                for (int o = 0; o < TARGETS; o++) mean[o] = sd[o] = 0;
                for (int s = 0; s < PARTICLES; s++) {
                    network(s, features, outputs{{kept}});

                    /* Means so far, and sums of squared deviations from them. */
                    for (int o = 0; o < TARGETS; o++) {
                        double value = value_of(s, o, outputs{{kept}}), deviation = value - mean[o];
                        mean[o] += deviation / (s + 1);
                        sd[o] += deviation * (value - mean[o]);
                    }
                }

                for (int o = 0; o < TARGETS; o++) {
                    double position = (mean[o] - target_mean[o]) / target_scale[o];
                    double factor = exp(log_sd_slope[o] * (position < -{{CText.Number(VarianceFunction.Reach)}} ? -{{CText.Number(VarianceFunction.Reach)}} : position > {{CText.Number(VarianceFunction.Reach)}} ? {{CText.Number(VarianceFunction.Reach)}} : position));
                    double epistemic = epistemic_scale[o] * epistemic_scale[o] * sd[o] / PARTICLES, aleatoric = factor * factor * noise_variance[o];{{rest}}
                    sd[o] = sqrt(epistemic + aleatoric);
                    aleatoric_sd[o] = sqrt(aleatoric);
                }
            }

            void {{_name}}_predict_rows(size_t rows, const double *inputs, double *mean, double *sd, double *aleatoric_sd)
            {
                for (size_t n = 0; n < rows; n++)
                    {{_name}}_predict(inputs + n * INPUTS, mean + n * TARGETS, sd + n * TARGETS, aleatoric_sd + n * TARGETS);
            }
            """);
        _text.Array("smallest", "INPUTS", range.Smallest);
        _text.Array("largest", "INPUTS", range.Largest);
        _text.Line($$"""

            int {{_name}}_outside(const double *inputs)
            {
                int count = 0;
                for (int i = 0; i < INPUTS; i++) count += !(inputs[i] >= smallest[i] && inputs[i] <= largest[i]);
                return count;
            }
            """.ReplaceLineEndings("\n"));
    }
}
