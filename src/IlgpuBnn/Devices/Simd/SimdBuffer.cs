namespace IlgpuBnn.Devices.Simd;

/// <summary>Floats in main memory, aligned to cache lines and pinned.</summary>
internal unsafe class SimdBuffer : DeviceBuffer
{
    private const int LineBytes = 64;

    // The last vectors of a row (SimdRowBlock) run past the end by up to three of 16 floats.
    private const int Overrun = 48;

    private readonly float[] _storage;
    private readonly int _start;

    public SimdBuffer(long length)
        : base(length)
    {
        int checkedLength = SizeLimits.ArrayLength("The numbers of a buffer", length);
        _storage = GC.AllocateArray<float>(checkedLength + (LineBytes / sizeof(float)) + Overrun, pinned: true);
        if (Device.PoisonsNewMemory)
        {
            Array.Fill(_storage, float.NaN);
        }

        fixed (float* first = _storage)
        {
            _start = (int)((LineBytes - ((nint)first % LineBytes)) % LineBytes) / sizeof(float);
            Address = first + _start;
        }
    }

    public float* Address { get; }

    public Span<float> Span => _storage.AsSpan(_start, (int)Length);

    public override void Upload(ReadOnlySpan<float> source, long offset = 0) => source.CopyTo(Span[(int)offset..]);

    public override void Download(Span<float> destination, long offset = 0) =>
        Span.Slice((int)offset, destination.Length).CopyTo(destination);

    public override void Clear() => Span.Clear();

    public override void CopyFrom(DeviceBuffer source) => ((SimdBuffer)source).Span.CopyTo(Span);
}
