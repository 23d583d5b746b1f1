using System.Globalization;

namespace IlgpuBnn.Devices;

/// <summary>The particles s of an ensemble with s mod <paramref name="Count"/> = <paramref name="Index"/>: what one of several processes trains.</summary>
internal readonly record struct ParticleShare(int Index, int Count)
{
    public static ParticleShare Whole { get; } = new(0, 1);

    /// <summary>Reads "3/16".</summary>
    public static bool TryParse(string? text, out ParticleShare share)
    {
        string[] parts = (text ?? "").Split('/');
        share = parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && index < count
                ? new ParticleShare(index, count)
                : Whole;
        return share.Count > 1 || text == "0/1";
    }

    /// <summary>As in "3/16".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    /// <summary>How many of an ensemble's particles they are.</summary>
    public int CountOf(int particles) => (particles - Index + Count - 1) / Count;

    /// <summary>The k-th of them.</summary>
    public int Particle(int k) => Index + (k * Count);

    /// <summary>Its values out of those of all particles, [S, stride].</summary>
    public T[] Of<T>(T[] all, int stride)
    {
        var own = new T[CountOf(all.Length / stride) * stride];
        for (int k = 0; k < own.Length / stride; k++)
        {
            Array.Copy(all, Particle(k) * stride, own, k * stride, stride);
        }

        return own;
    }

    /// <summary>Puts the values of all shares in the order of the particles.</summary>
    /// <param name="parts">[share]: [particle of the share, stride].</param>
    public static T[] Joined<T>(IReadOnlyList<T[]> parts, int stride)
    {
        var all = new T[parts.Sum(part => part.Length)];
        for (int index = 0; index < parts.Count; index++)
        {
            var share = new ParticleShare(index, parts.Count);
            for (int k = 0; k < parts[index].Length / stride; k++)
            {
                Array.Copy(parts[index], k * stride, all, share.Particle(k) * stride, stride);
            }
        }

        return all;
    }
}
