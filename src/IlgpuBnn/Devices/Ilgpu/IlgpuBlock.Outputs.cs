using ILGPU;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

internal sealed partial class IlgpuBlock
{
    public override void AddToOutputSystem(OutputSystem system)
    {
        UnitRows inputs = Slot(system.Layer.Inputs.Slot);
        ArrayView<float> sums = Own(_buffers.OutputSystem!, system.Stride);
        device.Kernels.PresentRows.Launch(new Index3D(_particles, 1, 1), new Index3D(device.Sizes.Line, 1, 1), new PresentRowsArguments
        {
            Values = inputs,
            Targets = _targets,
            Sums = sums,
            Units = system.Inputs,
            Rows = _quads,
            Stride = system.Stride,
            CountOffset = system.CountOffset,
        });
        SumProducts(inputs, system.Inputs, inputs, system.Inputs, sums, system.Stride, 0, 1, _quads);
        SumProducts(inputs, system.Inputs, Slot(system.Layer.Outputs.Slot), system.Outputs, sums, system.Stride, system.GradientOffset, 1, _quads);
    }
}
