using System.Text.Json.Serialization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>How particles come to stand for a posterior: each method is a record with its own options and no other's.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AnchoredEnsemble), "anchored-ensemble")]
[JsonDerivedType(typeof(Svgd), "svgd")]
[JsonDerivedType(typeof(IndependentParticles), "independent-particles")]
[JsonDerivedType(typeof(Deterministic), "deterministic")]
public abstract record InferenceMethod
{
    private protected InferenceMethod()
    {
    }

    /// <summary>S, the number of networks.</summary>
    public abstract int Particles { get; init; }

    /// <summary>When training ends before its last iteration; null where out-of-fold rows say so.</summary>
    internal virtual EarlyStopping? Stopping => null;

    /// <summary>Noise that particles are trained with, where none is asked for.</summary>
    internal virtual Likelihood DefaultLikelihood => new GaussianLikelihood();

    /// <summary>alpha of Adam, where none is asked for.</summary>
    internal virtual double DefaultStepSize => 0.01;

    /// <summary>ln of the precision of the noise that particles are trained with, where it is given; null where they learn it, or there is none.</summary>
    internal virtual float? NoiseLogPrecision => null;

    /// <summary>Folds of the rows, of which each particle leaves one out; 0 for none.</summary>
    internal virtual int WantedFolds => 0;

    /// <summary>About how many rows a batch has, where nothing is asked for.</summary>
    internal virtual int DefaultBatchSize(int rows) => rows <= 1000 ? rows : 750;

    /// <summary>Numbers of iterations after which a training may end, rising, where none is asked for.</summary>
    /// <param name="rows">Those that particles are fitted to.</param>
    /// <param name="batches">That these make.</param>
    internal virtual IReadOnlyList<int> DefaultBudgets(int rows, int batches) => [4000];

    /// <summary>The layout of a particle.</summary>
    /// <param name="training">While particles are trained; a model has relevances in its weights.</param>
    internal abstract ParameterLayout LayoutOf(Network network, Likelihood likelihood, bool training);

    /// <summary>Where one particle starts.</summary>
    /// <param name="random">The particle's own stream.</param>
    /// <param name="particle">[stride], standard normal weights and biases, all else 0; changed.</param>
    internal abstract void Draw(ParameterLayout layout, Random random, Span<float> particle);

    /// <summary>The prior's part of the gradient, for particles that start at <paramref name="initial"/>.</summary>
    internal virtual PriorGradient GradientOfPrior(Device device, ParameterLayout layout, float[] initial) => new();

    /// <summary>Moves particles up the posterior.</summary>
    /// <param name="target">Disposed with the sampler.</param>
    /// <param name="initial">[S, stride].</param>
    internal virtual ISampler Start(LogPosterior target, Device device, float[] initial, AdamOptions adam) => new GradientSampler(target, device, initial, adam);

    /// <summary>What gradients are multiplied by in a 1-based iteration out of so many: less than 1 while the posterior is let in.</summary>
    internal virtual double GradientWeight(int iteration, int iterations) => 1;

    /// <summary>Particles of a finished training as a model keeps them.</summary>
    internal virtual float[] Finish(ParameterLayout training, ParameterLayout model, float[] particles) => [.. particles];

    /// <summary>Where particles that were trained before go on from: the reverse of <see cref="Finish"/>.</summary>
    /// <param name="drawn">[S, stride] of the training: where they once started.</param>
    /// <param name="trained">[S, stride] of the model.</param>
    internal virtual float[] GoOnFrom(ParameterLayout training, ParameterLayout model, float[] drawn, float[] trained) => [.. trained];

    /// <summary>What is wrong with the options, a sentence each.</summary>
    /// <param name="iterations">Of the whole training.</param>
    internal virtual IEnumerable<string> Problems(int iterations) =>
        Particles < 1 ? [$"Particles is {Particles}; it must be at least 1."] : [];

    /// <summary>The rows that particles are fitted to, on a device.</summary>
    /// <param name="inputs">[row, input], standardised.</param>
    /// <param name="targets">[row, output], standardised, NaN where missing.</param>
    /// <param name="folds">Of the same rows.</param>
    internal virtual DeviceRows Upload(Device device, double[,] inputs, double[,] targets, Folds folds, int seed) => DeviceRows.Upload(device, inputs, targets);

    /// <summary>Lets the starting points look at the rows.</summary>
    /// <param name="particles">[S, stride]; may be changed.</param>
    internal virtual void Adjust(ParameterLayout layout, float[] particles, Device device, double[,] inputs, double[,] targets)
    {
    }

    /// <summary>Particles [S, stride] from the seed alone. Particle s has a stream of its own: it does not depend on how many there are.</summary>
    internal float[] DrawAll(ParameterLayout layout, int seed)
    {
        var particles = new float[checked((long)Particles * layout.Stride)];
        for (int s = 0; s < Particles; s++)
        {
            Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Particles, s);
            Span<float> particle = particles.AsSpan(s * layout.Stride, layout.Stride);

            // Weights come first in the stream, so that all methods start from the same network.
            for (int p = 0; p < layout.Network.WeightCount; p++)
            {
                particle[p] = (float)Normal.Sample(random, 0, 1);
            }

            Draw(layout, random, particle);
        }

        return particles;
    }
}

/// <summary>Rows that take no part in the training and tell when to stop.</summary>
/// <param name="ValidationFraction">
/// Fraction of the rows, in [0, 1). Default 0.1. With fewer than <see cref="SmallestValidation"/> such rows there are none: so few say more about
/// themselves than about the model.
/// </param>
/// <param name="Patience">Iterations without a better validation score after which training stops; at least 1. Default 1000.</param>
public sealed record EarlyStopping(double ValidationFraction = 0.1, int Patience = 1000)
{
    /// <summary>Fewest rows worth holding out.</summary>
    public const int SmallestValidation = 3;

    /// <summary>0 where they would be too few, or all.</summary>
    internal int ValidationRowsOf(int rows)
    {
        int count = (int)Math.Round(ValidationFraction * rows);
        return count < SmallestValidation || count >= rows ? 0 : count;
    }

    internal IEnumerable<string> Problems()
    {
        if (!(ValidationFraction >= 0 && ValidationFraction < 1))
        {
            yield return $"ValidationFraction is {ValidationFraction}; it must be at least 0 and below 1.";
        }

        if (Patience < 1)
        {
            yield return $"Patience is {Patience}; it must be at least 1.";
        }
    }
}
