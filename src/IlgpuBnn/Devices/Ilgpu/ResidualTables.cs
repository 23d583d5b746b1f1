using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>A <see cref="ResidualTerm"/> in a GPU's memory.</summary>
internal sealed class ResidualTables : IDisposable
{
    private readonly IlgpuDevice _device;
    private readonly List<MemoryBuffer> _memory = [];
    private readonly ResidualTerm _term;

    public ResidualTables(IlgpuDevice device, ResidualShape shape, ResidualTerm term)
    {
        (_device, _term, Rows) = (device, term, Alignment.Pad(term.Points));
        Kernel = new GpuKernel<PointResidualArguments>(device.Target, term.Kernel, term.Name);
        using (device.EnterQueue())
        {
            Kernel.Prepare();
        }

        Offsets = new int[shape.Networks.Count + 1];
        for (int n = 0; n < shape.Networks.Count; n++)
        {
            Offsets[n + 1] = checked(Offsets[n] + SizeLimits.ArrayLength("Units with their derivatives", shape.Networks[n].Units, term.Plans[n].Count, Rows));
        }

        int width = term.InputScales.Length;
        Inputs = [.. term.Plans.Select(plan => Keep(StreamInputs(plan)).Cast<Float4>())];
        Pairs = [.. term.Plans.Select(plan => Keep<int>([.. plan.Pairs.SelectMany(own => (int[])[own.First, own.Second])]))];
        Coordinates = Keep(Padded(term.Coordinates, width));
        Places = Keep(term.Places);
        (int[] places, float[] streams, float[] maps) = StreamTables(shape);
        (StreamPlaces, Streams, Maps) = (Keep(places), Keep(streams), Keep(maps));
        Targets = Keep<float>([.. term.Targets.SelectMany(own => own.Select(value => (float)value).Concat(new float[Rows - term.Points]))]);
        Sizes = new ResidualSizes
        {
            Fields = term.Fields.Count,
            Inputs = width,
            Streams = streams.Length / ResidualStream.Floats,
            Unknowns = shape.Unknowns.Count,
            Stride = Rows,
            Field = term.Observed,
        };
    }

    public GpuKernel<PointResidualArguments> Kernel { get; }

    public ResidualSizes Sizes { get; }

    /// <summary>Points, padded.</summary>
    public int Rows { get; }

    /// <summary>[network]: first float of its units [unit, stream, row] in a particle's; then the end.</summary>
    public int[] Offsets { get; }

    /// <summary>[network]: [input, stream, row].</summary>
    public ArrayView<Float4>[] Inputs { get; }

    /// <summary>[network]: [pair, 2].</summary>
    public ArrayView<int>[] Pairs { get; }

    public ArrayView<double> Coordinates { get; }

    public ArrayView<int> Places { get; }

    public ArrayView<int> StreamPlaces { get; }

    public ArrayView<float> Streams { get; }

    public ArrayView<float> Maps { get; }

    public ArrayView<float> Targets { get; }

    /// <summary>The arguments that depend on the term only.</summary>
    public PointResidualArguments Arguments() => new()
    {
        Coordinates = Coordinates,
        Places = Places,
        StreamPlaces = StreamPlaces,
        Streams = Streams,
        Maps = Maps,
        Targets = Targets,
        HasTargets = _term.Targets.Count > 0 ? 1 : 0,
        Sizes = Sizes,
        Points = _term.Points,
        Rows = Rows,
    };

    public void Dispose() => _memory.ForEach(IlgpuErrors.Release);

    private ArrayView<T> Keep<T>(T[] values)
        where T : unmanaged
    {
        MemoryBuffer1D<T, Stride1D.Dense> memory = _device.AllocateMemory<T>(Math.Max(values.Length, 1));
        _memory.Add(memory);
        if (values.Length > 0)
        {
            _device.Upload(values, memory.View.SubView(0, values.Length));
        }

        return memory.View;
    }

    /// <summary>Rows of a width; the padding repeats the first, so that equations are finite there, too.</summary>
    private double[] Padded(double[] values, int width)
    {
        var padded = new double[Rows * width];
        for (int k = 0; k < padded.Length; k++)
        {
            padded[k] = values[k / width < _term.Points ? k : k % width];
        }

        return padded;
    }

    private float[] StreamInputs(StreamPlan plan)
    {
        int width = _term.InputScales.Length;
        double[] inputs = Padded(_term.Inputs, width);
        var streams = new float[SizeLimits.ArrayLength("Coordinates with their derivatives", width, plan.Count, Rows)];
        for (int i = 0; i < width; i++)
        {
            Span<float> own = streams.AsSpan(i * plan.Count * Rows, plan.Count * Rows);
            for (int row = 0; row < Rows; row++)
            {
                own[row] = (float)inputs[(row * width) + i];
            }

            if (Array.IndexOf(plan.Directions, i) is >= 0 and int d)
            {
                own.Slice((1 + d) * Rows, Rows).Fill((float)_term.InputScales[i]);
            }
        }

        return streams;
    }

    private (int[] Places, float[] Streams, float[] Maps) StreamTables(ResidualShape shape)
    {
        List<int> places = [];
        List<float> streams = [], maps = [];
        foreach (ResidualField field in _term.Fields)
        {
            int count = _term.Plans[field.Network].Count, first = places.Count / ResidualStream.Ints, entry = maps.Count / Rows;
            for (int k = 0; k < count; k++)
            {
                int unit = shape.Networks[field.Network].Outputs.Slot + field.Index;
                places.AddRange([Offsets[field.Network] + (((unit * count) + k) * Rows), field.Map.Length == 0 ? -1 : entry + (k * (count + 1)), first, count]);
                streams.AddRange([k == 0 ? (float)field.Centre : 0f, (float)field.Scale]);
            }

            for (int e = 0; e < field.Map.Length / _term.Points; e++)
            {
                for (int row = 0; row < Rows; row++)
                {
                    maps.Add((float)field.Map[((row < _term.Points ? row : 0) * (field.Map.Length / _term.Points)) + e]);
                }
            }
        }

        return ([.. places], [.. streams], [.. maps]);
    }
}
