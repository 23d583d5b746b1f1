using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>What a training of an anchored ensemble is given, and what becomes of it: inputs' scales belong to the training alone.</summary>
internal static class AnchoredEnsemble
{
    /// <summary>The rows with targets of each particle's own: moved by noise, and missing where the particle leaves a row out.</summary>
    /// <param name="inputs">[row, input], scaled.</param>
    /// <param name="targets">[row, output], scaled, NaN where missing.</param>
    public static DeviceRows Upload(Device device, double[,] inputs, double[,] targets, Folds folds, TrainingOptions options)
    {
        bool missing = folds.Count > 0 || targets.Cast<double>().Any(double.IsNaN);
        DeviceRows rows = DeviceRows.UploadInputs(device, inputs, targets.GetLength(1), missing, options.Particles);
        var own = new double[targets.GetLength(0), targets.GetLength(1)];
        for (int s = 0; s < options.Particles; s++)
        {
            Random random = RandomStreams.Open(options.Seed, RandomStreams.Purpose.TargetNoise, s);
            for (int n = 0; n < own.GetLength(0); n++)
            {
                for (int o = 0; o < own.GetLength(1); o++)
                {
                    double noise = Normal.Sample(random, 0, options.Anchors.TargetNoise);
                    own[n, o] = folds.LeavesOut(s, n) ? double.NaN : targets[n, o] + noise;
                }
            }

            rows.UploadTargets(s, own);
        }

        return rows;
    }

    /// <summary>Particles [S, stride of the model] with the scales multiplied into their first weights.</summary>
    public static float[] WithoutScales(ParameterLayout training, ParameterLayout model, ReadOnlySpan<float> particles)
    {
        var result = new float[particles.Length / training.Stride * model.Stride];
        DenseLayer first = training.Layers[0];
        for (int s = 0; s < result.Length / model.Stride; s++)
        {
            ReadOnlySpan<float> from = particles.Slice(s * training.Stride, training.Stride);
            Span<float> to = result.AsSpan(s * model.Stride, model.ParameterCount);
            from[..to.Length].CopyTo(to);
            for (int i = 0; i < training.InputScaleCount; i++)
            {
                float scale = MathF.Exp(from[training.InputScaleOffset + i]);
                foreach (ref float weight in to.Slice(first.WeightOffset + (i * first.Outputs), first.Outputs))
                {
                    weight *= scale;
                }
            }
        }

        return result;
    }
}
