using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Forward pass of one row through all particles, on the calling thread.</summary>
/// <remarks>Vectors hold units; the vectors of rows of <see cref="SimdBlock{TSimd, V}"/> would compute sixteen rows.</remarks>
/// <param name="states">Numbers of a particle's state, kept from row to row; 0 for none.</param>
internal sealed class SimdRowWorkspace<TSimd, V>(NetworkShape shape, int particles, int states = 0) : NetworkWorkspace
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private readonly SimdRowBlock<TSimd, V> _block = new(shape, particles, states);

    public override void ClearStates() => _block.ClearStates();

    public override void Run(NetworkBuffers buffers, DeviceRows data, RowRange rows, Action<ParticleBlock> pass, bool adds = false)
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
internal sealed unsafe partial class SimdRowBlock<TSimd, V>(NetworkShape shape, int particles, int states) : ParticleBlock
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

    public void MoveTo(int particle) => (_particle, _stateAt) = (particle, particle * states);

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

    public override void ConvolutionBackward(ConvolutionTerm convolution) => throw ForwardOnly();

    public override void FieldMeanBackward(FieldMeanTerm mean) => throw ForwardOnly();

    public override void RecurrentBackward(RecurrentTerm recurrent) => throw ForwardOnly();

    public override void Likelihood(LikelihoodTerm likelihood) => throw ForwardOnly();

    public override void AddToOutputSystem(OutputSystem system) => throw ForwardOnly();

    public override void PriorGradient(LikelihoodTerm likelihood, PriorTerm prior) => throw ForwardOnly();

    private static InvalidOperationException ForwardOnly() => new("A workspace of one row only predicts. Use CreateWorkspace for gradients.");

    private void Forward<TEpilogue>(in DenseTerm dense)
        where TEpilogue : struct, IEpilogue
    {
        float* input = InputOf(dense.Inputs, out nint inputStride);
        Products<TEpilogue, WholeProduct>(
            default, input, inputStride, dense.Inputs.Count, Theta + dense.WeightOffset, Theta + dense.BiasOffset,
            _units.Address + dense.Outputs.Slot, dense.Outputs.Count);
    }

    /// <param name="weights">[part, input, output].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products<TEpilogue, TParts>(
        TParts parts, float* input, nint inputStride, int inputs, float* weights, float* bias, float* output, int outputs)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        int o = 0;
        for (; outputs - o > 2 * TSimd.Width; o += 4 * TSimd.Width)
        {
            FourVectors<TEpilogue, TParts>(parts, input, inputStride, inputs, weights + o, outputs, bias + o, output + o);
        }

        for (; o < outputs; o += TSimd.Width)
        {
            OneVector<TEpilogue, TParts>(parts, input, inputStride, inputs, weights + o, outputs, bias + o, output + o);
        }
    }

    private static void FourVectors<TEpilogue, TParts>(
        TParts parts, float* input, nint inputStride, int inputs, float* weights, nint weightStride, float* bias, float* output)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        int width = TSimd.Width;
        V a = TSimd.Load(bias), b = TSimd.Load(bias + width), c = TSimd.Load(bias + (2 * width)), d = TSimd.Load(bias + (3 * width));
        for (int part = 0; part < parts.Count; part++)
        {
            float* from = input + parts.Rows(part), w = weights + (parts.Weights(part) * inputs * weightStride);
            for (int i = 0; i < inputs; i++, w += weightStride)
            {
                V x = TSimd.Create(from[i * inputStride]);
                a = TSimd.MultiplyAdd(x, TSimd.Load(w), a);
                b = TSimd.MultiplyAdd(x, TSimd.Load(w + width), b);
                c = TSimd.MultiplyAdd(x, TSimd.Load(w + (2 * width)), c);
                d = TSimd.MultiplyAdd(x, TSimd.Load(w + (3 * width)), d);
            }
        }

        Four<V> derivative = default, value = TEpilogue.Apply<Four<TSimd, V>, Four<V>>(new Four<V>(a, b, c, d), default, ref derivative);
        TSimd.Store(output, value.A);
        TSimd.Store(output + width, value.B);
        TSimd.Store(output + (2 * width), value.C);
        TSimd.Store(output + (3 * width), value.D);
    }

    /// <summary>Four separate sums of every fourth input, to hide latency.</summary>
    private static void OneVector<TEpilogue, TParts>(
        TParts parts, float* input, nint inputStride, int inputs, float* weights, nint weightStride, float* bias, float* output)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        V a = TSimd.Load(bias), b = TSimd.Create(0f), c = b, d = b;
        for (int part = 0; part < parts.Count; part++)
        {
            float* from = input + parts.Rows(part), w = weights + (parts.Weights(part) * inputs * weightStride);
            int i = 0;
            for (; i + 4 <= inputs; i += 4, from += 4 * inputStride, w += 4 * weightStride)
            {
                a = TSimd.MultiplyAdd(TSimd.Create(from[0]), TSimd.Load(w), a);
                b = TSimd.MultiplyAdd(TSimd.Create(from[inputStride]), TSimd.Load(w + weightStride), b);
                c = TSimd.MultiplyAdd(TSimd.Create(from[2 * inputStride]), TSimd.Load(w + (2 * weightStride)), c);
                d = TSimd.MultiplyAdd(TSimd.Create(from[3 * inputStride]), TSimd.Load(w + (3 * weightStride)), d);
            }

            for (; i < inputs; i++, from += inputStride, w += weightStride)
            {
                a = TSimd.MultiplyAdd(TSimd.Create(*from), TSimd.Load(w), a);
            }
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
