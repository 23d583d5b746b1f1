using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Inference;

/// <summary>The least-squares problem of one particle: equations, observations with its own errors, and its own anchors.</summary>
internal sealed class EquationSystem : LeastSquares
{
    private readonly EquationResiduals[] _terms;

    // [network]: weights and biases, which change, and what is frozen.
    private readonly double[][] _networks;
    private readonly int[] _weights;
    private readonly int[] _offsets;

    private EquationSystem(EquationResiduals[] terms, double[][] networks, int[] weights)
    {
        (_terms, _networks, _weights) = (terms, networks, weights);
        _offsets = new int[terms.Length + 1];
        for (int t = 0; t < terms.Length; t++)
        {
            _offsets[t + 1] = _offsets[t] + terms[t].Count;
        }
    }

    public override int ResidualCount => _offsets[^1];

    /// <summary>First residual of each term: equations, then observations.</summary>
    public IReadOnlyList<int> Offsets => _offsets;

    /// <summary>Of an equation, in its residual's unit.</summary>
    public double DeviationOf(int equation) => _terms[equation].Deviation;

    /// <summary>Asks for other residuals of an equation.</summary>
    public void SetDeviation(int equation, double deviation) => _terms[equation].Deviation = deviation;

    /// <summary>Mean of an equation's squared residuals, in their unit squared.</summary>
    /// <param name="residuals">[residual], in standard deviations.</param>
    public double MeanSquareOf(int equation, double[] residuals)
    {
        double root = _terms[equation].Deviation * residuals.Skip(_offsets[equation]).Take(_terms[equation].Count).RootMeanSquare();
        return root * root;
    }

    /// <param name="networks">Of the problem, as <see cref="NetworksOf"/> makes them.</param>
    /// <param name="particle">Its number.</param>
    /// <param name="start">Another number, another start.</param>
    public static EquationSystem Of(EquationProblem problem, IReadOnlyList<Network> networks, int seed, int particle, int start)
    {
        Random noise = RandomStreams.Open(seed, RandomStreams.Purpose.TargetNoise, particle);
        EquationTerm[] observed = [.. problem.Observations.Where(own => own.Values.Any(value => !double.IsNaN(value))).Select(own => Observed(problem, own, noise))];
        Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Particles, (start * (1 << 20)) + particle);
        (double[] deviations, double[][] parameters) = Draw(problem, networks, random);
        int[] weights = [.. networks.Select(own => own.WeightCount)];
        double[] anchors =
        [
            .. parameters.SelectMany((own, n) => own.Take(weights[n])),
            .. problem.Unknowns.Select(_ => Normal.Sample(random, 0, 1)),
        ];
        return new EquationSystem([.. problem.Equations.Concat(observed).Select(term => new EquationResiduals(problem, networks, term))], parameters, weights)
        {
            Anchors = anchors,
            Precisions = [.. deviations.Select(own => 1 / (own * own)), .. problem.Unknowns.Select(_ => 1.0)],
        };
    }

    /// <exception cref="ArgumentException">Layers do not fit together.</exception>
    public static Network[] NetworksOf(EquationProblem problem) =>
    [
        .. problem.Networks.Select(own =>
        {
            var network = new Network(problem.Coordinates.Count, own.Layers, own.Fields.Count);
            return network.WithFrozenAt(network.WeightCount);
        }),
    ];

    /// <summary>[network]: weights, biases, and what is frozen.</summary>
    public double[][] NetworksAt(double[] parameters)
    {
        SetNetworks(parameters);
        return [.. _networks.Select(own => (double[])own.Clone())];
    }

    public override void Evaluate(double[] parameters, double[] residuals, Span<double> jacobian)
    {
        int unknowns = SetNetworks(parameters);
        jacobian.Clear();
        for (int t = 0; t < _terms.Length; t++)
        {
            int first = _offsets[t], count = _terms[t].Count;
            _terms[t].Evaluate(
                _networks, parameters.AsSpan(unknowns), residuals.AsSpan(first, count),
                jacobian.IsEmpty ? [] : jacobian.Slice(first * parameters.Length, count * parameters.Length));
        }
    }

    /// <summary>Residuals, and the gradient of half the sum of all squares, the prior's included.</summary>
    /// <param name="gradient">[parameter]; written.</param>
    public void Gradient(double[] parameters, double[] residuals, double[] gradient)
    {
        int unknowns = SetNetworks(parameters);
        for (int p = 0; p < gradient.Length; p++)
        {
            gradient[p] = Precisions[p] * (parameters[p] - Anchors[p]);
        }

        for (int t = 0; t < _terms.Length; t++)
        {
            _terms[t].AddGradient(_networks, parameters.AsSpan(unknowns), residuals.AsSpan(_offsets[t], _terms[t].Count), gradient);
        }
    }

    /// <summary>Standard deviations of all terms.</summary>
    public IEnumerable<double> Deviations => _terms.Select(own => own.Deviation);

    /// <summary>What is frozen of a network.</summary>
    public ReadOnlySpan<double> FrozenOf(int network) => _networks[network].AsSpan(_weights[network]);

    /// <summary>Terms for a device, of all particles.</summary>
    public static ResidualTerm[] TermsOnDevice(IReadOnlyList<EquationSystem> particles) =>
    [
        .. particles[0]._terms.Select((own, t) => own.OnDevice(own.ObservedValues.Length == 0 ? [] : [.. particles.Select(particle => particle._terms[t].ObservedValues)])),
    ];

    /// <returns>Index of the first unknown.</returns>
    private int SetNetworks(double[] parameters)
    {
        int offset = 0;
        for (int n = 0; n < _networks.Length; n++)
        {
            parameters.AsSpan(offset, _weights[n]).CopyTo(_networks[n]);
            offset += _weights[n];
        }

        return offset;
    }

    /// <summary>Which residual is the first that is not finite, in words; null for none.</summary>
    public string? FindNotFinite(double[] residuals)
    {
        int bad = Array.FindIndex(residuals, own => !double.IsFinite(own));
        if (bad < 0)
        {
            return null;
        }

        int term = Array.FindLastIndex(_offsets, first => first <= bad);
        return _terms[term].Describe(bad - _offsets[term]);
    }

    private static ObservationTerm Observed(EquationProblem problem, FieldObservations own, Random noise)
    {
        int[] rows = [.. Enumerable.Range(0, own.Values.Count).Where(n => !double.IsNaN(own.Values[n]))];
        double[] values = [.. rows.Select(n => own.Perturbed ? Normal.Sample(noise, own.Values[n], own.StandardDeviation) : own.Values[n])];
        return new ObservationTerm(own with { Points = Dataset.CopyRows(own.Points, rows) }, problem.Fields.Select(field => field.Name).ToList().IndexOf(own.Field), values);
    }

    /// <summary>Standard deviations of all weights and biases, and a draw for each network, with what is frozen.</summary>
    private static (double[] Deviations, double[][] Parameters) Draw(EquationProblem problem, IReadOnlyList<Network> networks, Random random)
    {
        var deviations = new List<double>();
        var parameters = new double[networks.Count][];
        for (int n = 0; n < networks.Count; n++)
        {
            FieldNetwork own = problem.Networks[n];
            parameters[n] = new double[networks[n].WeightCount + networks[n].FrozenCount];
            foreach (ParameterBlock block in networks[n].Blocks)
            {
                double scale = block.Layer == 0 ? own.FirstWeightScale : own.WeightScale;
                double deviation = block.Role == ParameterRole.Bias ? scale : scale / Math.Sqrt(block.Shape[0]);
                for (int p = block.Offset; p < block.End; p++)
                {
                    parameters[n][p] = Normal.Sample(random, 0, deviation);
                    deviations.Add(deviation);
                }
            }

            // Frozen numbers are drawn in single precision.
            var single = new float[parameters[n].Length];
            networks[n].DrawFrozen(random, single);
            for (int p = networks[n].WeightCount; p < single.Length; p++)
            {
                parameters[n][p] = single[p];
            }
        }

        return ([.. deviations], parameters);
    }
}
