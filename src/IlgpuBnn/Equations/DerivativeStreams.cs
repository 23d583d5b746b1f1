using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Equations;

/// <summary>
/// A network's outputs with their derivatives by inputs (Taylor mode, forward), and the way back from adjoints of all of these to the weights, in double precision
/// (docs/maths.md, "Derivatives by inputs"). Of one particle; not thread-safe.
/// </summary>
/// <remarks>Streams of a row stand side by side: numbers are [row, stream, unit].</remarks>
internal sealed class DerivativeStreams
{
    private readonly Network _network;

    // [layer], and those of all layers with weights that are trained.
    private readonly DenseTerm[][] _dense;
    private readonly DenseTerm[] _trained;
    private readonly StreamPlan _plan;
    private readonly int _rows, _units;

    // [row, stream, input]; [row, stream, unit] after and before activations, and the adjoints of the latter; [row, derivative, unit].
    private readonly double[] _inputs, _values, _sums, _adjoints, _derivatives;
    private double[] _parameters = [];

    /// <exception cref="ArgumentException">Second derivatives of an activation that has none are asked for.</exception>
    public DerivativeStreams(Network network, StreamPlan plan, int rows)
    {
        (_network, _plan, _rows, _units) = (network, plan, rows, network.WorkspaceUnits);
        if (plan.Pairs.Length > 0 && network.Layers.FirstOrDefault(layer => layer.DenseTerms.Any(own => !ActivationDerivatives.IsSmooth(own.Outputs.Activation))) is { } wrong)
        {
            throw new ArgumentException(
                $"An equation has second derivatives, and {wrong.Outputs.Activation} has none. Take tanh, sin, sigmoid or SiLU.");
        }

        RequireDense(network);
        _dense = [.. network.Layers.Select(layer => layer.DenseTerms.ToArray())];
        _trained = [.. _dense.SelectMany(own => own).Where(own => own.WeightOffset < network.WeightCount)];
        int streams = rows * plan.Count;
        _inputs = new double[streams * network.Inputs];
        (_values, _sums, _adjoints, _derivatives) = (new double[streams * _units], new double[streams * _units], new double[streams * _units], new double[3 * rows * _units]);
    }

    public int Rows => _rows;

    public StreamPlan Plan => _plan;

    /// <summary>Weights and biases, without what is frozen.</summary>
    public int ParameterCount => _network.WeightCount;

    /// <exception cref="ArgumentException">It has other layers.</exception>
    public static void RequireDense(Network network)
    {
        if (network.Layers.Any(layer => layer.Shape is not null))
        {
            throw new ArgumentException("Derivatives by inputs are there for networks of dense layers alone, and this one has fields. Take differences of predictions.");
        }
    }

    /// <summary>Runs the network.</summary>
    /// <param name="parameters">[parameter], frozen numbers included.</param>
    /// <param name="inputs">[row, input], as the network sees them.</param>
    /// <param name="scales">[input]: what a unit of the inputs by which is derived is in those of <paramref name="inputs"/>.</param>
    public void Forward(double[] parameters, ReadOnlySpan<double> inputs, ReadOnlySpan<double> scales)
    {
        _parameters = parameters;
        int width = _network.Inputs;
        for (int row = 0; row < _rows; row++)
        {
            Span<double> streams = _inputs.AsSpan(row * _plan.Count * width, _plan.Count * width);
            inputs.Slice(row * width, width).CopyTo(streams);
            for (int d = 0; d < _plan.Directions.Length; d++)
            {
                streams[((1 + d) * width) + _plan.Directions[d]] = scales[_plan.Directions[d]];
            }
        }

        for (int layer = 0; layer < _dense.Length; layer++)
        {
            if (_network.Layers[layer].Copy is { } copy)
            {
                CopyInputs(copy);
            }

            foreach (DenseTerm dense in _dense[layer])
            {
                Products(dense);
                Activate(dense.Outputs);
            }

            if (_network.Layers[layer].Means is { } means)
            {
                TakeMeans(means);
            }
        }
    }

    /// <summary>An output, or one of its derivatives.</summary>
    public double this[int row, int stream, int output] => _values[At(row, stream) + _network.Outputs.Slot + output];

    /// <summary>All outputs of a stream.</summary>
    public ReadOnlySpan<double> Outputs(int row, int stream) => _values.AsSpan(At(row, stream) + _network.Outputs.Slot, _network.Outputs.Count);

    /// <summary>Adjoints of outputs and their derivatives, to be set before <see cref="Backward"/>.</summary>
    public Span<double> Adjoints(int row, int stream) => _adjoints.AsSpan(At(row, stream) + _network.Outputs.Slot, _network.Outputs.Count);

    public void ClearAdjoints() => Array.Clear(_adjoints);

    /// <summary>Replaces the adjoints of all units by those of their sums. Of a network without branches, as those that obey equations are.</summary>
    public void Backward()
    {
        for (int layer = _trained.Length - 1; layer >= 0; layer--)
        {
            Deactivate(_trained[layer].Outputs);
            if (!_trained[layer].Inputs.IsData)
            {
                PassBack(_trained[layer]);
            }
        }
    }

    /// <summary>Adds the gradient of one row by weights and biases, after <see cref="Backward"/>.</summary>
    /// <param name="gradient">[parameter].</param>
    public void AddGradient(int row, Span<double> gradient)
    {
        foreach (DenseTerm dense in _trained)
        {
            int units = dense.Outputs.Count;
            for (int k = 0; k < _plan.Count; k++)
            {
                ReadOnlySpan<double> inputs = InputsOf(dense, row, k), adjoints = _adjoints.AsSpan(At(row, k) + dense.Outputs.Slot, units);
                for (int i = 0; i < inputs.Length; i++)
                {
                    Doubles.AddScaled(inputs[i], adjoints, gradient.Slice(dense.WeightOffset + (i * units), units));
                }

                if (k == 0)
                {
                    Doubles.AddScaled(1, adjoints, gradient.Slice(dense.BiasOffset, units));
                }
            }
        }
    }

    private int At(int row, int stream) => ((row * _plan.Count) + stream) * _units;

    private ReadOnlySpan<double> InputsOf(in DenseTerm dense, int row, int stream) => dense.Inputs.IsData
        ? _inputs.AsSpan(((row * _plan.Count) + stream) * _network.Inputs, _network.Inputs)
        : _values.AsSpan(At(row, stream) + dense.Inputs.Slot, dense.Inputs.Count);

    private void CopyInputs(InputCopy copy)
    {
        for (int r = 0; r < _rows * _plan.Count; r++)
        {
            for (int i = 0; i < _network.Inputs; i++)
            {
                _values[(r * _units) + copy.Slot + i] = copy.Scale * _inputs[(r * _network.Inputs) + i];
            }
        }
    }

    private void TakeMeans(FieldMeanTerm means)
    {
        (int from, int to, FieldLinks links) = (means.Inputs.Units.Slot, means.Outputs.Units.Slot, means.Map.ByOutput);
        for (int at = 0; at < _rows * _plan.Count * _units; at += _units)
        {
            for (int o = 0; o < means.Map.Outputs; o++)
            {
                double sum = 0;
                for (int k = links.Starts[o]; k < links.Starts[o + 1]; k++)
                {
                    sum += _values[at + from + links.Pairs[2 * k]];
                }

                _values[at + to + o] = sum / links.CountOf(o);
            }
        }
    }

    /// <summary>sums = weights' inputs of every stream, and biases of the value.</summary>
    private void Products(in DenseTerm dense)
    {
        int units = dense.Outputs.Count;
        ReadOnlySpan<double> weights = _parameters.AsSpan(dense.WeightOffset), biases = _parameters.AsSpan(dense.BiasOffset, units);
        for (int row = 0; row < _rows; row++)
        {
            for (int k = 0; k < _plan.Count; k++)
            {
                Span<double> sums = _sums.AsSpan(At(row, k) + dense.Outputs.Slot, units);
                if (k == 0)
                {
                    biases.CopyTo(sums);
                }
                else
                {
                    sums.Clear();
                }

                ReadOnlySpan<double> inputs = InputsOf(dense, row, k);
                for (int i = 0; i < inputs.Length; i++)
                {
                    Doubles.AddScaled(inputs[i], weights.Slice(i * units, units), sums);
                }
            }
        }
    }

    /// <summary>a = s(z), a_i = s' z_i, a_ij = s'' z_i z_j + s' z_ij.</summary>
    private void Activate(in Units units)
    {
        int firsts = _plan.Directions.Length;
        for (int row = 0; row < _rows; row++)
        {
            int at = At(row, 0) + units.Slot;
            for (int j = 0; j < units.Count; j++, at++)
            {
                (double value, double first, double second, double third) = ActivationDerivatives.Of(units.Activation, _sums[at]);
                _values[at] = value;
                int derivatives = (3 * row * _units) + units.Slot + j;
                (_derivatives[derivatives], _derivatives[derivatives + _units], _derivatives[derivatives + (2 * _units)]) = (first, second, third);
                for (int d = 1; d <= firsts; d++)
                {
                    _values[at + (d * _units)] = first * _sums[at + (d * _units)];
                }

                for (int p = 0; p < _plan.Pairs.Length; p++)
                {
                    (int a, int b) = _plan.Pairs[p];
                    int own = at + ((1 + firsts + p) * _units);
                    _values[own] = (second * _sums[at + ((1 + a) * _units)] * _sums[at + ((1 + b) * _units)]) + (first * _sums[own]);
                }
            }
        }
    }

    private void Deactivate(in Units units)
    {
        int firsts = _plan.Directions.Length;
        for (int row = 0; row < _rows; row++)
        {
            int at = At(row, 0) + units.Slot;
            for (int j = 0; j < units.Count; j++, at++)
            {
                int derivatives = (3 * row * _units) + units.Slot + j;
                (double first, double second, double third) = (_derivatives[derivatives], _derivatives[derivatives + _units], _derivatives[derivatives + (2 * _units)]);
                double value = first * _adjoints[at];
                for (int d = 1; d <= firsts; d++)
                {
                    ref double own = ref _adjoints[at + (d * _units)];
                    value += second * _sums[at + (d * _units)] * own;
                    own *= first;
                }

                for (int p = 0; p < _plan.Pairs.Length; p++)
                {
                    (int a, int b) = (at + ((1 + _plan.Pairs[p].First) * _units), at + ((1 + _plan.Pairs[p].Second) * _units));
                    int own = at + ((1 + firsts + p) * _units);
                    double adjoint = _adjoints[own];
                    value += ((third * _sums[a] * _sums[b]) + (second * _sums[own])) * adjoint;
                    _adjoints[a] += second * _sums[b] * adjoint;
                    _adjoints[b] += second * _sums[a] * adjoint;
                    _adjoints[own] = first * adjoint;
                }

                _adjoints[at] = value;
            }
        }
    }

    private void PassBack(in DenseTerm dense)
    {
        int units = dense.Outputs.Count;
        ReadOnlySpan<double> weights = _parameters.AsSpan(dense.WeightOffset);
        for (int r = 0; r < _rows * _plan.Count; r++)
        {
            ReadOnlySpan<double> outputs = _adjoints.AsSpan((r * _units) + dense.Outputs.Slot, units);
            Span<double> inputs = _adjoints.AsSpan((r * _units) + dense.Inputs.Slot, dense.Inputs.Count);
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i] += Doubles.Product(weights.Slice(i * units, units), outputs);
            }
        }
    }
}
