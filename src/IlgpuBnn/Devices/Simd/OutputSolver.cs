using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The CPU device's solution of the output layer's least squares, one particle per item: Cholesky, with the right-hand sides beside the matrix.</summary>
/// <remarks>Delegates are created once, so that an iteration allocates nothing.</remarks>
internal sealed unsafe class OutputSolver<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private readonly WorkCrew _crew;
    private readonly SimdBuffer[] _rows;
    private readonly Action<int, int> _solve;
    private readonly Lock _oneCall = new();
    private OutputSolverCall _call;

    public OutputSolver(WorkCrew crew)
    {
        _crew = crew;
        _rows = [.. Enumerable.Range(0, crew.Lanes).Select(_ => new SimdBuffer(0))];
        _solve = Solve;
    }

    public void Solve(OutputSolverCall call)
    {
        lock (_oneCall)
        {
            _call = call;
            OutputSystem system = call.System;
            long length = (long)system.Unknowns * RowLength(system);
            for (int lane = 0; lane < _rows.Length; lane++)
            {
                if (_rows[lane].Length < length)
                {
                    _rows[lane] = new SimdBuffer(length);
                }
            }

            _crew.Run(call.Shape.Particles, (long)call.Shape.Particles * system.Unknowns * length, _solve);
        }
    }

    private static int RowLength(OutputSystem system) => Alignment.Pad(system.Unknowns) + Alignment.Pad(system.Outputs);

    private void Solve(int particle, int lane)
    {
        OutputSystem system = _call.System;
        nint at = ((nint)particle * _call.Shape.Stride) + system.Layer.WeightOffset;
        float* rows = _rows[lane].Address, precisions = _call.Precisions + system.Layer.WeightOffset;
        Fill(system, _call.Sums + ((nint)particle * system.Stride), _call.Particles + at, _call.Anchors + at, precisions, rows);
        Eliminate(system, Damp(system, rows), rows);
        Substitute(system, rows);
        for (int i = 0; i < system.Unknowns; i++)
        {
            float* step = rows + ((nint)i * RowLength(system)) + Alignment.Pad(system.Unknowns), weight = _call.Particles + at + ((nint)i * system.Outputs);
            for (int o = 0; o < system.Outputs; o++)
            {
                weight[o] += step[o];
            }
        }
    }

    /// <summary>Rows of the matrix from the diagonal on, each followed by its right-hand sides.</summary>
    private void Fill(OutputSystem system, float* sums, float* weights, float* anchors, float* precisions, float* rows)
    {
        int units = system.Inputs, outputs = system.Outputs, length = RowLength(system);
        float gamma = _call.Gamma;
        float* gradient = sums + system.GradientOffset;
        new Span<float>(rows, system.Unknowns * length).Clear();
        for (int i = 0; i <= units; i++)
        {
            float* row = rows + ((nint)i * length), right = row + Alignment.Pad(system.Unknowns);
            for (int j = i; j <= units; j++)
            {
                row[j] = gamma * (i == units ? sums[system.CountOffset] : sums[((nint)j * units) + i]);
            }

            row[i] += precisions[(nint)i * outputs];
            for (int o = 0; o < outputs; o++)
            {
                nint p = ((nint)i * outputs) + o;
                right[o] = gradient[p] + (precisions[p] * (anchors[p] - weights[p]));
            }
        }
    }

    /// <returns>What it adds to the diagonal.</returns>
    private static float Damp(OutputSystem system, float* rows)
    {
        float trace = 0f;
        for (int i = 0; i < system.Unknowns; i++)
        {
            trace += rows[((nint)i * RowLength(system)) + i];
        }

        float damping = OutputSystem.Damping * trace;
        for (int i = 0; i < system.Unknowns; i++)
        {
            rows[((nint)i * RowLength(system)) + i] += damping;
        }

        return damping;
    }

    /// <summary>Makes the matrix U of U^T U, and the right-hand sides those of U.</summary>
    /// <param name="smallest">Of a pivot: the damping is part of each, but for rounding.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eliminate(OutputSystem system, float smallest, float* rows)
    {
        int unknowns = system.Unknowns, length = RowLength(system);
        for (int k = 0; k < unknowns; k++)
        {
            float* pivot = rows + ((nint)k * length);
            float scale = 1f / MathF.Sqrt(pivot[k] < smallest ? smallest : pivot[k]);
            V factor = TSimd.Create(scale);
            for (int j = k / TSimd.Width * TSimd.Width; j < length; j += TSimd.Width)
            {
                TSimd.Store(pivot + j, TSimd.Multiply(factor, TSimd.Load(pivot + j)));
            }

            pivot[k] = 1f / scale;
            for (int i = k + 1; i < unknowns; i++)
            {
                float* row = rows + ((nint)i * length);
                V above = TSimd.Create(pivot[i]);
                for (int j = i / TSimd.Width * TSimd.Width; j < length; j += TSimd.Width)
                {
                    TSimd.Store(row + j, TSimd.NegatedMultiplyAdd(above, TSimd.Load(pivot + j), TSimd.Load(row + j)));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Substitute(OutputSystem system, float* rows)
    {
        int length = RowLength(system), right = Alignment.Pad(system.Unknowns);
        for (int k = system.Unknowns - 1; k >= 0; k--)
        {
            float* own = rows + ((nint)k * length);
            V factor = TSimd.Create(1f / own[k]);
            for (int o = right; o < length; o += TSimd.Width)
            {
                TSimd.Store(own + o, TSimd.Multiply(factor, TSimd.Load(own + o)));
            }

            for (int i = 0; i < k; i++)
            {
                float* row = rows + ((nint)i * length);
                V above = TSimd.Create(row[k]);
                for (int o = right; o < length; o += TSimd.Width)
                {
                    TSimd.Store(row + o, TSimd.NegatedMultiplyAdd(above, TSimd.Load(own + o), TSimd.Load(row + o)));
                }
            }
        }
    }
}

/// <summary>Arguments of <see cref="Device.SolveOutputs"/>.</summary>
internal unsafe struct OutputSolverCall
{
    public float* Particles;
    public float* Anchors;
    public float* Precisions;
    public float* Sums;
    public ParticleShape Shape;
    public OutputSystem System;
    public float Gamma;
}
