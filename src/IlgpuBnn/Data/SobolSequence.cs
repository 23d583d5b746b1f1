using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>
/// Sobol sequences with Owen's nested uniform scrambling (Owen 1995): each dimension, and each power of two of points from the first, is evenly filled, and
/// scramblings with other seeds are independent.
/// </summary>
internal static class SobolSequence
{
    private const int Bits = 32;
    private static readonly Lazy<uint[][]> _directions = new(ReadDirections);

    /// <summary>Largest number of dimensions.</summary>
    public static int MaxDimensions => _directions.Value.Length;

    /// <summary>The first points.</summary>
    /// <param name="count">A power of two, or balance is lost.</param>
    /// <param name="scrambling">Which of the seed's independent scramblings.</param>
    /// <returns>[point, dimension], in (0, 1).</returns>
    public static double[,] Points(int count, int dimensions, int seed, int scrambling = 0)
    {
        if (dimensions > MaxDimensions)
        {
            throw new ArgumentException($"A Sobol sequence of {dimensions} dimensions; at most {MaxDimensions} are known.", nameof(dimensions));
        }

        var points = new double[count, dimensions];
        ulong key = RandomStreams.Mix((uint)RandomStreams.Derive(seed, RandomStreams.Purpose.Designs, scrambling));
        Parallel.For(0, dimensions, d =>
        {
            uint[] directions = _directions.Value[d];
            ulong own = RandomStreams.Mix(key + (ulong)d);
            for (int n = 0; n < count; n++)
            {
                uint value = 0;
                for (int bit = 0; n >> bit > 0; bit++)
                {
                    value ^= (n >> bit & 1) == 1 ? directions[bit] : 0;
                }

                // The middle of the last interval: never 0 or 1.
                points[n, d] = (Scrambled(value, own) + 0.5) / (1L << Bits);
            }
        });
        return points;
    }

    /// <summary>Flips each bit, or not, by a random number that all values with the same bits before it share.</summary>
    private static uint Scrambled(uint value, ulong key)
    {
        uint result = 0;
        for (int bit = Bits - 1; bit >= 0; bit--)
        {
            ulong before = bit == Bits - 1 ? 0 : value >> (bit + 1);
            uint flip = (uint)(RandomStreams.Mix(key ^ (before << 6) ^ (ulong)bit) >> 63);
            result |= ((value >> bit & 1) ^ flip) << bit;
        }

        return result;
    }

    /// <summary>[dimension][bit]: the number that the bit of a point's index adds, modulo two.</summary>
    private static uint[][] ReadDirections()
    {
        using Stream stream = typeof(SobolSequence).Assembly.GetManifestResourceStream("joe-kuo.txt")!;
        using var reader = new StreamReader(stream);
        IEnumerable<int[]> rows = reader.ReadToEnd().Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ').Select(cell => int.Parse(cell, CultureInfo.InvariantCulture)).ToArray());
        uint[] first = [.. Enumerable.Range(0, Bits).Select(bit => 1u << (Bits - 1 - bit))];
        return [first, .. rows.Select(row => Directions(row[0], row[1..]))];
    }

    private static uint[] Directions(int polynomial, int[] initial)
    {
        int degree = initial.Length;
        var result = new uint[Bits];
        for (int bit = 0; bit < Bits; bit++)
        {
            if (bit < degree)
            {
                result[bit] = (uint)initial[bit] << (Bits - 1 - bit);
                continue;
            }

            uint value = result[bit - degree] ^ (result[bit - degree] >> degree);
            for (int k = 1; k < degree; k++)
            {
                value ^= (polynomial >> (degree - k) & 1) == 1 ? result[bit - k] : 0;
            }

            result[bit] = value;
        }

        return result;
    }
}
