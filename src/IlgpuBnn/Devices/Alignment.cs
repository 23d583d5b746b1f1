namespace IlgpuBnn.Devices;

/// <summary>Padding of particles and rows to whole vectors of the widest device.</summary>
internal static class Alignment
{
    /// <summary>In floats.</summary>
    public const int Floats = 16;

    public static int Pad(int count) => checked(count + Floats - 1) / Floats * Floats;
}
