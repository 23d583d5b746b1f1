using IlgpuBnn.Kernels;

namespace IlgpuBnn.Equations;

/// <summary>An equation as <see cref="PointResiduals"/> calls it: the compiler of the GPU puts it into a kernel of its own.</summary>
internal readonly unsafe struct DeviceResidual<TEquation> : IPointResidual
    where TEquation : IEquation
{
    public static KernelDual At(ref int places, ref double coordinates, ref KernelDual streams, ref KernelDual unknowns, ResidualSizes sizes)
    {
        fixed (int* place = &places)
        fixed (double* coordinate = &coordinates)
        fixed (KernelDual* stream = &streams, unknown = &unknowns)
        {
            var point = new EquationPoint<SingleDual>(place, coordinate, (SingleDual*)stream, (SingleDual*)unknown, DevicePoint.Sizes(sizes));
            SingleDual residual = TEquation.Residual(in point);
            return KernelDual.Of(residual.Value, residual.Tangent);
        }
    }
}

/// <summary>The observed field.</summary>
internal readonly unsafe struct DeviceObservation : IPointResidual
{
    public static KernelDual At(ref int places, ref double coordinates, ref KernelDual streams, ref KernelDual unknowns, ResidualSizes sizes)
    {
        fixed (int* place = &places)
        fixed (double* coordinate = &coordinates)
        fixed (KernelDual* stream = &streams, unknown = &unknowns)
        {
            var point = new EquationPoint<SingleDual>(place, coordinate, (SingleDual*)stream, (SingleDual*)unknown, DevicePoint.Sizes(sizes));
            SingleDual value = point.Value(sizes.Field);
            return KernelDual.Of(value.Value, value.Tangent);
        }
    }
}

/// <summary>Counts of a point in a kernel.</summary>
internal static class DevicePoint
{
    public static PointSizes Sizes(ResidualSizes own)
    {
        PointSizes sizes = default;
        sizes.Fields = own.Fields;
        sizes.Inputs = own.Inputs;
        sizes.Streams = own.Streams;
        sizes.Unknowns = own.Unknowns;
        sizes.Columns = FieldPlan.FirstColumn + own.Inputs + (own.Inputs * own.Inputs);
        sizes.Stride = own.Stride;
        sizes.Takes = NoteTaking.None;
        return sizes;
    }
}
