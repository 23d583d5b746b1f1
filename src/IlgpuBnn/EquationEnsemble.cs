using System.Runtime.InteropServices;
using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn;

/// <summary>Settings of a search for fields that obey equations.</summary>
public sealed record EquationOptions
{
    /// <summary>Particles, each a draw from the posterior: networks and unknowns of its own. At least 2. Default 10.</summary>
    public int Particles { get; init; } = 10;

    /// <summary>
    /// Steps of Levenberg and Marquardt's method for each particle, at most; where precisions are learnt, some more after each change of them. Default 100. Without effect where
    /// <see cref="AdamSteps"/> are taken.
    /// </summary>
    public int MaxSteps { get; init; } = 100;

    /// <summary>Relative fall of the sum of squares below which a particle stops. Above 0. Default 1e-5.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>
    /// Above 0: so many steps of Adam along the gradient in the place of Levenberg and Marquardt's method, which is more exact, and faster up to about a thousand
    /// weights. Thousands are sensible. The only way on a GPU. Default 0.
    /// </summary>
    public int AdamSteps { get; init; }

    /// <summary>Of these steps; their size is 0.01 unless it is given.</summary>
    public AdamOptions Adam { get; init; } = new();

    /// <summary>Starts of a particle whose residuals stay large; the best is kept. With Adam and a shared precision there is one. Default 3.</summary>
    public int Starts { get; init; } = 3;

    /// <summary>Seed of everything that is drawn. Default 0.</summary>
    public int Seed { get; init; }

    internal void Validate(Device? device) => OptionChecks.Require(
    [
        .. OptionChecks.Problems(
            (Particles >= 2, $"Particles is {Particles}; it must be at least 2."),
            (MaxSteps >= 1, $"MaxSteps is {MaxSteps}; it must be at least 1."),
            (AdamSteps >= 0, $"AdamSteps is {AdamSteps}; it must be at least 0."),
            (Starts >= 1, $"Starts is {Starts}; it must be at least 1."),
            (OptionChecks.IsPositive(Tolerance), $"Tolerance is {Tolerance}; it must be above 0."),
            (AdamSteps > 0 || device is not { HasResiduals: true },
                $"The device is {device?.Description.Id} ({device?.Description.Name}), and AdamSteps is 0: Levenberg and Marquardt's method needs double precision and runs on the CPU. Set AdamSteps, or leave the device out.")),
        .. Adam.Problems(),
    ]);
}

/// <summary>How a particle ended.</summary>
/// <param name="Steps">Of the start that was kept.</param>
/// <param name="Converged">Whether its sum of squares fell no more; of Adam, whether it changed by less than 0.1 % over the last 100 steps.</param>
/// <param name="EquationResidual">Root mean square of the equations' residuals, in their standard deviations.</param>
/// <param name="ObservationResidual">The same of observations: about the root of 2 with errors of its own.</param>
public sealed record ParticleOutcome(int Steps, bool Converged, double EquationResidual, double ObservationResidual);

/// <summary>
/// Fields that obey equations and agree with observations, with the equations' unknown numbers: an anchored ensemble, each particle of which minimises squared residuals of
/// equations, of observations with errors of its own, and of distances from its own draw from the prior. In double precision, on all cores; or, by Adam, on a GPU in single precision.
/// </summary>
public sealed class EquationEnsemble
{
    private readonly EquationProblem _problem;
    private readonly Network[] _networks;
    private readonly double[][][] _particles;

    private EquationEnsemble(EquationProblem problem, Network[] networks, EquationParticle[] particles, double[,] unknowns, double[,] deviations)
    {
        (_problem, _networks, Unknowns, EquationDeviations) = (problem, networks, unknowns, deviations);
        _particles = [.. particles.Select(own => own.System.NetworksAt(own.Parameters))];
        Outcomes = [.. particles.Select(own => Outcome(problem, own.System, own.Result))];
    }

    /// <summary>Names of the fields, over all networks.</summary>
    public IReadOnlyList<string> FieldNames => [.. _problem.Fields.Select(own => own.Name)];

    /// <summary>[particle, unknown]: the equations' unknown numbers, raw units.</summary>
    public double[,] Unknowns { get; }

    /// <summary>[particle, equation]: standard deviations of the equations' residuals, in their units; where they were learnt or balanced, what was found.</summary>
    public double[,] EquationDeviations { get; }

    /// <summary>[particle].</summary>
    public IReadOnlyList<ParticleOutcome> Outcomes { get; }

    /// <summary>Seeks fields and unknowns.</summary>
    /// <param name="problem">Coordinates, networks, equations.</param>
    /// <param name="options">Default: as <see cref="EquationOptions"/> says.</param>
    /// <param name="device">
    /// Default the CPU, in double precision. A GPU takes <see cref="EquationOptions.AdamSteps"/> in single precision, with all that a problem may have; it starts where the CPU
    /// would, and what it found is judged on the CPU (<see cref="Outcomes"/>, <see cref="Predict"/>).
    /// </param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="ArgumentException">
    /// The problem or an option makes no sense, an activation lacks a derivative, the device cannot do what is asked, or a residual is not finite at the start; the message says which point.
    /// </exception>
    /// <exception cref="ArithmeticException">A particle was no longer finite: Adam's steps are too large, or numbers too far from 1 for the device.</exception>
    /// <exception cref="DeviceException">The device cannot compile an equation, has no room, or fails.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static EquationEnsemble Fit(EquationProblem problem, EquationOptions? options = null, Device? device = null, CancellationToken cancellation = default)
    {
        options ??= new EquationOptions();
        problem.Validate();
        options.Validate(device);
        Network[] networks = EquationSystem.NetworksOf(problem);
        EquationParticle[] particles = new EquationSearch(problem, networks, options, device, cancellation).Run();
        int unknowns = problem.Unknowns.Count;
        var values = new double[options.Particles, unknowns];
        for (int k = 0; k < values.Length; k++)
        {
            (int s, int unknown) = Math.DivRem(k, unknowns);
            double[] parameters = particles[s].Parameters;
            values[s, unknown] = EquationResiduals.Raw(problem.Unknowns[unknown], parameters[parameters.Length - unknowns + unknown]);
        }

        var deviations = new double[options.Particles, problem.Equations.Count];
        for (int k = 0; k < deviations.Length; k++)
        {
            (int s, int equation) = Math.DivRem(k, problem.Equations.Count);
            deviations[s, equation] = particles[s].System.DeviationOf(equation);
        }

        return new EquationEnsemble(problem, networks, particles, values, deviations);
    }

    /// <summary>Fields at points: [particle, row, field], raw units.</summary>
    /// <param name="points">[row, coordinate], raw units.</param>
    /// <exception cref="ArgumentException">The points have another number of coordinates.</exception>
    public double[,,] Predict(double[,] points)
    {
        int rows = points.GetLength(0), coordinates = _problem.Coordinates.Count;
        if (points.GetLength(1) != coordinates)
        {
            throw new ArgumentException($"The points have {points.GetLength(1)} coordinates; the fields have {coordinates}.", nameof(points));
        }

        (double[] inputs, double[] scales) = EquationResiduals.Scaled(_problem.Coordinates, points);
        Field[] fields = [.. _problem.Fields];
        var result = new double[_particles.Length, rows, fields.Length];
        Parallel.For(0, _particles.Length, s =>
        {
            int field = 0;
            for (int n = 0; n < _networks.Length; n++)
            {
                var streams = new DerivativeStreams(_networks[n], StreamPlan.Values, rows);
                streams.Forward(_particles[s][n], inputs, scales);
                for (int f = 0; f < _problem.Networks[n].Fields.Count; f++, field++)
                {
                    for (int row = 0; row < rows; row++)
                    {
                        double raw = EquationResiduals.Raw(fields[field], streams[row, 0, f]);
                        result[s, row, field] = fields[field] switch
                        {
                            { Positive: true } => Math.Exp(raw),
                            { Form: { } form } => form.Apply(MemoryMarshal.CreateReadOnlySpan(ref points[row, 0], coordinates), raw),
                            _ => raw,
                        };
                    }
                }
            }
        });
        return result;
    }

    /// <summary>
    /// An interval for a quantity of which each particle has a value: Student's t with S - 1 degrees of freedom, as the spread of few particles is itself uncertain.
    /// </summary>
    /// <param name="values">[particle].</param>
    /// <param name="level">In (0, 1).</param>
    public static (double Lower, double Upper) Interval(IReadOnlyList<double> values, double level)
    {
        if (!(level is > 0 and < 1) || values.Count < 2)
        {
            throw new ArgumentException($"An interval of level {level} of {values.Count} values; the level must be between 0 and 1, and there must be at least 2 values.");
        }

        (double mean, double deviation) = values.MeanStandardDeviation();
        double half = StudentT.InvCDF(0, 1, values.Count - 1, (1 + level) / 2) * deviation * Math.Sqrt(1 + (1.0 / values.Count));
        return (mean - half, mean + half);
    }

    private static ParticleOutcome Outcome(EquationProblem problem, EquationSystem system, LeastSquaresResult result)
    {
        int equations = system.Offsets[problem.Equations.Count];
        return new ParticleOutcome(
            result.Steps, result.Converged, result.Residuals.Take(equations).RootMeanSquare(),
            equations < result.Residuals.Length ? result.Residuals.Skip(equations).RootMeanSquare() : 0);
    }
}
