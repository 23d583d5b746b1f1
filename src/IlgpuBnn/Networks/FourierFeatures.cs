using IlgpuBnn.Devices;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Networks;

/// <summary>
/// Random Fourier features of the inputs v: cos(2 pi b_k . v) and sin(2 pi b_k . v), b_k ~ N(0, kappa^2), which a network learns fine structure from that it would
/// learn last, or never, from v (Tancik et al. 2020, "Fourier features let networks learn high frequency functions in low dimensional domains"). First layer only.
/// </summary>
/// <remarks>
/// Every particle has its own b_k, drawn from the seed of the training. They are no weights: neither trained nor under the prior, and an anchored ensemble's relevances
/// do not scale them. On devices it is a layer of sines, of b_k . v and, for the cosines, a quarter turn more.
/// </remarks>
/// <param name="Frequencies">Number of b_k, at least 1; twice as many features.</param>
/// <param name="Kappa">
/// Standard deviation of a frequency along any direction, in periods per standard deviation of an input; above 0, at most <see cref="MaxKappa"/>. Default 1. Too small
/// leaves fine structure unlearnt, too large invents wiggles between sparse rows. Null for what out-of-fold rows choose of 0.1, 0.3, 1, 3 and 10: an anchored ensemble only.
/// </param>
public sealed record FourierFeatures(int Frequencies, double? Kappa = 1) : Layer
{
    /// <summary>Beyond, a period is finer than single precision tells inputs apart by sines.</summary>
    public const double MaxKappa = 1000;

    internal static Layer Parse(LayerWords words) => new FourierFeatures(words.Units("fourier(32,kappa=4)"), words.Kappa(1));

    /// <exception cref="ArgumentException">It is not the first layer.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        if (!builder.Inputs.IsData)
        {
            throw new ArgumentException("Fourier features are not the first layer, and they are of the inputs. Put them first, or remove them.");
        }

        int units = checked(2 * Frequencies), inputs = builder.NetworkInputs;
        Units outputs = Dense.AddUnits(builder, units, Activation.Sin) with { GradientCount = 0 };
        int offset = builder.AddFrozen("frequency", inputs, units);
        builder.AddFrozen("phase", units);
        return new Bound(new DenseTerm(builder.Inputs, outputs, offset), Kappa ?? 1);
    }

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
        (Frequencies is >= 1 and <= SizeLimits.MaxUnits, $"Fourier features have {Frequencies} frequencies; they need at least 1, and at most {SizeLimits.MaxUnits} are possible."),
        (IsKappa(Kappa), $"Kappa is {Kappa}; it must be above 0, at most {MaxKappa}."));

    /// <summary>Whether a number may be a <see cref="Kappa"/>.</summary>
    internal static bool IsKappa(double? value) => value is null or (> 0 and <= MaxKappa);

    private protected override string Text => FormattableString.Invariant($"fourier({Frequencies},kappa={LayerWords.Text(Kappa)})");

    private sealed class Bound(DenseTerm term, double kappa) : BoundLayer(term.Outputs)
    {
        public override IReadOnlyList<DenseTerm> DenseTerms { get; } = [term];

        public override void Forward(ParticleBlock block) => block.DenseForward(term);

        // Neither the frequencies nor the inputs have a gradient.
        public override void Backward(ParticleBlock block)
        {
        }

        /// <summary>Frequencies [input, feature] in radians, the cosines' first, then phases [feature].</summary>
        public override void DrawFrozen(Random random, Span<float> particle)
        {
            int features = term.Outputs.Count, half = features / 2;
            Span<float> frequencies = particle.Slice(term.WeightOffset, term.Inputs.Count * features);
            for (int i = 0; i < term.Inputs.Count; i++)
            {
                Span<float> own = frequencies.Slice(i * features, features);
                for (int k = 0; k < half; k++)
                {
                    own[k] = own[half + k] = (float)(2 * Math.PI * Normal.Sample(random, 0, kappa));
                }
            }

            particle.Slice(term.BiasOffset, half).Fill(MathF.PI / 2);
        }
    }
}
