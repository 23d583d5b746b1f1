using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuBnn.Devices.Simd;

/// <summary>One particle over one tile of rows, with its activations in a thread's cache.</summary>
internal sealed unsafe partial class SimdBlock<TSimd, V>(NetworkShape shape, int tileRows) : ParticleBlock
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private const int LineFloats = 16;

    // Half of a first-level cache.
    private const int UnpackedWeights = 4096;

    // An odd number of cache lines between units: with a power of two, the units of a panel would map to a few sets of the cache.
    private readonly int _stride = tileRows / LineFloats % 2 == 0 ? tileRows + LineFloats : tileRows;

    // [units, stride].
    private readonly SimdBuffer _units = new((long)shape.WorkspaceUnits * (tileRows + LineFloats));
    private SimdBuffer _packed = new(0);
    private SimdPass _pass;
    private int _particle;
    private int _firstRow;
    private int _rows;
    private bool _firstRows;
    private bool _lastRows;

    public override bool LastRows => _lastRows;

    private float* Theta => _pass.Particles + ((nint)_particle * shape.Stride);

    private float* Gradient => _pass.Gradients + ((nint)_particle * shape.Stride);

    public void Attach(SimdPass pass) => _pass = pass;

    public void MoveTo(int particle, int firstRow, int rows, bool firstRows, bool lastRows)
    {
        Debug.Assert(rows <= tileRows && rows % TSimd.Width == 0 && (long)shape.WorkspaceUnits * _stride <= _units.Length, "A tile of rows does not fit its units.");
        (_particle, _firstRow, _rows, _firstRows, _lastRows) = (particle, firstRow, rows, firstRows, lastRows);
    }

    public override void DenseForward(in DenseTerm dense) => ForwardEpilogues.Run(dense.Outputs.Activation, new DenseWork(this, dense));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void CopyInputs(in InputCopy copy)
    {
        V scale = TSimd.Create(copy.Scale);
        for (int i = 0; i < shape.Inputs; i++)
        {
            float* from = _pass.Inputs + ((nint)i * _pass.Stride) + _firstRow, to = Unit(copy.Slot + i);
            for (int n = 0; n < _rows; n += TSimd.Width)
            {
                TSimd.Store(to + n, TSimd.Multiply(scale, TSimd.Load(from + n)));
            }
        }
    }

    public override void DenseBackward(in DenseTerm dense)
    {
        float* delta = Unit(dense.Outputs.Slot);
        float* input = InputOf(dense, out nint inputStride);
        float* gradient = Gradient;
        ReductionKernel<TSimd, V>.Run<ProductTerm<TSimd, V>>(
            input, inputStride, dense.Inputs.Count, delta, _stride, dense.Outputs.Count, _rows, gradient + dense.WeightOffset, dense.Outputs.Count,
            !_firstRows, gradient + dense.BiasOffset);

        if (dense.Inputs.GradientCount > 0)
        {
            BackwardEpilogues.Run(dense.Inputs.Activation, new BackwardWork(this, dense));
        }
    }

    public override void Likelihood(LikelihoodTerm likelihood)
    {
        nint at = (nint)_particle * shape.Outputs.Count;
        float* squares = _pass.ResidualSquares + at, present = _pass.PresentCounts + at, logTerms = _pass.LogTerms + at;
        float* theta = Theta, target = _pass.Targets + (_particle * _pass.TargetStride) + _firstRow, output = Unit(shape.Outputs.Slot);
        if (likelihood.Kind >= LikelihoodKind.Bernoulli)
        {
            Classes(likelihood, target, output, squares, present, logTerms);
            return;
        }

        float gamma = likelihood.FixedPrecision;
        for (int o = 0; o < shape.Outputs.Count; o++, target += _pass.Stride, output += _stride)
        {
            if (likelihood.FixedPrecision == 0f && (o == 0 || shape.NoiseCount > 1))
            {
                gamma = MathF.Exp(theta[shape.NoiseIndex(o)]);
            }

            float newSquares, newPresent, newLogTerms = 0f;
            if (likelihood.Kind == LikelihoodKind.Gaussian)
            {
                (newSquares, newPresent) = ResidualsToDelta(target, output, likelihood.Scale * gamma);
            }
            else
            {
                (newSquares, newPresent, newLogTerms) = ResidualsToStudentDelta(target, output, likelihood.Scale, gamma, likelihood.DegreesOfFreedom);
            }

            squares[o] = _firstRows ? newSquares : squares[o] + newSquares;
            present[o] = _firstRows ? newPresent : present[o] + newPresent;
            logTerms[o] = _firstRows ? newLogTerms : logTerms[o] + newLogTerms;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void PriorGradient(LikelihoodTerm likelihood, PriorTerm prior)
    {
        float* theta = Theta, gradient = Gradient;
        for (int p = shape.NoiseOffset; p < shape.Parameters; p++)
        {
            gradient[p] = 0f;
        }

        WeightPrior(theta, gradient, prior);
        NoisePrior(theta, gradient, likelihood.Scale, prior);

        V sum = TSimd.Create(0f);
        for (int p = 0; p < shape.Stride; p += TSimd.Width)
        {
            // 0 * x is NaN for an infinite or NaN x.
            sum = TSimd.MultiplyAdd(TSimd.Load(gradient + p), TSimd.Create(0f), sum);
        }

        float* failedAt = _pass.FailedAt + _particle;
        if (float.IsNaN(TSimd.Sum(sum)) && *failedAt == 0f)
        {
            *failedAt = prior.Iteration;
        }
    }

    public override void StoreOutputs()
    {
        float* outputs = _pass.Outputs + ((nint)_particle * shape.Outputs.Count * _pass.Stride) + _firstRow;
        for (int o = 0; o < shape.Outputs.Count; o++)
        {
            long bytes = (long)_rows * sizeof(float);
            Buffer.MemoryCopy(Unit(shape.Outputs.Slot + o), outputs + ((nint)o * _pass.Stride), bytes, bytes);
        }
    }

    private float* Unit(int slot) => _units.Address + ((nint)slot * _stride);

    private float* InputOf(in DenseTerm dense, out nint stride)
    {
        stride = dense.Inputs.IsData ? _pass.Stride : _stride;
        return dense.Inputs.IsData ? _pass.Inputs + _firstRow : Unit(dense.Inputs.Slot);
    }

    private void Forward<TEpilogue>(in DenseTerm dense)
        where TEpilogue : struct, IEpilogue
    {
        float* input = InputOf(dense, out nint inputStride);
        ProductKernel<TSimd, V>.Run<TEpilogue>(
            input, inputStride, Weights(dense.WeightOffset, dense.Inputs.Count, dense.Outputs.Count), Theta + dense.BiasOffset,
            Unit(dense.Outputs.Slot), _stride, dense.Outputs.DerivativeUnits * _stride, dense.Inputs.Count, dense.Outputs.Count, _rows);
    }

    /// <summary>The layer's weights for its sums over inputs, packed tile by tile if they are many, to touch fewer cache lines.</summary>
    private WeightView Weights(int offset, int inputs, int outputs)
    {
        float* from = Theta + offset;
        if (inputs * outputs <= UnpackedWeights)
        {
            return new WeightView(from, outputs, 1);
        }

        if (_packed.Length < (long)inputs * outputs)
        {
            _packed = new SimdBuffer((long)inputs * outputs);
        }

        PackWeights(from, inputs, outputs, _packed.Address);
        return WeightView.Packed(_packed.Address, inputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackWeights(float* from, int inputs, int outputs, float* to)
    {
        // A few rows at a time, whose cache lines serve all tiles.
        const int rows = 8;
        var tiles = new OutputTiles(outputs, TSimd.ManyRegisters);
        for (int first = 0; first < inputs; first += rows)
        {
            int end = Math.Min(first + rows, inputs);
            for (int o = 0, size; o < outputs; o += size)
            {
                size = tiles.SizeAt(o);
                float* tile = to + ((nint)o * inputs) + (first * size), row = from + ((nint)first * outputs) + o;
                for (int i = first; i < end; i++, tile += size, row += outputs)
                {
                    if (size == 6)
                    {
                        Vector128.Load(row).Store(tile);
                        Vector64.Load(row + 4).Store(tile + 4);
                        continue;
                    }

                    if (size == 4)
                    {
                        Vector128.Load(row).Store(tile);
                        continue;
                    }

                    for (int k = 0; k < size; k++)
                    {
                        tile[k] = row[k];
                    }
                }
            }
        }
    }

    /// <summary>Replaces a layer's inputs by the gradient of their sums.</summary>
    private void Backward<TEpilogue>(in DenseTerm dense)
        where TEpilogue : struct, IEpilogue => ProductKernel<TSimd, V>.Run<TEpilogue>(
            Unit(dense.Outputs.Slot), _stride, new WeightView(Theta + dense.WeightOffset, 1, dense.Outputs.Count), null,
            Unit(dense.Inputs.Slot), _stride, dense.Inputs.DerivativeUnits * _stride, dense.Outputs.Count, dense.Inputs.GradientCount, _rows);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (float Squares, float Present) ResidualsToDelta(float* target, float* output, float factor)
    {
        V scale = TSimd.Create(factor);

        // Two sums, to hide latency. Masks, which would take twice the time of the rest, only where targets may be missing.
        V squares = TSimd.Create(0f), otherSquares = squares, present = squares;
        int complete = _pass.MissingTargets ? 0 : _rows - (_lastRows ? Alignment.Floats : 0);
        int n = 0;
        for (; n + (2 * TSimd.Width) <= complete; n += 2 * TSimd.Width)
        {
            squares = ToDelta(TSimd.Subtract(TSimd.Load(target + n), TSimd.Load(output + n)), output + n, scale, squares);
            nint next = n + TSimd.Width;
            otherSquares = ToDelta(TSimd.Subtract(TSimd.Load(target + next), TSimd.Load(output + next)), output + next, scale, otherSquares);
        }

        int counted = n;
        for (; n < _rows; n += TSimd.Width)
        {
            V y = TSimd.Load(target + n), isPresent = TSimd.IsNumber(y), zero = TSimd.Create(0f);
            squares = ToDelta(TSimd.Select(isPresent, TSimd.Subtract(y, TSimd.Load(output + n)), zero), output + n, scale, squares);
            present = TSimd.Add(present, TSimd.Select(isPresent, TSimd.Create(1f), zero));
        }

        return (TSimd.Sum(TSimd.Add(squares, otherSquares)), counted + TSimd.Sum(present));
    }

    /// <summary>The same for Student's t: each residual times its weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (float Squares, float Present, float LogTerms) ResidualsToStudentDelta(float* target, float* output, float scale, float gamma, float degrees)
    {
        V squares = TSimd.Create(0f), present = squares, zero = squares, nu = TSimd.Create(degrees), precision = TSimd.Create(gamma);
        V numerator = TSimd.Create(degrees + 1f), factor = TSimd.Create(scale * gamma), one = TSimd.Create(1f), perDegree = TSimd.Create(gamma / degrees);
        float* lanes = stackalloc float[TSimd.Width];
        float logTerms = 0f;
        for (int n = 0; n < _rows; n += TSimd.Width)
        {
            V y = TSimd.Load(target + n), isPresent = TSimd.IsNumber(y);
            V residual = TSimd.Select(isPresent, TSimd.Subtract(y, TSimd.Load(output + n)), zero), square = TSimd.Multiply(residual, residual);
            V weighted = TSimd.Divide(TSimd.Multiply(numerator, residual), TSimd.MultiplyAdd(precision, square, nu));
            TSimd.Store(output + n, TSimd.Multiply(factor, weighted));
            squares = TSimd.MultiplyAdd(weighted, residual, squares);
            present = TSimd.Add(present, TSimd.Select(isPresent, one, zero));
            TSimd.Store(lanes, TSimd.MultiplyAdd(perDegree, square, one));
            for (int lane = 0; lane < TSimd.Width; lane++)
            {
                logTerms += MathF.Log(lanes[lane]);
            }
        }

        return (TSimd.Sum(squares), TSimd.Sum(present), logTerms);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ToDelta(V residual, float* output, V scale, V squares)
    {
        TSimd.Store(output, TSimd.Multiply(scale, residual));
        return TSimd.MultiplyAdd(residual, residual, squares);
    }

    private void Classes(LikelihoodTerm likelihood, float* target, float* output, float* squares, float* present, float* logTerms)
    {
        float own = likelihood.Kind == LikelihoodKind.Bernoulli
            ? ClassLoops<TSimd, V>.Bernoulli(target, _pass.Stride, output, _stride, shape.Outputs.Count, _rows, likelihood.Scale)
            : ClassLoops<TSimd, V>.Categorical(target, _pass.Stride, output, _stride, shape.Outputs.Count, _rows, likelihood.Scale);
        for (int o = 0; o < shape.Outputs.Count; o++)
        {
            (squares[o], present[o], logTerms[o]) = (0f, 0f, (_firstRows ? 0f : logTerms[o]) + (o == 0 ? own : 0f));
        }
    }

    private void WeightPrior(float* theta, float* gradient, PriorTerm prior)
    {
        for (int g = 0; g < shape.WeightGroups.Count; g++)
        {
            WeightGroup group = shape.WeightGroups[g];
            int own = shape.WeightPrecisionOffset + g;
            float lambda = MathF.Exp(theta[own]);
            float squares = ShrinkWeights(theta + group.Offset, gradient + group.Offset, group.Count, lambda);
            _pass.WeightSquares[(_particle * shape.WeightGroups.Count) + g] = squares;
            gradient[own] = (0.5f * group.Count) - (0.5f * lambda * squares) + prior.WeightShape - (prior.WeightRate * lambda);
        }
    }

    /// <summary>Subtracts lambda * w from the gradient; returns the sum of squares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float ShrinkWeights(float* weights, float* gradient, int count, float lambda)
    {
        V sum = TSimd.Create(0f), minusLambda = TSimd.Create(-lambda);
        int p = 0;
        for (; p + TSimd.Width <= count; p += TSimd.Width)
        {
            V w = TSimd.Load(weights + p);
            sum = TSimd.MultiplyAdd(w, w, sum);
            TSimd.Store(gradient + p, TSimd.MultiplyAdd(minusLambda, w, TSimd.Load(gradient + p)));
        }

        float squares = TSimd.Sum(sum);
        for (; p < count; p++)
        {
            squares += weights[p] * weights[p];
            gradient[p] -= lambda * weights[p];
        }

        return squares;
    }

    private void NoisePrior(float* theta, float* gradient, float scale, PriorTerm prior)
    {
        float* squares = _pass.ResidualSquares + ((nint)_particle * shape.Outputs.Count), present = _pass.PresentCounts + ((nint)_particle * shape.Outputs.Count);
        int sharing = shape.NoiseCount == 1 ? shape.Outputs.Count : 1;
        for (int k = 0; k < shape.NoiseCount; k++)
        {
            int own = shape.NoiseOffset + k;
            float gamma = MathF.Exp(theta[own]), gradientOfLog = prior.NoiseShape - (prior.NoiseRate * gamma);
            for (int o = k * sharing; o < (k + 1) * sharing; o++)
            {
                gradientOfLog += scale * 0.5f * (present[o] - (gamma * squares[o]));
            }

            gradient[own] += gradientOfLog;
        }
    }

    private readonly struct DenseWork(SimdBlock<TSimd, V> block, DenseTerm dense) : IEpilogueWork
    {
        public void Run<TEpilogue>()
            where TEpilogue : struct, IEpilogue => block.Forward<TEpilogue>(dense);
    }

    private readonly struct BackwardWork(SimdBlock<TSimd, V> block, DenseTerm dense) : IEpilogueWork
    {
        public void Run<TEpilogue>()
            where TEpilogue : struct, IEpilogue => block.Backward<TEpilogue>(dense);
    }
}
