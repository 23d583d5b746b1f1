using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>
/// Stein direction (Lu et al. 2019, Eq. 6) with both terms in one pass: phi_i = (1/S) [ sum_j (w k_ji g_j - c s_ji theta_j) + c theta_i sum_j s_ji ].
/// </summary>
/// <remarks>
/// For the Gaussian kernel, k = s = exp(-d^2 / h) and c = 2/h, one product of the kernel matrix and w g - c theta; for the inverse multiquadric,
/// k = (1 + d^2 / h)^(-1/2), s = k^3 and c = 1/h, the sum of two. Both factors are computed while they are loaded: k anew for every tile of parameters,
/// once for 64 multiply-adds, which costs less than another launch. A group computes (DimX Float4s of parameters) x (4 DimY particles); the sum over j
/// runs in order. Grid: parameter tiles x particle tiles.
/// </remarks>
internal static class SteinDirection
{
    public static void Gaussian(SteinDirectionArguments g)
    {
        ArrayView<Float4> valueTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * Groups.TileSide);
        ArrayView<Float4> kernelTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * (Groups.TileSide + 1));
        int quad = (Grid.IdxX * Group.DimX) + Group.IdxX, firstParticle = 4 * Grid.IdxY * Group.DimY;
        float h = g.Bandwidth[0], attraction = 2f / h;

        Tile4x4 sums = default;
        Float4 kernelSums = default;
        for (int first = 0; first < g.ParticleCount; first += ProductTile.Depth)
        {
            LoadValues(valueTile, g, g.GradientWeight, -attraction, first, quad);
            LoadGaussian(kernelTile.Cast<float>(), g, -1f / h, first, firstParticle);
            Group.Barrier();
            sums = ProductTile.Add(sums, kernelTile, valueTile, g.ParticleCount - first);
            for (int k = 0; k < ProductTile.Depth; k++)
                kernelSums += kernelTile[(k * (Group.DimY + 1)) + Group.IdxY];
            Group.Barrier();
        }

        Store(g, firstParticle, quad, sums, attraction * kernelSums);
    }

    public static void InverseMultiquadric(SteinDirectionArguments g)
    {
        ArrayView<Float4> gradientTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * Groups.TileSide);
        ArrayView<Float4> particleTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * Groups.TileSide);
        ArrayView<Float4> kernelTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * (Groups.TileSide + 1));
        ArrayView<Float4> slopeTile = SharedMemory.Allocate<Float4>(ProductTile.Depth * (Groups.TileSide + 1));
        int quad = (Grid.IdxX * Group.DimX) + Group.IdxX, firstParticle = 4 * Grid.IdxY * Group.DimY;
        float repulsion = 1f / g.Bandwidth[0];

        Tile4x4 sums = default;
        Float4 slopeSums = default;
        for (int first = 0; first < g.ParticleCount; first += ProductTile.Depth)
        {
            LoadWeighted(gradientTile, g.Gradients, g.GradientWeight, g, first, quad);
            LoadWeighted(particleTile, g.Particles, -repulsion, g, first, quad);
            LoadInverseMultiquadric(kernelTile.Cast<float>(), slopeTile.Cast<float>(), g, repulsion, first, firstParticle);
            Group.Barrier();
            sums = ProductTile.Add(sums, kernelTile, gradientTile, g.ParticleCount - first);
            sums = ProductTile.Add(sums, slopeTile, particleTile, g.ParticleCount - first);
            for (int k = 0; k < ProductTile.Depth; k++)
                slopeSums += slopeTile[(k * (Group.DimY + 1)) + Group.IdxY];
            Group.Barrier();
        }

        Store(g, firstParticle, quad, sums, repulsion * slopeSums);
    }

    /// <summary>[Depth particles j, DimX Float4s] of one array, weighted.</summary>
    private static void LoadWeighted(ArrayView<Float4> tile, ArrayView<Float4> values, float weight, SteinDirectionArguments g, int first, int quad)
    {
        for (int k = Group.IdxY; k < ProductTile.Depth; k += Group.DimY)
        {
            Float4 value = default;
            if (first + k < g.ParticleCount && quad < g.Quads)
                value = weight * values[((first + k) * (long)g.StrideQuads) + quad];
            tile[(k * Group.DimX) + Group.IdxX] = value;
        }
    }

    /// <summary>[Depth particles j, DimX Float4s] of weighted sums of g_j and theta_j.</summary>
    private static void LoadValues(ArrayView<Float4> tile, SteinDirectionArguments g, float gradientWeight, float particleWeight, int first, int quad)
    {
        for (int k = Group.IdxY; k < ProductTile.Depth; k += Group.DimY)
        {
            Float4 value = default;
            if (first + k < g.ParticleCount && quad < g.Quads)
            {
                long at = ((first + k) * (long)g.StrideQuads) + quad;
                value = (gradientWeight * g.Gradients[at]) + (particleWeight * g.Particles[at]);
            }

            tile[(k * Group.DimX) + Group.IdxX] = value;
        }
    }

    /// <summary>[Depth particles j, 4 DimY particles i] of k_ji.</summary>
    private static void LoadGaussian(ArrayView<float> tile, SteinDirectionArguments g, float exponent, int first, int firstParticle)
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

    /// <summary>[Depth particles j, 4 DimY particles i] of k_ji and of s_ji.</summary>
    private static void LoadInverseMultiquadric(
        ArrayView<float> kernelTile, ArrayView<float> slopeTile, SteinDirectionArguments g, float perBandwidth, int first, int firstParticle)
    {
        int particles = 4 * Group.DimY, pitch = ProductTile.WeightPitch();
        for (int k = Group.IdxY; k < ProductTile.Depth; k += Group.DimY)
        {
            int j = first + k;
            for (int u = Group.IdxX; u < particles; u += Group.DimX)
            {
                int i = firstParticle + u;
                float value = i < g.ParticleCount && j < g.ParticleCount
                    ? 1f / XMath.Sqrt(1f + (perBandwidth * g.Distances[(j * (long)g.ParticleCount) + i]))
                    : 0f;
                kernelTile[(k * pitch) + u] = value;
                slopeTile[(k * pitch) + u] = value * value * value;
            }
        }
    }

    private static void Store(SteinDirectionArguments g, int firstParticle, int quad, Tile4x4 sums, Float4 repulsion)
    {
        if (quad >= g.Quads)
            return;
        int particle = firstParticle + (4 * Group.IdxY);
        Store(g, particle, quad, sums.Row0, repulsion.X);
        Store(g, particle + 1, quad, sums.Row1, repulsion.Y);
        Store(g, particle + 2, quad, sums.Row2, repulsion.Z);
        Store(g, particle + 3, quad, sums.Row3, repulsion.W);
    }

    private static void Store(SteinDirectionArguments g, int particle, int quad, Float4 sum, float repulsion)
    {
        if (particle >= g.ParticleCount)
            return;
        long at = (particle * (long)g.StrideQuads) + quad;
        g.Direction[at] = (1f / g.ParticleCount) * (sum + (repulsion * g.Particles[at]));
    }
}

/// <summary>Arguments of <see cref="SteinDirection"/>.</summary>
/// <remarks>Particles, Gradients, Direction: [S, 4 StrideQuads], of which the first 4 Quads count. Distances: squared, [S, S]. Bandwidth: h, [1]. GradientWeight: w.</remarks>
internal struct SteinDirectionArguments
{
    public ArrayView<Float4> Particles;
    public ArrayView<Float4> Gradients;
    public ArrayView<Float4> Direction;
    public ArrayView<float> Distances;
    public ArrayView<float> Bandwidth;
    public int ParticleCount;
    public int StrideQuads;
    public int Quads;
    public float GradientWeight;
}
