using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The CPU device's operations for anchored ensembles, one particle per item.</summary>
/// <remarks>Delegates are created once, so that an iteration allocates nothing.</remarks>
internal sealed unsafe class AnchoredOperations<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private readonly WorkCrew _crew;
    private readonly Action<int, int> _scaleWeights;
    private readonly Action<int, int> _scaleGradients;
    private readonly Action<int, int> _pull;
    private readonly Lock _oneCall = new();
    private AnchoredCall _call;

    public AnchoredOperations(WorkCrew crew)
    {
        _crew = crew;
        (_scaleWeights, _scaleGradients, _pull) = (ScaleWeights, ScaleGradients, Pull);
    }

    public void ScaleWeights(AnchoredCall call) => Run(call, _scaleWeights);

    public void ScaleGradients(AnchoredCall call) => Run(call, _scaleGradients);

    public void AddPull(AnchoredCall call) => Run(call, _pull);

    private void Run(AnchoredCall call, Action<int, int> work)
    {
        lock (_oneCall)
        {
            _call = call;
            _crew.Run(call.Shape.Particles, 4L * call.Shape.Particles * call.Shape.Stride, work);
        }
    }

    private void ScaleWeights(int particle, int lane)
    {
        nint at = (nint)particle * _call.Shape.Stride;
        InputScales<TSimd, V>.Apply(_call.Particles + at, _call.Scaled + at, _call.Shape.Stride, _call.Scales);
    }

    private void ScaleGradients(int particle, int lane)
    {
        nint at = (nint)particle * _call.Shape.Stride;
        InputScales<TSimd, V>.Gradient(_call.Particles + at, _call.Scaled + at, _call.Gradients + at, _call.Scales);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pull(int particle, int lane)
    {
        nint at = (nint)particle * _call.Shape.Stride;
        float* theta = _call.Particles + at, anchor = _call.Anchors + at, gradient = _call.Gradients + at, precision = _call.Precisions;
        for (int p = 0; p < _call.Shape.Stride; p += TSimd.Width)
        {
            V pull = TSimd.Subtract(TSimd.Load(anchor + p), TSimd.Load(theta + p));
            TSimd.Store(gradient + p, TSimd.MultiplyAdd(TSimd.Load(precision + p), pull, TSimd.Load(gradient + p)));
        }
    }
}

/// <summary>Arguments of an operation, which sets those it needs.</summary>
internal unsafe struct AnchoredCall
{
    public float* Particles;
    public float* Scaled;
    public float* Gradients;
    public float* Anchors;
    public float* Precisions;
    public ParticleShape Shape;
    public RelevanceTerm Scales;
}
