using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The CPU device's sums for evaluations, in double precision, of particles where they lie, a particle or some parameters per item.</summary>
/// <remarks>Vectors are four numbers wide whatever the device's width, and each sum is made by one thread in a fixed order: the bits are the same everywhere.</remarks>
internal sealed unsafe class EvaluationSums
{
    // Parameters of an item of means: whole cache lines, and enough of them for the processor to fetch ahead.
    private const int MeansOfItem = 512;

    private readonly WorkCrew _crew;
    private readonly Action<int, int> _square, _anchor, _mean, _product;
    private readonly Lock _oneCall = new();
    private Call _call;
    private double[] _means = [];

    public EvaluationSums(WorkCrew crew)
    {
        _crew = crew;
        (_square, _anchor, _mean, _product) = (Square, Anchor, Mean, Product);
    }

    public double[] SquaredLengths(float* values, ParticleShape shape) => PerParticle(new Call { Particles = values, Shape = shape }, _square);

    public double[] AnchorDistances(float* particles, float* anchors, float* precisions, ParticleShape shape) =>
        PerParticle(new Call { Particles = particles, Others = anchors, Precisions = precisions, Shape = shape }, _anchor);

    public double DeviationProduct(float* particles, float* others, ParticleShape shape)
    {
        lock (_oneCall)
        {
            _call = new Call { Particles = particles, Others = others, Shape = shape, Sums = new double[shape.Particles] };
            if (_means.Length < shape.Parameters)
            {
                _means = new double[shape.Parameters];
            }

            _crew.Run((shape.Parameters + MeansOfItem - 1) / MeansOfItem, (long)shape.Particles * shape.Parameters, _mean);
            _crew.Run(shape.Particles, 3L * shape.Particles * shape.Parameters, _product);
            double sum = 0;
            foreach (double own in _call.Sums)
            {
                sum += own;
            }

            return sum;
        }
    }

    private double[] PerParticle(Call call, Action<int, int> work)
    {
        lock (_oneCall)
        {
            _call = call with { Sums = new double[call.Shape.Particles] };
            _crew.Run(call.Shape.Particles, 2L * call.Shape.Particles * call.Shape.Stride, work);
            return _call.Sums;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Square(int particle, int lane)
    {
        float* values = _call.Particles + ((nint)particle * _call.Shape.Stride);
        Vector256<double> lows = default, highs = default;
        for (int p = 0; p < _call.Shape.Stride; p += Vector256<float>.Count)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(values + p));
            lows += low * low;
            highs += high * high;
        }

        _call.Sums[particle] = Vector256.Sum(lows + highs);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Anchor(int particle, int lane)
    {
        nint at = (nint)particle * _call.Shape.Stride;
        float* theta = _call.Particles + at, anchors = _call.Others + at, precisions = _call.Precisions;
        double sum = 0;
        for (int p = 0; p < _call.Shape.Stride; p++)
        {
            double deviation = (double)theta[p] - anchors[p];
            sum += precisions[p] * deviation * deviation;
        }

        _call.Sums[particle] = sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Mean(int item, int lane)
    {
        int start = item * MeansOfItem, count = Math.Min(MeansOfItem, _call.Shape.Parameters - start);
        Span<double> means = _means.AsSpan(start, count);
        means.Clear();
        for (int s = 0; s < _call.Shape.Particles; s++)
        {
            Add(_call.Particles + ((nint)s * _call.Shape.Stride) + start, means);
        }

        foreach (ref double mean in means)
        {
            mean /= _call.Shape.Particles;
        }
    }

    private static void Add(float* values, Span<double> sums)
    {
        fixed (double* own = sums)
        {
            int n = 0;
            for (; n <= sums.Length - Vector256<float>.Count; n += Vector256<float>.Count)
            {
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(values + n));
                (low + Vector256.Load(own + n)).Store(own + n);
                (high + Vector256.Load(own + n + Vector256<double>.Count)).Store(own + n + Vector256<double>.Count);
            }

            for (; n < sums.Length; n++)
            {
                own[n] += values[n];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Product(int particle, int lane)
    {
        nint at = (nint)particle * _call.Shape.Stride;
        fixed (double* means = _means)
        {
            _call.Sums[particle] = Product(_call.Particles + at, means, _call.Others + at, _call.Shape.Parameters);
        }
    }

    /// <summary>(a - m) . b.</summary>
    private static double Product(float* a, double* m, float* b, int count)
    {
        Vector256<double> lows = default, highs = default;
        int n = 0;
        for (; n <= count - Vector256<float>.Count; n += Vector256<float>.Count)
        {
            (Vector256<double> lowOfA, Vector256<double> highOfA) = Vector256.Widen(Vector256.Load(a + n));
            (Vector256<double> lowOfB, Vector256<double> highOfB) = Vector256.Widen(Vector256.Load(b + n));
            lows += (lowOfA - Vector256.Load(m + n)) * lowOfB;
            highs += (highOfA - Vector256.Load(m + n + Vector256<double>.Count)) * highOfB;
        }

        double sum = Vector256.Sum(lows + highs);
        for (; n < count; n++)
        {
            sum += (a[n] - m[n]) * b[n];
        }

        return sum;
    }

    /// <summary>Arguments of a sum, which sets those it needs.</summary>
    private struct Call
    {
        public float* Particles;
        public float* Others;
        public float* Precisions;
        public ParticleShape Shape;
        public double[] Sums;
    }
}
