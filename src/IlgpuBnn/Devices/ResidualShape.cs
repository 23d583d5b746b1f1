using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices;

/// <summary>Fields that obey equations, as devices see them: networks with derivatives by their inputs, unknown numbers, and residuals at points.</summary>
/// <param name="Particles">Weights of all networks, then unknown numbers; behind the padding what is never trained.</param>
/// <param name="UnknownOffset">First unknown number.</param>
internal sealed record ResidualShape(
    ParticleShape Particles, IReadOnlyList<StreamNetwork> Networks, IReadOnlyList<UnknownTerm> Unknowns, int UnknownOffset, IReadOnlyList<ResidualTerm> Terms);

/// <summary>A network whose outputs are derived by its inputs.</summary>
/// <param name="Units">Of all layers.</param>
internal sealed record StreamNetwork(int Inputs, int Units, Units Outputs, IReadOnlyList<StreamLayer> Layers);

/// <summary>A dense layer, a copy of the inputs, or both.</summary>
/// <param name="Dense">Its weights' offset is one of the particle.</param>
/// <param name="IsTrained">Whether the weights have a gradient.</param>
internal sealed record StreamLayer(InputCopy? Copy, DenseTerm? Dense, bool IsTrained);

/// <summary>A number centre + scale * parameter, or centre * exp(scale * parameter).</summary>
internal readonly record struct UnknownTerm(double Centre, double Scale, bool IsPositive);

/// <summary>Residuals of one equation, or of observations.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Kernel">The equation's.</param>
/// <param name="Points">Of them.</param>
/// <param name="Coordinates">[point, coordinate], raw units.</param>
/// <param name="Inputs">[point, coordinate], as networks see them.</param>
/// <param name="InputScales">[coordinate]: what a raw unit is in these.</param>
/// <param name="Plans">[network]: derivatives.</param>
/// <param name="Places">[field, column], for the equation.</param>
/// <param name="Fields">Over all networks.</param>
/// <param name="Observed">Observed field; -1 for none.</param>
/// <param name="Targets">[particle][point]: of an observation; otherwise empty.</param>
internal sealed record ResidualTerm(
    string Name, Action<PointResidualArguments> Kernel, int Points, double[] Coordinates, double[] Inputs, double[] InputScales, IReadOnlyList<StreamPlan> Plans, int[] Places,
    IReadOnlyList<ResidualField> Fields, int Observed, IReadOnlyList<double[]> Targets);

/// <summary>A field of a network: centre + scale * output, then a linear map of its streams.</summary>
/// <param name="Index">Among the network's outputs.</param>
/// <param name="Map">[point, stream, 1 + stream]; empty for none.</param>
internal sealed record ResidualField(int Network, int Index, double Centre, double Scale, double[] Map);

/// <summary>Gradients of the log density of fields that obey equations, on a device.</summary>
internal abstract class ResidualWorkspace : IDisposable
{
    /// <param name="deviations">[particle, term]: standard deviations of the residuals.</param>
    public abstract void SetDeviations(ReadOnlySpan<double> deviations);

    /// <summary>Gradients of -(1/2) sum of squared residuals in their standard deviations; [S, stride] both.</summary>
    public abstract void Gradient(DeviceBuffer particles, DeviceBuffer gradients);

    /// <summary>[particle, term]: sums of squared residuals in their standard deviations, of the last gradient.</summary>
    public abstract float[] Squares();

    public abstract void Dispose();
}
