using System.Text.Json.Serialization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>An inference method with its own options.</summary>
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

    /// <summary>Early stopping on validation rows; null if out-of-fold rows decide.</summary>
    internal virtual EarlyStopping? Stopping => null;

    internal virtual Likelihood DefaultLikelihood => new GaussianLikelihood();

    internal virtual double DefaultStepSize => 0.01;

    /// <summary>The same of gradient descent, which must be smaller where gradients are larger.</summary>
    internal virtual double DefaultDescentStep => 0.002;

    /// <summary>Log precision of the noise in training; null if particles learn it or there is none.</summary>
    internal virtual float? NoiseLogPrecision => null;

    /// <summary>Cross-validation folds; 0 for none.</summary>
    internal virtual int WantedFolds => 0;

    internal virtual int DefaultBatchSize(int rows) => rows <= 1000 ? rows : 750;

    /// <summary>Default <see cref="Training.TrainingOptions.BudgetsFor"/>.</summary>
    /// <param name="rows">Training rows.</param>
    /// <param name="batches">Batches per epoch.</param>
    internal virtual IReadOnlyList<int> DefaultBudgets(int rows, int batches) => [4000];

    /// <summary>The layout of a particle.</summary>
    /// <param name="training">During training; in a model relevances are folded into the weights.</param>
    internal abstract ParameterLayout LayoutOf(Network network, Likelihood likelihood, bool training);

    /// <summary>Draws one initial particle.</summary>
    /// <param name="index">The particle's.</param>
    /// <param name="random">Its own stream.</param>
    /// <param name="particle">[stride], standard normal weights and biases, otherwise 0; changed.</param>
    internal abstract void Draw(ParameterLayout layout, int index, Random random, Span<float> particle);

    /// <summary>The prior's part of the gradient, for initial particles <paramref name="initial"/>.</summary>
    internal virtual PriorGradient GradientOfPrior(Device device, ParameterLayout layout, float[] initial) => new();

    /// <summary>The output layer, if it is solved for in training; null if it is trained as the others are.</summary>
    internal virtual OutputSystem? SolvedOutputs(Network network) => null;

    /// <summary>Creates the sampler.</summary>
    /// <param name="target">Disposed with the sampler.</param>
    /// <param name="initial">[S, stride], or of this process's share.</param>
    /// <param name="group">Processes that have the other particles; null where all are here.</param>
    internal virtual ISampler Start(LogPosterior target, Device device, float[] initial, Optimizer optimizer, IProcessGroup? group = null) => new GradientSampler(target, device, initial, optimizer);

    /// <summary>Factor of gradients in a 1-based iteration: below 1 in annealing.</summary>
    internal virtual double GradientWeight(int iteration, int iterations) => 1;

    /// <summary>Converts trained particles to the layout of a model.</summary>
    internal virtual float[] Finish(ParameterLayout training, ParameterLayout model, float[] particles) => [.. particles];

    /// <summary>The inverse of <see cref="Finish"/>, to continue training.</summary>
    /// <param name="drawn">[S, stride] of the training: the initial particles.</param>
    /// <param name="trained">[S, stride] of the model.</param>
    internal virtual float[] GoOnFrom(ParameterLayout training, ParameterLayout model, float[] drawn, float[] trained) => [.. trained];

    /// <summary>Options out of range, a sentence each.</summary>
    /// <param name="iterations">Of the whole training.</param>
    internal virtual IEnumerable<string> Problems(int iterations) =>
        Particles < 1 ? [$"Particles is {Particles}; it must be at least 1."] : [];

    /// <summary>Uploads the training rows.</summary>
    /// <param name="inputs">[row, input], standardised.</param>
    /// <param name="targets">[row, output], standardised, NaN where missing.</param>
    /// <param name="folds">Of the same rows.</param>
    /// <param name="targetsOfFolds">Those of the particles that leave out a fold, if they have their own; an anchored ensemble only.</param>
    /// <param name="share">The particles that have them.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal virtual DeviceRows Upload(
        Device device, Likelihood likelihood, double[,] inputs, double[,] targets, Folds folds, int seed, IReadOnlyList<double[,]>? targetsOfFolds = null,
        ParticleShare? share = null, CancellationToken cancellation = default) => DeviceRows.Upload(device, inputs, targets);

    /// <summary>Adjusts initial particles to the rows.</summary>
    /// <param name="particles">[S, stride]; may be changed.</param>
    internal virtual void Adjust(ParameterLayout layout, float[] particles, Device device, double[,] inputs, double[,] targets)
    {
    }

    /// <summary>Initial particles [S, stride]. Each has its own random stream, so it does not depend on their number.</summary>
    /// <param name="share">The particles wanted; all if left out.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal float[] DrawAll(ParameterLayout layout, int seed, ParticleShare? share = null, CancellationToken cancellation = default)
    {
        ParticleShare own = share ?? ParticleShare.Whole;
        var particles = new float[layout.LengthOf(own.CountOf(Particles))];
        for (int k = 0; k < own.CountOf(Particles); k++)
        {
            cancellation.ThrowIfCancellationRequested();
            int index = own.Particle(k);
            Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Particles, index);
            Span<float> particle = particles.AsSpan(k * layout.Stride, layout.Stride);

            // Weights first, so that all methods start from the same network.
            for (int p = 0; p < layout.Network.WeightCount; p++)
            {
                particle[p] = (float)Normal.Sample(random, 0, 1);
            }

            Draw(layout, index, random, particle);
            layout.Network.DrawFrozen(random, particle);
        }

        return particles;
    }
}

/// <summary>Early stopping on rows held out from training.</summary>
/// <param name="ValidationFraction">Fraction of the rows, in [0, 1); none are held out if these are fewer than <see cref="SmallestValidation"/>. Default 0.1.</param>
/// <param name="Patience">Iterations without a better validation score before training stops; at least 1. Default 1000.</param>
public sealed record EarlyStopping(double ValidationFraction = 0.1, int Patience = 1000)
{
    /// <summary>Smallest number of validation rows.</summary>
    public const int SmallestValidation = 3;

    /// <summary>0 if they would be too few, or all.</summary>
    internal int ValidationRowsOf(int rows)
    {
        int count = (int)Math.Round(ValidationFraction * rows);
        return count < SmallestValidation || count >= rows ? 0 : count;
    }

    internal IEnumerable<string> Problems() => OptionChecks.Problems(
        (ValidationFraction is >= 0 and < 1, $"ValidationFraction is {ValidationFraction}; it must be at least 0 and below 1."),
        (Patience >= 1, $"Patience is {Patience}; it must be at least 1."));
}
