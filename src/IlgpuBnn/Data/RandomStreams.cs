using MathNet.Numerics.Random;

namespace IlgpuBnn.Data;

/// <summary>Independent streams of random numbers from one seed: xoshiro256**, the same in every .NET version.</summary>
internal static class RandomStreams
{
    /// <summary>What a stream is for; part of its seed.</summary>
    public enum Purpose
    {
        HeldOutRows = 1,
        Particles = 2,
        Batches = 3,
        Folds = 4,
        TargetNoise = 5,
        Draws = 6,
        Designs = 7,
        EvidenceRows = 8,
    }

    /// <param name="member">The particle, epoch or draw.</param>
    public static Xoshiro256StarStar Open(int seed, Purpose purpose, int member = 0) => new(Derive(seed, purpose, member), false);

    /// <summary>A derived seed; neighbouring seeds give unrelated ones.</summary>
    public static int Derive(int seed, Purpose purpose, int member = 0)
    {
        ulong mixed = Mix(Mix(Mix((uint)seed) + (ulong)purpose) + (uint)member);
        return (int)(mixed >> 32);
    }

    /// <summary>Finaliser of SplitMix64 (Steele, Lea and Flood 2014).</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
