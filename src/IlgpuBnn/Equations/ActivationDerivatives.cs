namespace IlgpuBnn.Equations;

/// <summary>Activations and their first three derivatives, in double precision.</summary>
internal static class ActivationDerivatives
{
    /// <summary>Whether second derivatives exist everywhere.</summary>
    public static bool IsSmooth(Activation activation) => activation != Activation.Relu;

    /// <returns>s, s', s'', s''' at z.</returns>
    public static (double Value, double First, double Second, double Third) Of(Activation activation, double z)
    {
        switch (activation)
        {
            case Activation.Identity:
                return (z, 1, 0, 0);
            case Activation.Relu:
                return (Math.Max(0, z), z > 0 ? 1 : 0, 0, 0);
            case Activation.Tanh:
                double t = Math.Tanh(z), t1 = 1 - (t * t);
                return (t, t1, -2 * t * t1, t1 * ((6 * t * t) - 2));
            case Activation.Sin:
                (double sine, double cosine) = Math.SinCos(z);
                return (sine, cosine, -sine, -cosine);
            case Activation.Cos:
                (sine, cosine) = Math.SinCos(z);
                return (cosine, -sine, -cosine, sine);
            default:
                double g = 1 / (1 + Math.Exp(-z)), g1 = g * (1 - g), h = 1 - (2 * g);
                return activation == Activation.Sigmoid
                    ? (g, g1, g1 * h, g1 * (1 - (6 * g1)))
                    : (z * g, g + (z * g1), g1 * (2 + (z * h)), g1 * ((3 * h) + (z * (1 - (6 * g1)))));
        }
    }
}
