using System.Runtime.InteropServices;

namespace IlgpuBnn.Export;

/// <summary>Builds an ONNX graph, a node at a time; every method returns the name of the tensor that it adds.</summary>
/// <remarks>Numbers of fields are those of onnx.proto (github.com/onnx/onnx, Apache 2.0).</remarks>
internal sealed class OnnxGraph(string name)
{
    /// <summary>Of element types, in TensorProto.DataType.</summary>
    public const int Single = 1, Whole = 7, Double = 11;

    private const int IrVersion = 7, OperatorSet = 13;

    // Fields of GraphProto.
    private const int Node = 1, GraphName = 2, Initializer = 5, Input = 11, Output = 12;

    // AttributeProto.AttributeType.
    private const int NumberAttribute = 2, NumbersAttribute = 7;

    private readonly ProtobufWriter _graph = new();
    private readonly Dictionary<double, string> _scalars = [];
    private int _count;

    /// <summary>A node of one output.</summary>
    public string Add(string operation, params string[] inputs) => Add(operation, inputs, []);

    /// <summary>The same, with whole numbers as attributes; one that ends with * is a list of the one number.</summary>
    public string Add(string operation, IReadOnlyList<string> inputs, params (string Name, long Value)[] attributes)
    {
        string output = Next(operation);
        AddNode(operation, inputs, output, attributes);
        return output;
    }

    public string Mean(string values, int axis) => Add("ReduceMean", [values], ("axes*", axis));

    public string Sum(string values, int axis) => Add("ReduceSum", values, Constant([axis], 1));

    public string Gather(string values, IEnumerable<int> indices, int axis)
    {
        long[] own = [.. indices.Select(index => (long)index)];
        return Add("Gather", [values, Constant(own, own.Length)], ("axis", axis));
    }

    public string Concat(IReadOnlyList<string> parts, int axis) => parts.Count == 1 ? parts[0] : Add("Concat", parts, ("axis", axis));

    public string Cast(string value, int type) => Add("Cast", [value], ("to", type));

    public string Clamp(string value, string lower, string upper) => Add("Max", Add("Min", value, upper), lower);

    /// <summary>A polynomial, from the highest power to the constant.</summary>
    public string Polynomial(string x, params double[] coefficients)
    {
        string value = Scalar(coefficients[0]);
        foreach (double coefficient in coefficients.Skip(1))
        {
            value = Add("Add", Add("Mul", value, x), Scalar(coefficient));
        }

        return value;
    }

    public string Scalar(double value) => _scalars.TryGetValue(value, out string? known) ? known : _scalars[value] = Constant([value]);

    public string Constant(ReadOnlySpan<double> values, params long[] shape) => Constant(Double, MemoryMarshal.AsBytes(values), shape);

    public string Constant(ReadOnlySpan<float> values, params long[] shape) => Constant(Single, MemoryMarshal.AsBytes(values), shape);

    public string Constant(ReadOnlySpan<long> values, params long[] shape) => Constant(Whole, MemoryMarshal.AsBytes(values), shape);

    /// <param name="shape">A size, or the name of one that is known when the model runs.</param>
    public string AddInput(string tensor, int type, params object[] shape)
    {
        AddValue(Input, tensor, type, shape);
        return tensor;
    }

    /// <inheritdoc cref="AddInput"/>
    public void AddOutput(string tensor, string value, int type, params object[] shape)
    {
        AddNode("Identity", [value], tensor, []);
        AddValue(Output, tensor, type, shape);
    }

    public ProtobufWriter ToModel(string producer, string description, IEnumerable<(string Key, string Value)> metadata)
    {
        _graph.Text(GraphName, name);
        var model = new ProtobufWriter();
        model.Number(1, IrVersion);
        model.Text(2, producer);
        model.Text(6, description);
        model.Message(7, _graph);
        model.Message(8, operators =>
        {
            operators.Text(1, "");
            operators.Number(2, OperatorSet);
        });
        foreach ((string key, string value) in metadata)
        {
            model.Message(14, entry =>
            {
                entry.Text(1, key);
                entry.Text(2, value);
            });
        }

        return model;
    }

    private string Next(string what) => $"{what}_{_count++}";

    private string Constant(int type, ReadOnlySpan<byte> bytes, long[] shape)
    {
        string tensor = Next("constant");
        var initializer = new ProtobufWriter();
        Array.ForEach(shape, size => initializer.Number(1, size));
        initializer.Number(2, type);
        initializer.Text(8, tensor);
        initializer.Bytes(9, bytes);
        _graph.Message(Initializer, initializer);
        return tensor;
    }

    private void AddNode(string operation, IReadOnlyList<string> inputs, string output, (string Name, long Value)[] attributes) => _graph.Message(Node, node =>
    {
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }

        node.Text(2, output);
        node.Text(4, operation);
        foreach ((string own, long value) in attributes)
        {
            bool isList = own.EndsWith('*');
            node.Message(5, attribute =>
            {
                attribute.Text(1, own.TrimEnd('*'));
                attribute.Number(isList ? 8 : 3, value);
                attribute.Number(20, isList ? NumbersAttribute : NumberAttribute);
            });
        }
    });

    private void AddValue(int field, string tensor, int type, object[] shape) => _graph.Message(field, value =>
    {
        value.Text(1, tensor);
        value.Message(2, own => own.Message(1, of =>
        {
            of.Number(1, type);
            of.Message(2, sizes =>
            {
                foreach (object size in shape)
                {
                    sizes.Message(1, dimension =>
                    {
                        if (size is string symbol)
                        {
                            dimension.Text(2, symbol);
                        }
                        else
                        {
                            dimension.Number(1, (int)size);
                        }
                    });
                }
            });
        }));
    });
}
