using ILGPU;
using ILGPU.Runtime;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>A <see cref="FieldMap"/> in a GPU's memory.</summary>
internal sealed class FieldTables : IDisposable
{
    private readonly List<MemoryBuffer> _memory = [];

    public FieldTables(IlgpuDevice device, FieldMap map)
    {
        (int[] reads, _) = TableOf(map.ByOutput, map.Outputs, map.Taps);
        (int[] readers, Links) = TableOf(map.ByInput, map.Inputs, map.Taps);
        (Reads, Readers) = (Keep(reads), Keep(readers));
        (OutputStarts, OutputPairs) = (Keep(map.ByOutput.Starts), Keep(map.ByOutput.Pairs));
        (InputStarts, InputPairs) = (Keep(map.ByInput.Starts), Keep(map.ByInput.Pairs));

        ArrayView<int> Keep(int[] table)
        {
            MemoryBuffer1D<int, Stride1D.Dense> memory = device.UploadTable(table);
            _memory.Add(memory);
            return memory.View;
        }
    }

    /// <summary>[output position, tap]: the input position, -1 for none.</summary>
    public ArrayView<int> Reads { get; }

    /// <summary>[input position, tap, Links]: output positions, -1 for none.</summary>
    public ArrayView<int> Readers { get; }

    /// <summary>The most positions that read a position by the same tap.</summary>
    public int Links { get; }

    public ArrayView<int> OutputStarts { get; }

    public ArrayView<int> OutputPairs { get; }

    public ArrayView<int> InputStarts { get; }

    public ArrayView<int> InputPairs { get; }

    public void Dispose() => _memory.ForEach(IlgpuErrors.Release);

    private static (int[] Table, int Links) TableOf(FieldLinks links, int positions, int taps)
    {
        var counts = new int[positions * taps];
        ForEach((at, _) => counts[at]++);
        int most = Math.Max(1, counts.Max());
        int[] table = new int[SizeLimits.ArrayLength("Links between positions", counts.Length, most)];
        Array.Fill(table, -1);
        Array.Clear(counts);
        ForEach((at, position) => table[(at * most) + counts[at]++] = position);
        return (table, most);

        void ForEach(Action<int, int> link)
        {
            for (int position = 0; position < positions; position++)
            {
                for (int k = links.Starts[position]; k < links.Starts[position + 1]; k++)
                {
                    link((position * taps) + links.Pairs[(2 * k) + 1], links.Pairs[2 * k]);
                }
            }
        }
    }
}
