
namespace IlgpuBnn.Devices.Simd;

/// <summary>Per thread, activations of one particle and as many rows as the second-level cache holds.</summary>
internal sealed class SimdWorkspace<TSimd, V> : NetworkWorkspace
    where TSimd : struct, ISimd<V>
    where V : struct
{
    // A quarter of a common second-level cache (1 MiB), beside weights, gradients and data, and within the first-level TLB. Below the smallest tile, adding
    // lanes would take as long as multiplying.
    private const int CacheFloats = 64 * 1024;
    private const int SmallestTile = 256;

    // Four of the widest vectors: a field has many positions to multiply between the adding of lanes.
    private const int SmallestFieldTile = 64;
    private const int Granule = 64;

    private readonly WorkCrew _crew;
    private readonly NetworkShape _shape;
    private readonly int _particles;
    private readonly int _tileRows;
    private readonly SimdBlock<TSimd, V>[] _blocks;
    private readonly Action<int, int> _runParticle;
    private RowRange _rows;
    private bool _adds;
    private Action<ParticleBlock>? _pass;

    public SimdWorkspace(WorkCrew crew, NetworkShape shape, int particles, int rows)
    {
        (_crew, _shape) = (crew, shape);
        _particles = particles;
        _tileRows = TileRows(shape, rows);
        _blocks = new SimdBlock<TSimd, V>[crew.Lanes];
        for (int lane = 0; lane < crew.Lanes; lane++)
        {
            _blocks[lane] = new SimdBlock<TSimd, V>(shape, _tileRows);
        }

        _runParticle = RunParticle;
    }

    /// <summary>Floats of one thread's activations.</summary>
    public static long LengthOfLane(NetworkShape shape, int rows) =>
        (long)shape.WorkspaceUnits * (TileRows(shape, rows) + Alignment.Floats);

    public override void Run(NetworkBuffers buffers, DeviceRows data, RowRange rows, Action<ParticleBlock> pass, bool adds = false)
    {
        SizeLimits.AssertFits(buffers, data, rows, _shape, _particles);
        (_rows, _pass, _adds) = (rows, pass, adds);
        var addresses = new SimdPass(buffers, data);
        foreach (SimdBlock<TSimd, V> block in _blocks)
        {
            block.Attach(addresses);
        }

        _crew.Run(_particles, _runParticle);
        _pass = null;
    }

    private static int TileRows(NetworkShape shape, int rows)
    {
        int units = shape.WorkspaceUnits + shape.Inputs, smallest = shape.HasFields ? SmallestFieldTile : SmallestTile;
        int padded = Alignment.Pad(rows);
        int fitting = Math.Max(smallest, CacheFloats / units / Granule * Granule);
        int tiles = (padded + fitting - 1) / fitting;

        // Equal tiles: a short last one would leave registers unused.
        return Math.Min(padded, (((padded + tiles - 1) / tiles) + Granule - 1) / Granule * Granule);
    }

    private void RunParticle(int particle, int lane)
    {
        SimdBlock<TSimd, V> block = _blocks[lane];
        for (int start = 0; start < _rows.Count; start += _tileRows)
        {
            int count = Math.Min(_tileRows, _rows.Count - start);
            block.MoveTo(particle, _rows.Start + start, count, start == 0 && !_adds, start + count == _rows.Count);
            _pass!(block);
        }
    }
}
