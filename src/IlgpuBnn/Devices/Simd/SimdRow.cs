using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Forward pass of one row through all particles, on the calling thread.</summary>
/// <remarks>Vectors hold units; the vectors of rows of <see cref="SimdBlock{TSimd, V}"/> would compute sixteen rows.</remarks>
internal sealed class SimdRowWorkspace<TSimd, V>(NetworkShape shape, int particles) : NetworkWorkspace
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private readonly SimdRowBlock<TSimd, V> _block = new(shape);

    public override void Run(NetworkBuffers buffers, DeviceRows data, RowRange rows, Action<ParticleBlock> pass)
    {
        SizeLimits.AssertFits(buffers, data, rows, shape, particles);
        _block.Attach(new SimdPass(buffers, data));
        for (int particle = 0; particle < particles; particle++)
        {
            _block.MoveTo(particle);
            pass(_block);
        }
    }
}

/// <summary>One particle over one row, with contiguous units.</summary>
internal sealed unsafe class SimdRowBlock<TSimd, V>(NetworkShape shape) : ParticleBlock
    where TSimd : struct, ISimd<V>
    where V : struct
{
    // Whole vectors are computed: the excess is overwritten by the next layer, and buffers have room for the last one's.
    private readonly SimdBuffer _units = new(shape.WorkspaceUnits);
    private SimdPass _pass;
    private int _particle;

    public override bool LastRows => true;

    private float* Theta => _pass.Particles + ((nint)_particle * shape.Stride);

    public void Attach(SimdPass pass) => _pass = pass;

    public void MoveTo(int particle) => _particle = particle;

    public override void CopyInputs(in InputCopy copy)
    {
        for (int i = 0; i < shape.Inputs; i++)
        {
            _units.Address[copy.Slot + i] = copy.Scale * _pass.Inputs[(nint)i * _pass.Stride];
        }
    }

    public override void DenseForward(in DenseTerm dense) => ForwardEpilogues.Run(dense.Outputs.Activation, new DenseWork(this, dense));

    public override void StoreOutputs()
    {
        int outputs = shape.Outputs.Count;
        float* to = _pass.Outputs + ((nint)_particle * outputs * _pass.Stride), from = _units.Address + shape.Outputs.Slot;
        for (int o = 0; o < outputs; o++)
        {
            to[(nint)o * _pass.Stride] = from[o];
        }
    }

    public override void DenseBackward(in DenseTerm dense) => throw ForwardOnly();

    public override void Likelihood(LikelihoodTerm likelihood) => throw ForwardOnly();

    public override void PriorGradient(LikelihoodTerm likelihood, PriorTerm prior) => throw ForwardOnly();

    private static InvalidOperationException ForwardOnly() => new("A workspace of one row only predicts. Use CreateWorkspace for gradients.");

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward<TEpilogue>(in DenseTerm dense)
        where TEpilogue : struct, IEpilogue
    {
        float* units = _units.Address;
        float* input = dense.Inputs.IsData ? _pass.Inputs : units + dense.Inputs.Slot;
        nint inputStride = dense.Inputs.IsData ? _pass.Stride : 1;
        float* weights = Theta + dense.WeightOffset, bias = Theta + dense.BiasOffset, output = units + dense.Outputs.Slot;
        int inputs = dense.Inputs.Count, outputs = dense.Outputs.Count, o = 0;
        for (; outputs - o > 2 * TSimd.Width; o += 4 * TSimd.Width)
        {
            FourVectors<TEpilogue>(input, inputStride, inputs, weights + o, outputs, bias + o, output + o);
        }

        for (; o < outputs; o += TSimd.Width)
        {
            OneVector<TEpilogue>(input, inputStride, inputs, weights + o, outputs, bias + o, output + o);
        }
    }

    private static void FourVectors<TEpilogue>(float* input, nint inputStride, int inputs, float* weights, nint weightStride, float* bias, float* output)
        where TEpilogue : struct, IEpilogue
    {
        int width = TSimd.Width;
        V a = TSimd.Load(bias), b = TSimd.Load(bias + width), c = TSimd.Load(bias + (2 * width)), d = TSimd.Load(bias + (3 * width));
        for (int i = 0; i < inputs; i++, weights += weightStride)
        {
            V x = TSimd.Create(input[i * inputStride]);
            a = TSimd.MultiplyAdd(x, TSimd.Load(weights), a);
            b = TSimd.MultiplyAdd(x, TSimd.Load(weights + width), b);
            c = TSimd.MultiplyAdd(x, TSimd.Load(weights + (2 * width)), c);
            d = TSimd.MultiplyAdd(x, TSimd.Load(weights + (3 * width)), d);
        }

        Four<V> derivative = default, value = TEpilogue.Apply<Four<TSimd, V>, Four<V>>(new Four<V>(a, b, c, d), default, ref derivative);
        TSimd.Store(output, value.A);
        TSimd.Store(output + width, value.B);
        TSimd.Store(output + (2 * width), value.C);
        TSimd.Store(output + (3 * width), value.D);
    }

    /// <summary>Four separate sums of every fourth input, to hide latency.</summary>
    private static void OneVector<TEpilogue>(float* input, nint inputStride, int inputs, float* weights, nint weightStride, float* bias, float* output)
        where TEpilogue : struct, IEpilogue
    {
        V a = TSimd.Load(bias), b = TSimd.Create(0f), c = b, d = b;
        int i = 0;
        for (; i + 4 <= inputs; i += 4, input += 4 * inputStride, weights += 4 * weightStride)
        {
            a = TSimd.MultiplyAdd(TSimd.Create(input[0]), TSimd.Load(weights), a);
            b = TSimd.MultiplyAdd(TSimd.Create(input[inputStride]), TSimd.Load(weights + weightStride), b);
            c = TSimd.MultiplyAdd(TSimd.Create(input[2 * inputStride]), TSimd.Load(weights + (2 * weightStride)), c);
            d = TSimd.MultiplyAdd(TSimd.Create(input[3 * inputStride]), TSimd.Load(weights + (3 * weightStride)), d);
        }

        for (; i < inputs; i++, input += inputStride, weights += weightStride)
        {
            a = TSimd.MultiplyAdd(TSimd.Create(*input), TSimd.Load(weights), a);
        }

        V derivative = default;
        TSimd.Store(output, TEpilogue.Apply<TSimd, V>(TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d)), default, ref derivative));
    }

    private readonly struct DenseWork(SimdRowBlock<TSimd, V> block, DenseTerm dense) : IEpilogueWork
    {
        public void Run<TEpilogue>()
            where TEpilogue : struct, IEpilogue => block.Forward<TEpilogue>(dense);
    }
}
