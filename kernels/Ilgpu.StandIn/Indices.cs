namespace ILGPU;

public readonly struct Index1D
{
    public Index1D(int x) => X = x;

    public int X { get; }

    public static implicit operator Index1D(int idx) => new(idx);

    public static implicit operator int(Index1D idx) => idx.X;
}

public readonly struct Index3D
{
    public Index3D(int x, int y, int z)
    {
        X = x;
        Y = y;
        Z = z;
    }

    public int X { get; }

    public int Y { get; }

    public int Z { get; }

    public override string ToString() => $"({X}, {Y}, {Z})";

    internal long Count => (long)X * Y * Z;

    /// <summary>The position with the given number, x running fastest.</summary>
    internal Index3D Unravel(long number) => new((int)(number % X), (int)(number / X % Y), (int)(number / X / Y));
}
