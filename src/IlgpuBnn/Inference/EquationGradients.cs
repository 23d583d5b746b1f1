using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>All particles of fields that obey equations, which climb along the gradients of their log densities by Adam.</summary>
internal abstract class EquationGradients : IDisposable
{
    /// <summary>One step of ascent.</summary>
    /// <param name="iteration">From 1.</param>
    public abstract void Step(AdamOptions adam, double stepSize, int iteration);

    /// <summary>[particle][parameter].</summary>
    public abstract double[][] Parameters();

    /// <summary>[particle, term]: sums of squared residuals in their standard deviations, before the last step.</summary>
    public abstract double[] Squares();

    /// <summary>Takes the systems' standard deviations, after they have changed.</summary>
    public abstract void ReadDeviations();

    public abstract void Dispose();
}

/// <summary>On the CPU, in double precision, a particle per core.</summary>
internal sealed class ProcessorGradients(IReadOnlyList<EquationSystem> systems, ParallelOptions parallel) : EquationGradients
{
    private readonly double[][] _parameters = [.. systems.Select(own => (double[])own.Anchors.Clone())];
    private readonly double[][] _first = [.. systems.Select(own => new double[own.ParameterCount])];
    private readonly double[][] _second = [.. systems.Select(own => new double[own.ParameterCount])];
    private readonly double[][] _gradients = [.. systems.Select(own => new double[own.ParameterCount])];
    private readonly double[][] _residuals = [.. systems.Select(own => new double[own.ResidualCount])];

    public override void Step(AdamOptions adam, double stepSize, int iteration) => Parallel.For(0, systems.Count, parallel, s =>
    {
        (double[] parameters, double[] first, double[] second, double[] gradient) = (_parameters[s], _first[s], _second[s], _gradients[s]);
        systems[s].Gradient(parameters, _residuals[s], gradient);
        double ofFirst = 1 / (1 - Math.Pow(adam.Beta1, iteration)), ofSecond = 1 / (1 - Math.Pow(adam.Beta2, iteration));
        for (int p = 0; p < parameters.Length; p++)
        {
            first[p] = (adam.Beta1 * first[p]) + ((1 - adam.Beta1) * gradient[p]);
            second[p] = (adam.Beta2 * second[p]) + ((1 - adam.Beta2) * gradient[p] * gradient[p]);
            parameters[p] -= stepSize * ofFirst * first[p] / (Math.Sqrt(second[p] * ofSecond) + adam.Epsilon);
        }
    });

    public override double[][] Parameters() => [.. _parameters.Select(own => (double[])own.Clone())];

    public override double[] Squares() =>
    [
        .. systems.SelectMany((own, s) => Enumerable.Range(0, own.Offsets.Count - 1)
            .Select(t => _residuals[s].Skip(own.Offsets[t]).Take(own.Offsets[t + 1] - own.Offsets[t]).Sum(residual => residual * residual))),
    ];

    public override void ReadDeviations()
    {
        // They are read at every step.
    }

    public override void Dispose()
    {
    }
}

/// <summary>On a GPU, in single precision, all particles at once.</summary>
internal sealed class DeviceGradients : EquationGradients
{
    private readonly Device _device;
    private readonly EquationShape _layout;
    private readonly IReadOnlyList<EquationSystem> _systems;
    private readonly ResidualWorkspace _residuals;
    private readonly DeviceBuffer _particles, _anchors, _precisions, _gradients, _first, _second;

    /// <exception cref="ArgumentException">A layer has no derivatives by inputs on a device.</exception>
    /// <exception cref="DeviceException">There is no room, or an equation does not compile.</exception>
    public DeviceGradients(Device device, EquationProblem problem, IReadOnlyList<Network> networks, IReadOnlyList<EquationSystem> systems)
    {
        (_device, _systems, _layout) = (device, systems, new EquationShape(problem, networks, systems));
        ParticleShape shape = Shape;
        long length = (long)shape.Particles * shape.Stride;
        _residuals = device.CreateResiduals(_layout.Shape);
        (_particles, _anchors, _gradients) = (device.Allocate(length), device.Allocate(length), device.Allocate(length));
        (_first, _second, _precisions) = (device.Allocate(length), device.Allocate(length), device.Allocate(shape.Stride));
        float[] anchors = _layout.Pack([.. systems.Select(own => own.Anchors)]);
        _particles.Upload(anchors);
        _anchors.Upload(anchors);
        _precisions.Upload(_layout.Precisions());
        _first.Clear();
        _second.Clear();
        ReadDeviations();
    }

    private ParticleShape Shape => _layout.Shape.Particles;

    public override void Step(AdamOptions adam, double stepSize, int iteration)
    {
        Gradient();
        _device.AdamStep(_particles, _gradients, _first, _second, Shape, adam.Step(stepSize, iteration));
    }

    /// <summary>For tests: gradients of the log densities at the particles as they are.</summary>
    public double[][] GradientsNow()
    {
        Gradient();
        return _layout.Unpack(_gradients.ToArray());
    }

    public override double[][] Parameters() => _layout.Unpack(_particles.ToArray());

    public override double[] Squares() => Array.ConvertAll(_residuals.Squares(), own => (double)own);

    public override void ReadDeviations() => _residuals.SetDeviations([.. _systems.SelectMany(own => own.Deviations)]);

    public override void Dispose()
    {
        _residuals.Dispose();
        foreach (DeviceBuffer buffer in new[] { _particles, _anchors, _precisions, _gradients, _first, _second })
        {
            buffer.Dispose();
        }
    }

    private void Gradient()
    {
        _residuals.Gradient(_particles, _gradients);
        _device.AnchorGradient(_particles, _anchors, _precisions, Shape, _gradients);
    }
}
