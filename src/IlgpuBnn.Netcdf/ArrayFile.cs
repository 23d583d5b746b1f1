namespace IlgpuBnn.Netcdf;

/// <summary>A dimension of arrays; the same where the name is.</summary>
internal readonly record struct ArrayDimension(string Name, long Size);

/// <summary>An array of a file, which is read on demand.</summary>
internal sealed class ArrayVariable
{
    public required string Name { get; init; }

    /// <summary>Of texts without that of their letters.</summary>
    public required IReadOnlyList<ArrayDimension> Dimensions { get; init; }

    /// <summary>"" where unknown.</summary>
    public string Units { get; init; } = "";

    /// <summary>Values as stored that mean a missing one, besides NaN.</summary>
    public IReadOnlyList<double> Missing { get; init; } = [];

    /// <summary>What stored values are multiplied by.</summary>
    public double ScaleFactor { get; init; } = 1;

    /// <summary>What is added then.</summary>
    public double AddOffset { get; init; }

    /// <summary>Numbers as stored, row-major; null for texts.</summary>
    public Func<double[]>? Numbers { get; init; }

    /// <summary>Texts, row-major; null for numbers.</summary>
    public Func<string[]>? Texts { get; init; }

    /// <summary>Number of values.</summary>
    public long Count => Dimensions.Aggregate(1L, (product, dimension) => checked(product * dimension.Size));

    /// <summary>Whether it holds the coordinates of a dimension.</summary>
    public bool IsCoordinateOf(string dimension) => Dimensions is [var only] && only.Name == dimension && Name == dimension;

    /// <summary>The number that a stored one stands for; NaN where it is missing.</summary>
    public double Unpacked(double stored)
    {
        foreach (double missing in Missing)
        {
            if (stored == missing)
            {
                return double.NaN;
            }
        }

        return (ScaleFactor * stored) + AddOffset;
    }
}

/// <summary>The arrays of a file, in its order.</summary>
internal interface IArrayFile : IDisposable
{
    IReadOnlyList<ArrayVariable> Variables { get; }

    /// <summary>What was left out, a sentence each.</summary>
    IReadOnlyList<string> Notes { get; }
}
