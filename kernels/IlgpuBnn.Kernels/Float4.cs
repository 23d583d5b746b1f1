namespace IlgpuBnn.Kernels;

/// <summary>Four adjacent floats: one 16-byte load or store.</summary>
internal struct Float4
{
    public float X;
    public float Y;
    public float Z;
    public float W;

    public static Float4 Of(float x, float y, float z, float w)
    {
        Float4 result = default;
        result.X = x;
        result.Y = y;
        result.Z = z;
        result.W = w;
        return result;
    }

    public static Float4 operator +(Float4 a, Float4 b) => Of(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    public static Float4 operator -(Float4 a, Float4 b) => Of(a.X - b.X, a.Y - b.Y, a.Z - b.Z, a.W - b.W);

    public static Float4 operator *(float a, Float4 b) => Of(a * b.X, a * b.Y, a * b.Z, a * b.W);

    public static Float4 operator *(Float4 a, Float4 b) => Of(a.X * b.X, a.Y * b.Y, a.Z * b.Z, a.W * b.W);

    /// <summary>sum + a . b, one term after the other.</summary>
    public static float AddProduct(float sum, Float4 a, Float4 b) => sum + (a.X * b.X) + (a.Y * b.Y) + (a.Z * b.Z) + (a.W * b.W);
}
