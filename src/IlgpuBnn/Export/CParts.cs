namespace IlgpuBnn.Export;

/// <summary>Functions of exported C that are the same for all models.</summary>
internal static class CParts
{
    public const string Dense = """
        /* Sums of a layer: biases, and products of inputs and of features that skip layers. layer: weights [input][unit], those of skipped features, biases [unit]. */
        static void dense(const float *layer, const float *inputs, int count, const float *skipped, int skipped_count, int units, float *sums)
        {
            const float *weights = layer, *biases = layer + (count + skipped_count) * units;
            for (int u = 0; u < units; u++) sums[u] = biases[u];
            for (int i = 0; i < count; i++, weights += units)
                for (int u = 0; u < units; u++) sums[u] += inputs[i] * weights[u];
            for (int i = 0; i < skipped_count; i++, weights += units)
                for (int u = 0; u < units; u++) sums[u] += skipped[i] * weights[u];
        }
        """;

    public const string Transforms = """
        static double inverse_box_cox(double value, double exponent)
        {
            double base = exponent * value + 1, least = 4.9406564584124654e-324;
            return fabs(exponent) < 1e-9 ? exp(value) : pow(base < least ? least : base, 1 / exponent);
        }

        /* From the scale of a target's transform to its own unit. */
        static double invert(int target, double value)
        {
            switch (transform[target]) {
            case LOGARITHM: value = exp(value); break;
            case SQUARE_ROOT: value = value < 0 ? 0 : value * value; break;
            case LOGIT: value = 1 / (1 + exp(-value)); break;
            case YEO_JOHNSON: value = unit[target] * (value < 0 ? 1 - inverse_box_cox(-value, 2 - power[target]) : inverse_box_cox(value, power[target]) - 1); break;
            default: break;
            }

            return value < limit_below[target] ? limit_below[target] : value > limit_above[target] ? limit_above[target] : value;
        }

        /* Adds what lies between limits, of a normal distribution: its share, and moments about origin times weight. */
        static void between(double limit, double weight, double mean, double sd, double distance, double *share, double *first, double *second)
        {
            double z = (limit - mean) / sd, below = 0.5 * erfc(-0.70710678118654752 * z), density = 0.39894228040143268 * exp(-0.5 * z * z);
            double product = z - z == 0 ? z * density : 0;
            *share += weight * below;
            *first += weight * (distance * below - sd * density);
            *second += weight * ((distance * distance + sd * sd) * below - 2 * distance * sd * density - sd * sd * product);
        }

        /* Mean and variance, in the target's own unit, of what is normal on the scale of its transform. */
        static void moments(int target, double mean, double sd, double *first, double *variance)
        {
            double m = mean * mean, v = sd * sd, second, fourth, above, density, sum = 0, squares = 0, origin = invert(target, mean);
            if (sd == 0) {
                *first = origin;
                *variance = 0;
                return;
            }

            int kind = transform[target];
            if (kind != LIMITED && (limit_below[target] - limit_below[target] == 0 || limit_above[target] - limit_above[target] == 0)) kind = YEO_JOHNSON;
            switch (kind) {
            case LIMITED:
                second = above = density = 0;
                between(limit_above[target], 1, mean, sd, mean - origin, &above, &density, &second);
                fourth = 1 - above;
                between(limit_below[target], -1, mean, sd, mean - origin, &above, &density, &second);
                above = 1 - fourth - above;
                if (above > 0 && limit_below[target] - limit_below[target] == 0) {
                    density += above * (limit_below[target] - origin);
                    second += above * (limit_below[target] - origin) * (limit_below[target] - origin);
                }

                if (fourth > 0 && limit_above[target] - limit_above[target] == 0) {
                    density += fourth * (limit_above[target] - origin);
                    second += fourth * (limit_above[target] - origin) * (limit_above[target] - origin);
                }

                *first = origin + density;
                *variance = fmax(0, second - density * density);
                return;
            case LOGARITHM:
                *first = exp(mean + 0.5 * v);
                *variance = *first * *first * (exp(v) - 1);
                return;
            case SQUARE_ROOT:
                above = 0.5 * erfc(-0.70710678118654752 * mean / sd);
                density = sd * 0.39894228040143268 * exp(-0.5 * m / v);
                second = (m + v) * above + mean * density;
                fourth = (m * m + 6 * m * v + 3 * v * v) * above + (m * mean + 5 * mean * v) * density;
                *first = second;
                *variance = fmax(0, fourth - second * second);
                return;
            default:
                for (int i = 0; i < NODES; i++) {
                    double deviation = invert(target, mean + sd * nodes[i]) - origin;
                    sum += node_weights[i] * deviation;
                    squares += node_weights[i] * deviation * deviation;
                }
                *first = origin + sum;
                *variance = fmax(0, squares - sum * sum);
            }
        }

        /* Moments of a target in its own unit. The variance is divided as it is on the scale of the transform. */
        static void restore(int target, float outputs[][OUTPUTS], double factor, double *mean, double *epistemic, double *aleatoric)
        {
            double kernel = smoothing[target] * smoothing[target] * *epistemic, networks = *epistemic + *aleatoric > 0 ? *epistemic / (*epistemic + *aleatoric) : 0;
            double shrink = epistemic_scale[target] * sqrt(1 - smoothing[target] * smoothing[target]), centre = 0, squares = 0, spread = 0;
            for (int s = 0; s < PARTICLES; s++) {
                double noise = noise_sd[target][s], share = noise_variance[target] > 0 ? noise * noise / noise_variance[target] : 1, first, variance, deviation;
                moments(target, *mean + shrink * (value_of(s, target, outputs[s]) - *mean), sqrt(factor * factor * noise * noise + share * kernel), &first, &variance);
                deviation = first - centre;
                centre += deviation / (s + 1);
                squares += deviation * (first - centre);
                spread += variance;
            }

            *mean = centre;
            *epistemic = networks * (spread + squares) / PARTICLES;
            *aleatoric = (1 - networks) * (spread + squares) / PARTICLES;
        }
        """;

    /// <summary>Of all hidden units of a layer.</summary>
    public static string Activate(Activation activation) => $$"""
        static void {{NameOf(activation)}}(float *units, int count)
        {
            for (int u = 0; u < count; u++) units[u] = {{Formula(activation)}};
        }
        """;

    public static string NameOf(Activation activation) => $"{activation.ToString().ToLowerInvariant()}_units";

    private static string Formula(Activation activation) => activation switch
    {
        Activation.Relu => "units[u] < 0 ? 0 : units[u]",
        Activation.Tanh => "tanhf(units[u])",
        Activation.Sigmoid => "1 / (1 + expf(-units[u]))",
        Activation.Sin => "sinf(units[u])",
        Activation.Cos => "cosf(units[u])",
        Activation.Silu => "units[u] / (1 + expf(-units[u]))",
        _ => throw new ArgumentException($"Units of activation {activation} are not exported as C."),
    };
}
