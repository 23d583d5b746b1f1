using ILGPU.Runtime;

namespace ILGPU;

public enum OptimizationLevel
{
    O0 = 0,
    O1 = 1,
    O2 = 2,
}

public sealed class Context : IDisposable
{
    private readonly List<Device> _devices;

    private Context(Builder builder)
    {
        _devices = builder.Devices;
        HasAlgorithms = builder.HasAlgorithms;
    }

    internal bool HasAlgorithms { get; }

    public static Context Create(Action<Builder> buildingCallback)
    {
        ArgumentNullException.ThrowIfNull(buildingCallback);
        var builder = new Builder();
        buildingCallback(builder);
        return new Context(builder);
    }

    public void Dispose() => _devices.Clear();

    internal DeviceCollection<TDevice> DevicesOf<TDevice>()
        where TDevice : Device => new([.. _devices.OfType<TDevice>()]);

    public sealed class Builder
    {
        internal Builder()
        {
        }

        internal List<Device> Devices { get; } = [];

        internal bool HasAlgorithms { get; set; }

        /// <summary>Without effect here: the compiler of .NET does what it does.</summary>
        public Builder Optimize(OptimizationLevel level) => this;
    }

    public readonly ref struct DeviceCollection<TDevice>
        where TDevice : Device
    {
        private readonly TDevice[] _devices;

        internal DeviceCollection(TDevice[] devices) => _devices = devices;

        public int Count => _devices.Length;

        public TDevice this[int deviceIndex] => deviceIndex >= 0 && deviceIndex < _devices.Length
            ? _devices[deviceIndex]
            : throw new ArgumentOutOfRangeException(
                nameof(deviceIndex), $"No {typeof(TDevice).Name} {deviceIndex}: there are {Count}. {StandIn.Notice}");

        public Enumerator GetEnumerator() => new(_devices);

        public ref struct Enumerator
        {
            private readonly TDevice[] _devices;
            private int _index = -1;

            internal Enumerator(TDevice[] devices) => _devices = devices;

            public readonly TDevice Current => _devices[_index];

            public bool MoveNext() => ++_index < _devices.Length;
        }
    }
}

public static class AlgorithmContext
{
    public static Context.Builder EnableAlgorithms(this Context.Builder builder)
    {
        builder.HasAlgorithms = true;
        return builder;
    }
}
