using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Devices.Simd;

/// <summary>One particle over one tile of rows, its activations in a thread's own cache.</summary>
internal sealed unsafe class SimdBlock<TSimd, V>(ParameterLayout layout, int tileRows) : ParticleBlock
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private const int LineFloats = 16;

    // Half of a first-level cache.
    private const int UnpackedWeights = 4096;

    // An odd number of cache lines from unit to unit: with a power of two, all units of a panel would share a few sets of the cache.
    private readonly int _stride = tileRows / LineFloats % 2 == 0 ? tileRows + LineFloats : tileRows;

    // [units, stride]; the DenseLayers' slots count its units.
    private readonly SimdBuffer _units = new((long)layout.WorkspaceUnits * (tileRows + LineFloats));
    private SimdBuffer _packed = new(0);
    private SimdPass _pass;
    private int _particle;
    private int _firstRow;
    private int _rows;
    private bool _firstRows;
    private bool _lastRows;

    public override bool LastRows => _lastRows;

    private float* Theta => _pass.Particles + ((nint)_particle * layout.Stride);

    private float* Gradient => _pass.Gradients + ((nint)_particle * layout.Stride);

    public void Attach(SimdPass pass) => _pass = pass;

    public void MoveTo(int particle, int firstRow, int rows, bool firstRows, bool lastRows) =>
        (_particle, _firstRow, _rows, _firstRows, _lastRows) = (particle, firstRow, rows, firstRows, lastRows);

    public override void DenseForward(int layer)
    {
        DenseLayer dense = layout.Layers[layer];
        switch (dense.Activation)
        {
            case Activation.Relu:
                Forward<ReluForward>(layer);
                break;
            case Activation.Tanh:
                Forward<TanhForward>(layer);
                break;
            case Activation.Sigmoid:
                Forward<SigmoidForward>(layer);
                break;
            case Activation.Sin:
                Forward<SinForward>(layer);
                break;
            case Activation.Cos:
                Forward<CosForward>(layer);
                break;
            case Activation.Silu:
                Forward<SiluForward>(layer);
                break;
            default:
                Forward<IdentityForward>(layer);
                break;
        }
    }

    public override void CopyInputs()
    {
        long bytes = (long)_rows * sizeof(float);
        for (int i = 0; i < layout.Inputs; i++)
        {
            Buffer.MemoryCopy(_pass.Inputs + ((nint)i * _pass.Stride) + _firstRow, Unit(layout.InputCopySlot + i), bytes, bytes);
        }
    }

    public override void DenseBackward(int layer)
    {
        DenseLayer dense = layout.Layers[layer];
        float* delta = Unit(dense.OutputSlot);
        float* input = InputOf(layer, out nint inputStride);
        float* gradient = Gradient;
        ReductionKernel<TSimd, V>.Run<ProductTerm<TSimd, V>>(
            input, inputStride, dense.Inputs, delta, _stride, dense.Outputs, _rows, gradient + dense.WeightOffset, dense.Outputs,
            !_firstRows, gradient + dense.BiasOffset);

        if (layer > 0)
        {
            BackwardThrough(layout.Layers[layer - 1].Activation, layer);
        }
    }

    public override void Likelihood(LikelihoodTerm likelihood)
    {
        DenseLayer last = layout.Layers[^1];
        nint at = (nint)_particle * layout.Outputs;
        float* squares = _pass.ResidualSquares + at, present = _pass.PresentCounts + at, tailLogs = _pass.TailLogs + at;
        float* theta = Theta, target = _pass.Targets + (_particle * _pass.TargetStride) + _firstRow, output = Unit(last.OutputSlot);
        float gamma = 1f;
        for (int o = 0; o < layout.Outputs; o++, target += _pass.Stride, output += _stride)
        {
            if (!likelihood.FixedUnitPrecision && (o == 0 || layout.NoiseCount > 1))
            {
                gamma = MathF.Exp(theta[layout.NoiseIndex(o)]);
            }

            float newSquares, newPresent, newTailLogs = 0f;
            if (likelihood.DegreesOfFreedom == 0f)
            {
                (newSquares, newPresent) = ResidualsToDelta(target, output, likelihood.Scale * gamma);
            }
            else
            {
                (newSquares, newPresent, newTailLogs) = ResidualsToStudentDelta(target, output, likelihood.Scale, gamma, likelihood.DegreesOfFreedom);
            }

            squares[o] = _firstRows ? newSquares : squares[o] + newSquares;
            present[o] = _firstRows ? newPresent : present[o] + newPresent;
            tailLogs[o] = _firstRows ? newTailLogs : tailLogs[o] + newTailLogs;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void PriorGradient(LikelihoodTerm likelihood, PriorTerm prior)
    {
        float* theta = Theta, gradient = Gradient;
        for (int p = layout.NoiseOffset; p < layout.ParameterCount; p++)
        {
            gradient[p] = 0f;
        }

        if (prior.Enabled)
        {
            WeightPrior(theta, gradient, prior);
            NoisePrior(theta, gradient, likelihood.Scale, prior);
        }

        V sum = TSimd.Create(0f);
        for (int p = 0; p < layout.Stride; p += TSimd.Width)
        {
            // 0 * x is NaN for an infinite or undefined x, and stays NaN in the sum.
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
        DenseLayer last = layout.Layers[^1];
        float* outputs = _pass.Outputs + ((nint)_particle * layout.Outputs * _pass.Stride) + _firstRow;
        for (int o = 0; o < layout.Outputs; o++)
        {
            long bytes = (long)_rows * sizeof(float);
            Buffer.MemoryCopy(Unit(last.OutputSlot + o), outputs + ((nint)o * _pass.Stride), bytes, bytes);
        }
    }

    private float* Unit(int slot) => _units.Address + ((nint)slot * _stride);

    private float* InputOf(int layer, out nint stride)
    {
        stride = layer == 0 ? _pass.Stride : _stride;
        return layer == 0 ? _pass.Inputs + _firstRow : Unit(layout.Layers[layer - 1].OutputSlot);
    }

    /// <summary>From a layer's first output to its first stored derivative.</summary>
    private nint DerivativeOffset(DenseLayer dense) =>
        dense.DerivativeSlot < 0 ? 0 : (nint)(dense.DerivativeSlot - dense.OutputSlot) * _stride;

    private void Forward<TEpilogue>(int layer)
        where TEpilogue : struct, IEpilogue
    {
        DenseLayer dense = layout.Layers[layer];
        float* input = InputOf(layer, out nint inputStride);
        ProductKernel<TSimd, V>.Run<TEpilogue>(
            input, inputStride, Weights(dense), Theta + dense.BiasOffset,
            Unit(dense.OutputSlot), _stride, DerivativeOffset(dense), dense.Inputs, dense.Outputs, _rows);
    }

    /// <summary>The layer's weights for its sums over inputs.</summary>
    /// <remarks>
    /// A tile's neighbours from every row of a large matrix touch a cache line each: copied tile by tile, they share lines, and the
    /// copy is used for all rows.
    /// </remarks>
    private WeightView Weights(DenseLayer dense)
    {
        float* from = Theta + dense.WeightOffset;
        if (dense.Inputs * dense.Outputs <= UnpackedWeights)
        {
            return new WeightView(from, dense.Outputs, 1);
        }

        if (_packed.Length < (long)dense.Inputs * dense.Outputs)
        {
            _packed = new SimdBuffer((long)dense.Inputs * dense.Outputs);
        }

        PackWeights(from, dense.Inputs, dense.Outputs, _packed.Address);
        return WeightView.Packed(_packed.Address, dense.Inputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackWeights(float* from, int inputs, int outputs, float* to)
    {
        // Some rows at a time, whose cache lines last for all tiles.
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

    private void BackwardThrough(Activation activation, int layer)
    {
        switch (activation)
        {
            case Activation.Relu:
                Backward<ReluBackward>(layer);
                break;
            case Activation.Tanh:
                Backward<TanhBackward>(layer);
                break;
            case Activation.Sigmoid:
                Backward<SigmoidBackward>(layer);
                break;
            case Activation.Sin or Activation.Cos or Activation.Silu:
                Backward<StoredBackward>(layer);
                break;
            default:
                Backward<IdentityForward>(layer);
                break;
        }
    }

    /// <summary>Gradient with respect to the sums of the layer before, in place of its outputs.</summary>
    private void Backward<TEpilogue>(int layer)
        where TEpilogue : struct, IEpilogue
    {
        DenseLayer dense = layout.Layers[layer], before = layout.Layers[layer - 1];
        ProductKernel<TSimd, V>.Run<TEpilogue>(
            Unit(dense.OutputSlot), _stride, new WeightView(Theta + dense.WeightOffset, 1, dense.Outputs), null,
            Unit(before.OutputSlot), _stride, DerivativeOffset(before), dense.Outputs, before.Outputs, _rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (float Squares, float Present) ResidualsToDelta(float* target, float* output, float factor)
    {
        V scale = TSimd.Create(factor);

        // Two sums, so that an addition need not wait for the one before. Masks would take twice the time of the rest.
        V squares = TSimd.Create(0f), otherSquares = squares, present = squares;
        int complete = _pass.MissingTargets ? 0 : _rows - (_lastRows ? ParameterLayout.Alignment : 0);
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

    /// <summary>The same for Student's t noise: each residual times its weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (float Squares, float Present, float TailLogs) ResidualsToStudentDelta(float* target, float* output, float scale, float gamma, float degrees)
    {
        V squares = TSimd.Create(0f), present = squares, zero = squares, nu = TSimd.Create(degrees), precision = TSimd.Create(gamma);
        V numerator = TSimd.Create(degrees + 1f), factor = TSimd.Create(scale * gamma), one = TSimd.Create(1f), perDegree = TSimd.Create(gamma / degrees);
        float* lanes = stackalloc float[TSimd.Width];
        float tailLogs = 0f;
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
                tailLogs += MathF.Log(lanes[lane]);
            }
        }

        return (TSimd.Sum(squares), TSimd.Sum(present), tailLogs);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ToDelta(V residual, float* output, V scale, V squares)
    {
        TSimd.Store(output, TSimd.Multiply(scale, residual));
        return TSimd.MultiplyAdd(residual, residual, squares);
    }

    private void WeightPrior(float* theta, float* gradient, PriorTerm prior)
    {
        for (int g = 0; g < layout.WeightGroups.Count; g++)
        {
            WeightGroup group = layout.WeightGroups[g];
            int own = layout.WeightPrecisionOffset + g;
            float lambda = MathF.Exp(theta[own]);
            float squares = ShrinkWeights(theta + group.Offset, gradient + group.Offset, group.Count, lambda);
            _pass.WeightSquares[(_particle * layout.WeightGroups.Count) + g] = squares;
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
        float* squares = _pass.ResidualSquares + ((nint)_particle * layout.Outputs), present = _pass.PresentCounts + ((nint)_particle * layout.Outputs);
        int sharing = layout.Outputs / layout.NoiseCount;
        for (int k = 0; k < layout.NoiseCount; k++)
        {
            int own = layout.NoiseOffset + k;
            float gamma = MathF.Exp(theta[own]), gradientOfLog = prior.NoiseShape - (prior.NoiseRate * gamma);
            for (int o = k * sharing; o < (k + 1) * sharing; o++)
            {
                gradientOfLog += scale * 0.5f * (present[o] - (gamma * squares[o]));
            }

            gradient[own] += gradientOfLog;
        }
    }
}
