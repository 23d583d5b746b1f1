using IlgpuBnn.Data;
using IlgpuBnn.Prediction;
using MathNet.Numerics;

namespace IlgpuBnn.Export;

/// <summary>Predictions on the scale of targets' transforms, in the targets' own units: <see cref="TargetTransform"/> in the operators of ONNX.</summary>
/// <param name="transforms">[target].</param>
internal sealed class OnnxTransforms(OnnxGraph graph, IReadOnlyList<TargetTransform> transforms)
{
    private const int TargetAxis = 2;

    // Beyond the first, the continued fraction is accurate to double precision; beyond the second, a tail is below 1e-307.
    private const double TailStart = 7.07106781186547, TailEnd = 37.5;

    // Beyond all that a prediction may be.
    private const double NoLimit = 1e300;

    private static readonly double[] _numerator =
        [3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376];

    private static readonly double[] _denominator =
    [
        8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752,
    ];

    /// <param name="mean">[1, rows, target], as are <paramref name="epistemic"/> and <paramref name="aleatoric"/>, variances.</param>
    /// <param name="particles">[particle, rows, target].</param>
    /// <param name="centres">Means of the mixture's Gaussians, [particle, rows, target].</param>
    /// <param name="widths">Their standard deviations, [particle, rows, target].</param>
    public (string Mean, string Epistemic, string Aleatoric, string Particles) Restore(
        string mean, string epistemic, string aleatoric, string particles, string centres, string widths)
    {
        List<int> order = [];
        List<string>[] parts = [[], [], [], []];
        foreach (IGrouping<(Type, bool, bool, bool), int> group in Enumerable.Range(0, transforms.Count).GroupBy(o => KindOf(transforms[o])))
        {
            int[] targets = [.. group];
            string Of(string value) => graph.Gather(value, targets, TargetAxis);
            order.AddRange(targets);
            string[] own = transforms[targets[0]].IsIdentity
                ? [Of(mean), Of(epistemic), Of(aleatoric), Of(particles)]
                : Restore(targets, Of(epistemic), Of(aleatoric), Of(particles), Of(centres), Of(widths));
            for (int k = 0; k < parts.Length; k++)
            {
                parts[k].Add(own[k]);
            }
        }

        string[] all = [.. parts.Select(own => graph.Gather(graph.Concat(own, TargetAxis), Enumerable.Range(0, order.Count).Select(o => order.IndexOf(o)), TargetAxis))];
        return (all[0], all[1], all[2], all[3]);
    }

    /// <summary>Targets that the same operators serve; the powers 0 and 2 of Yeo and Johnson's family are logarithms.</summary>
    private static (Type, bool, bool, bool) KindOf(TargetTransform transform) =>
        transform is LimitedTransform limited ? KindOf(limited.Inner) with { Item4 = true }
        : transform is YeoJohnsonTransform { Power: var power } ? (typeof(YeoJohnsonTransform), YeoJohnsonTransform.IsLogarithm(power), YeoJohnsonTransform.IsLogarithm(2 - power), false)
        : (transform.GetType(), false, false, false);

    private string[] Restore(int[] targets, string epistemic, string aleatoric, string particles, string centres, string widths)
    {
        (string own, string spread) = transforms[targets[0]] switch
        {
            LogTransform => OfLog(centres, widths),
            SquareRootTransform => OfSquareRoot(centres, widths),
            LimitedTransform { Inner.IsIdentity: true } => OfLimited(targets, centres, widths),
            _ => ByQuadrature(targets, centres, widths),
        };
        string mean = graph.Mean(own, 0), deviations = Minus(own, mean), variance = graph.Mean(Plus(spread, Square(deviations)), 0);

        // Divided as it is on the scale of the transform.
        string sum = Plus(epistemic, aleatoric), zero = graph.Scalar(0);
        string share = graph.Add("Where", graph.Add("Greater", sum, zero), graph.Add("Div", epistemic, sum), zero), epistemicShare = Times(share, variance);
        return [mean, epistemicShare, Minus(variance, epistemicShare), Invert(targets, particles)];
    }

    /// <summary>Mean and variance of exp(X), X normal.</summary>
    private (string Mean, string Variance) OfLog(string mean, string width)
    {
        string variance = Square(width), value = graph.Add("Exp", Plus(mean, Times(graph.Scalar(0.5), variance)));
        return (value, Times(Square(value), Minus(graph.Add("Exp", variance), graph.Scalar(1))));
    }

    /// <summary>Of max(X, 0)^2, X normal: second and fourth moment of the part above 0.</summary>
    private (string Mean, string Variance) OfSquareRoot(string mean, string width)
    {
        string m = Square(mean), v = Square(width), z = graph.Add("Div", mean, graph.Add("Max", width, graph.Scalar(1e-300)));
        (string above, string height) = Normal(z);
        string density = Times(width, height), mv = Times(m, v);
        string second = Plus(Times(Plus(m, v), above), Times(mean, density));
        string even = Plus(Plus(Square(m), Times(graph.Scalar(6), mv)), Times(graph.Scalar(3), Square(v)));
        string odd = Times(mean, Plus(m, Times(graph.Scalar(5), v)));
        string fourth = Plus(Times(even, above), Times(odd, density));
        return (second, graph.Add("Max", graph.Scalar(0), Minus(fourth, Square(second))));
    }

    /// <summary>Of X between limits, X normal: what is cut off, gathered at its limit, and the part between.</summary>
    private (string Mean, string Variance) OfLimited(int[] targets, string mean, string width)
    {
        // Of finite limits, as infinity less infinity is no number; beyond these is nothing.
        string lower = Lower(targets), upper = Upper(targets);
        string origin = graph.Clamp(mean, lower, upper), distance = Minus(mean, origin), sd = graph.Add("Max", width, graph.Scalar(1e-300)), variance = Square(width);
        (string below, string density, string product) = End(lower);
        (string under, string otherDensity, string otherProduct) = End(upper);
        string between = Minus(under, below), densities = Times(width, Minus(density, otherDensity)), over = Minus(graph.Scalar(1), under);
        string down = graph.Add("Where", graph.Add("Greater", below, graph.Scalar(0)), Minus(lower, origin), graph.Scalar(0));
        string up = graph.Add("Where", graph.Add("Greater", over, graph.Scalar(0)), Minus(upper, origin), graph.Scalar(0));
        string first = Plus(Plus(Times(distance, between), densities), Plus(Times(down, below), Times(up, over)));
        string inside = Plus(Plus(Times(Plus(Square(distance), variance), between), Times(Times(graph.Scalar(2), distance), densities)), Times(variance, Minus(product, otherProduct)));
        string second = Plus(inside, Plus(Times(Square(down), below), Times(Square(up), over)));
        return (Plus(origin, first), graph.Add("Max", graph.Scalar(0), Minus(second, Square(first))));

        (string Cdf, string Density, string Product) End(string limit)
        {
            string z = graph.Clamp(graph.Add("Div", Minus(limit, mean), sd), graph.Scalar(-TailEnd), graph.Scalar(TailEnd));
            (string cdf, string height) = Normal(z);
            return (cdf, height, Times(z, height));
        }
    }

    private (string Mean, string Variance) ByQuadrature(int[] targets, string mean, string width)
    {
        (double[] nodes, double[] weights) = TargetTransform.Quadrature();
        string Wide(string value) => graph.Add("Unsqueeze", value, graph.Constant([0L], 1));
        string z = graph.Constant(nodes, nodes.Length, 1, 1, 1), w = graph.Constant(weights, nodes.Length, 1, 1, 1), origin = Invert(targets, mean);
        string deviations = Minus(Invert(targets, Plus(Wide(mean), Times(z, Wide(width)))), Wide(origin)), weighted = Times(w, deviations);
        string Sum(string values) => graph.Add("Squeeze", graph.Sum(values, 0), graph.Constant([0L], 1));
        string first = Sum(weighted), second = Sum(Times(weighted, deviations));
        return (Plus(origin, first), graph.Add("Max", graph.Scalar(0), Minus(second, Square(first))));
    }

    private string Invert(int[] targets, string value)
    {
        if (transforms[targets[0]] is not LimitedTransform)
        {
            return InvertInner(targets, value);
        }

        return graph.Clamp(InvertInner(targets, value), Lower(targets), Upper(targets));
    }

    private string Lower(int[] targets) => Row([.. targets.Select(o => ((LimitedTransform)transforms[o]).Lower ?? -NoLimit)]);

    private string Upper(int[] targets) => Row([.. targets.Select(o => ((LimitedTransform)transforms[o]).Upper ?? NoLimit)]);

    private static TargetTransform InnerOf(TargetTransform transform) => transform is LimitedTransform limited ? limited.Inner : transform;

    private string InvertInner(int[] targets, string value)
    {
        switch (InnerOf(transforms[targets[0]]))
        {
            case IdentityTransform:
                return value;
            case LogTransform:
                return graph.Add("Exp", value);
            case SquareRootTransform:
                return Square(graph.Add("Max", value, graph.Scalar(0)));
            case LogitTransform:
                return graph.Add("Sigmoid", value);
            case YeoJohnsonTransform:
                YeoJohnsonTransform[] own = [.. targets.Select(o => (YeoJohnsonTransform)InnerOf(transforms[o]))];
                string zero = graph.Scalar(0), above = graph.Add("Max", value, zero), below = graph.Add("Max", graph.Add("Neg", value), zero);

                // One of the two is 1.
                string difference = Minus(InverseBoxCox(above, [.. own.Select(of => of.Power)]), InverseBoxCox(below, [.. own.Select(of => 2 - of.Power)]));
                return Times(Row([.. own.Select(of => of.Scale)]), difference);
            default:
                throw new ArgumentException($"Targets on the scale {transforms[targets[0]].Name} are not exported as ONNX.");
        }
    }

    private string InverseBoxCox(string value, double[] powers) => YeoJohnsonTransform.IsLogarithm(powers[0])
        ? graph.Add("Exp", value)
        : graph.Add("Pow", graph.Add("Max", Plus(Times(value, Row(powers)), graph.Scalar(1)), graph.Scalar(double.Epsilon)), Row([.. powers.Select(own => 1 / own)]));

    /// <summary>CDF and density of a standard normal distribution, as of <see cref="MixtureSums"/>: not every runtime has Erf in double precision.</summary>
    private (string Cdf, string Density) Normal(string z)
    {
        string x = graph.Clamp(z, graph.Scalar(-TailEnd), graph.Scalar(TailEnd)), a = graph.Add("Abs", x);
        string exponential = graph.Add("Exp", Times(graph.Scalar(-0.5), Square(a))), height = Times(graph.Scalar(Constants.InvSqrt2Pi), exponential);
        string middle = Times(exponential, graph.Add("Div", graph.Polynomial(a, _numerator), graph.Polynomial(a, _denominator)));
        string fraction = Plus(a, graph.Scalar(0.65));
        for (int k = 4; k >= 1; k--)
        {
            fraction = Plus(a, graph.Add("Div", graph.Scalar(k), fraction));
        }

        string isTail = graph.Add("Greater", a, graph.Scalar(TailStart)), tail = graph.Add("Where", isTail, graph.Add("Div", height, fraction), middle);
        return (graph.Add("Where", graph.Add("Greater", x, graph.Scalar(0)), Minus(graph.Scalar(1), tail), tail), height);
    }

    private string Plus(string a, string b) => graph.Add("Add", a, b);

    private string Minus(string a, string b) => graph.Add("Sub", a, b);

    private string Times(string a, string b) => graph.Add("Mul", a, b);

    private string Square(string a) => Times(a, a);

    private string Row(double[] values) => graph.Constant(values, values.Length);
}
