namespace IlgpuBnn.Kernels;

/// <summary>Sixteen sums of one thread, in registers: 16 multiply-adds for every two 16-byte loads.</summary>
internal struct Tile4x4
{
    public Float4 Row0;
    public Float4 Row1;
    public Float4 Row2;
    public Float4 Row3;

    /// <summary>tile[r, c] += a[r] b[c].</summary>
    public static Tile4x4 AddOuter(Tile4x4 tile, Float4 a, Float4 b)
    {
        tile.Row0 += a.X * b;
        tile.Row1 += a.Y * b;
        tile.Row2 += a.Z * b;
        tile.Row3 += a.W * b;
        return tile;
    }

    /// <summary>tile[r, c] += a_r . b_c, four terms each, one after the other.</summary>
    public static Tile4x4 AddProducts(
        Tile4x4 tile, Float4 a0, Float4 a1, Float4 a2, Float4 a3, Float4 b0, Float4 b1, Float4 b2, Float4 b3)
    {
        tile.Row0 = Products(tile.Row0, a0, b0, b1, b2, b3);
        tile.Row1 = Products(tile.Row1, a1, b0, b1, b2, b3);
        tile.Row2 = Products(tile.Row2, a2, b0, b1, b2, b3);
        tile.Row3 = Products(tile.Row3, a3, b0, b1, b2, b3);
        return tile;
    }

    /// <summary>tile[r, c] += |a_r - b_c|^2, four terms each, one after the other.</summary>
    public static Tile4x4 AddSquaredDistances(
        Tile4x4 tile, Float4 a0, Float4 a1, Float4 a2, Float4 a3, Float4 b0, Float4 b1, Float4 b2, Float4 b3)
    {
        tile.Row0 = SquaredDistances(tile.Row0, a0, b0, b1, b2, b3);
        tile.Row1 = SquaredDistances(tile.Row1, a1, b0, b1, b2, b3);
        tile.Row2 = SquaredDistances(tile.Row2, a2, b0, b1, b2, b3);
        tile.Row3 = SquaredDistances(tile.Row3, a3, b0, b1, b2, b3);
        return tile;
    }

    private static Float4 Products(Float4 sums, Float4 a, Float4 b0, Float4 b1, Float4 b2, Float4 b3) => Float4.Of(
        Float4.AddProduct(sums.X, a, b0), Float4.AddProduct(sums.Y, a, b1), Float4.AddProduct(sums.Z, a, b2), Float4.AddProduct(sums.W, a, b3));

    private static Float4 SquaredDistances(Float4 sums, Float4 a, Float4 b0, Float4 b1, Float4 b2, Float4 b3) => Float4.Of(
        Float4.AddProduct(sums.X, a - b0, a - b0), Float4.AddProduct(sums.Y, a - b1, a - b1),
        Float4.AddProduct(sums.Z, a - b2, a - b2), Float4.AddProduct(sums.W, a - b3, a - b3));
}
