using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Eq. 6 with both terms in one pass: phi_i = (1/S) [ sum_j k_ji (g_j - c theta_j) + c theta_i sum_j k_ji ], c = 2/h.</summary>
/// <remarks>
/// A product of the kernel matrix and g - c theta, both made while they are loaded: exp(-d^2 / h) is computed anew for every tile of
/// parameters, one exp for 64 multiply-adds, which costs less than another launch. A group computes (4 DimX quadruples of parameters,
/// 4 each) x (4 DimY particles); the sum over j runs in order. Grid: parameter tiles x particle tiles.
/// </remarks>
internal static class SteinDirection
{
    public static void Run(SteinDirectionArguments g)
    {
        ArrayView<Float4> valueTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * Groups.TileSide);
        ArrayView<Float4> kernelTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * (Groups.TileSide + 1));
        int quad = (Grid.IdxX * Group.DimX) + Group.IdxX, firstParticle = 4 * Grid.IdxY * Group.DimY;
        float h = g.Bandwidth[0], attraction = 2f / h;

        Tile4x4 sums = default;
        Float4 kernelSums = default;
        for (int first = 0; first < g.ParticleCount; first += ProductTile.Depth)
        {
            LoadValues(valueTile, g, attraction, first, quad);
            LoadKernel(kernelTile.Cast<float>(), g, -1f / h, first, firstParticle);
            Group.Barrier();
            sums = ProductTile.Add(sums, kernelTile, valueTile, g.ParticleCount - first);
            for (int k = 0; k < ProductTile.Depth; k++)
                kernelSums += kernelTile[(k * (Group.DimY + 1)) + Group.IdxY];
            Group.Barrier();
        }

        if (quad < g.StrideQuads)
        {
            int particle = firstParticle + (4 * Group.IdxY);
            Store(g, particle, quad, sums.Row0, attraction * kernelSums.X);
            Store(g, particle + 1, quad, sums.Row1, attraction * kernelSums.Y);
            Store(g, particle + 2, quad, sums.Row2, attraction * kernelSums.Z);
            Store(g, particle + 3, quad, sums.Row3, attraction * kernelSums.W);
        }
    }

    /// <summary>[Depth particles j, DimX quadruples] of g_j - c theta_j.</summary>
    private static void LoadValues(ArrayView<Float4> tile, SteinDirectionArguments g, float attraction, int first, int quad)
    {
        for (int k = Group.IdxY; k < ProductTile.Depth; k += Group.DimY)
        {
            Float4 value = default;
            if (first + k < g.ParticleCount && quad < g.StrideQuads)
            {
                long at = ((first + k) * (long)g.StrideQuads) + quad;
                value = g.Gradients[at] - (attraction * g.Particles[at]);
            }

            tile[(k * Group.DimX) + Group.IdxX] = value;
        }
    }

    /// <summary>[Depth particles j, 4 DimY particles i] of k_ji.</summary>
    private static void LoadKernel(ArrayView<float> tile, SteinDirectionArguments g, float exponent, int first, int firstParticle)
    {
        int particles = 4 * Group.DimY, pitch = ProductTile.WeightPitch();
        for (int k = Group.IdxY; k < ProductTile.Depth; k += Group.DimY)
        {
            int j = first + k;
            for (int u = Group.IdxX; u < particles; u += Group.DimX)
            {
                int i = firstParticle + u;
                tile[(k * pitch) + u] =
                    i < g.ParticleCount && j < g.ParticleCount ? XMath.Exp(exponent * g.Distances[(j * (long)g.ParticleCount) + i]) : 0f;
            }
        }
    }

    private static void Store(SteinDirectionArguments g, int particle, int quad, Float4 sum, float repulsion)
    {
        if (particle >= g.ParticleCount)
            return;
        long at = (particle * (long)g.StrideQuads) + quad;
        g.Direction[at] = (1f / g.ParticleCount) * (sum + (repulsion * g.Particles[at]));
    }
}

/// <summary>What <see cref="SteinDirection"/> works on; all but the last two [S, 4 StrideQuads].</summary>
internal struct SteinDirectionArguments
{
    public ArrayView<Float4> Particles;
    public ArrayView<Float4> Gradients;
    public ArrayView<Float4> Direction;

    /// <summary>Squared distances, [S, S].</summary>
    public ArrayView<float> Distances;

    /// <summary>h, [1].</summary>
    public ArrayView<float> Bandwidth;

    public int ParticleCount;
    public int StrideQuads;
}
