using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn;

/// <summary>A particle at its end.</summary>
internal sealed record EquationParticle(EquationSystem System, double[] Parameters, LeastSquaresResult Result);

/// <summary>All particles' least squares, and between them the precisions that are learnt.</summary>
internal sealed class EquationSearch(EquationProblem problem, Network[] networks, EquationOptions options, Device? device, CancellationToken cancellation)
{
    // Residuals are about 1 where an equation's standard deviation is right; far more is another valley.
    private const double StalledResidual = 2.5;

    // Least squares given the precisions, precisions given the residuals, in turns: both lower the same function, so they settle.
    private const int MaxRounds = 30, RoundSteps = 20;
    private const double SettledChange = 0.01;

    // Steps of Adam between two looks at what they have come to.
    private const int CheckInterval = 100;

    // Between two looks squares change by their own rounding and Adam's noise, however long it goes on.
    private const double DefaultAdamStep = 0.01, SettledSquares = 1e-3;

    // Of a CPU, the device says how many cores.
    private readonly ParallelOptions _parallel = new()
    {
        CancellationToken = cancellation,
        MaxDegreeOfParallelism = device is { HasResiduals: false } ? device.Description.Units : -1,
    };

    /// <exception cref="ArgumentException">A residual is not finite at the start, or a device cannot do what is asked.</exception>
    /// <exception cref="ArithmeticException">A particle is not finite after some steps of Adam.</exception>
    public EquationParticle[] Run()
    {
        EquationSystem[] systems = [.. Enumerable.Range(0, options.Particles).Select(s => EquationSystem.Of(problem, networks, options.Seed, s, 0))];
        Array.ForEach(systems, RequireFinite);
        if (options.AdamSteps > 0)
        {
            return Climb(systems);
        }

        var particles = new EquationParticle[systems.Length];
        Parallel.For(0, particles.Length, _parallel, s => particles[s] = Best(systems[s], s));
        if (problem.Equations.Any(own => own.Precision is LearntPrecision))
        {
            LearnPrecisions(particles);
        }

        return particles;
    }

    private static void RequireFinite(EquationSystem system)
    {
        var residuals = new double[system.ResidualCount];
        system.Evaluate(system.Anchors, residuals, []);
        if (system.FindNotFinite(residuals) is { } what)
        {
            throw new ArgumentException($"The residual of {what}. Leave the point out, or write the equation so that it is finite there.");
        }
    }

    private EquationParticle Best(EquationSystem first, int particle)
    {
        EquationParticle? best = null;
        for (int start = 0; start < options.Starts; start++)
        {
            EquationSystem system = start == 0 ? first : EquationSystem.Of(problem, networks, options.Seed, particle, start);
            double[] parameters = [.. system.Anchors];
            LeastSquaresResult result = LevenbergMarquardt.Minimise(system, parameters, options.MaxSteps, options.Tolerance, cancellation);
            if (best is null || result.Squares < best.Result.Squares)
            {
                best = new EquationParticle(system, parameters, result);
            }

            if (best.Result.Residuals.RootMeanSquare() < StalledResidual)
            {
                break;
            }
        }

        return best!;
    }

    /// <summary>All particles at once by Adam; those whose residuals stay large start anew.</summary>
    private EquationParticle[] Climb(EquationSystem[] systems)
    {
        EquationParticle[] best = Climb(systems, [.. Enumerable.Range(0, systems.Length)]);

        // A shared precision is that of all particles together.
        int starts = problem.Equations.Any(own => own.Precision is LearntPrecision { Shared: true }) ? 1 : options.Starts;
        for (int start = 1; start < starts; start++)
        {
            int[] stalled = [.. Enumerable.Range(0, best.Length).Where(s => best[s].Result.Residuals.RootMeanSquare() >= StalledResidual)];
            if (stalled.Length == 0)
            {
                break;
            }

            EquationParticle[] others = Climb([.. stalled.Select(s => EquationSystem.Of(problem, networks, options.Seed, s, start))], stalled);
            for (int k = 0; k < stalled.Length; k++)
            {
                best[stalled[k]] = others[k].Result.Squares < best[stalled[k]].Result.Squares ? others[k] : best[stalled[k]];
            }
        }

        return best;
    }

    /// <param name="numbers">Of the particles.</param>
    private EquationParticle[] Climb(EquationSystem[] systems, int[] numbers)
    {
        using EquationGradients gradients = device is { HasResiduals: true } ? new DeviceGradients(device, problem, networks, systems) : new ProcessorGradients(systems, _parallel);
        double[][] draws = [.. systems.Select((own, s) => Draws(own, numbers[s]))];
        double[] before = [], after = [];
        for (int iteration = 1; iteration <= options.AdamSteps; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            gradients.Step(options.Adam, (options.Adam.StepSize ?? DefaultAdamStep) * options.Adam.StepFactor(iteration, options.AdamSteps), iteration);
            if (iteration % CheckInterval == 0 || iteration == options.AdamSteps)
            {
                double[] squares = gradients.Squares();
                (before, after) = (after, [.. squares.Chunk(squares.Length / systems.Length).Select(own => own.Sum())]);
                RequireFinite(after, numbers, iteration);
                UpdatePrecisions(systems, draws, (s, equation) => MeanSquare(systems[s], equation, squares[(s * (systems[s].Offsets.Count - 1)) + equation]));
                gradients.ReadDeviations();
            }
        }

        double[][] parameters = gradients.Parameters();
        RequireFinite([.. parameters.Select(own => own.Sum())], numbers, options.AdamSteps);
        return [.. systems.Select((own, s) => Judged(own, parameters[s], before.Length > 0 && Math.Abs(before[s] - after[s]) < SettledSquares * after[s]))];
    }

    /// <summary>In double precision, wherever the particle was found.</summary>
    private EquationParticle Judged(EquationSystem system, double[] parameters, bool settled)
    {
        var residuals = new double[system.ResidualCount];
        system.Evaluate(parameters, residuals, []);
        return new EquationParticle(system, parameters, new LeastSquaresResult(system.SquaresAt(parameters, residuals), residuals, options.AdamSteps, settled));
    }

    private void RequireFinite(double[] values, int[] numbers, int iteration)
    {
        int bad = Array.FindIndex(values, own => !double.IsFinite(own));
        if (bad >= 0)
        {
            string where = device is { HasResiduals: true } ? $", in single precision on {device.Description.Id}" : "";
            throw new ArithmeticException(
                $"Particle {numbers[bad] + 1} is not finite after {iteration} steps of Adam{where}. Take smaller steps, or scale fields and equations to about 1.");
        }
    }

    private static double MeanSquare(EquationSystem system, int equation, double squares) =>
        squares * system.DeviationOf(equation) * system.DeviationOf(equation) / (system.Offsets[equation + 1] - system.Offsets[equation]);

    private void LearnPrecisions(EquationParticle[] particles)
    {
        double[][] draws = [.. particles.Select((own, s) => Draws(own.System, s))];
        EquationSystem[] systems = [.. particles.Select(own => own.System)];
        bool settled = false;
        for (int round = 0; round < MaxRounds && !settled; round++)
        {
            settled = UpdatePrecisions(systems, draws, (s, equation) => systems[s].MeanSquareOf(equation, particles[s].Result.Residuals)) < SettledChange;
            if (!settled)
            {
                Parallel.For(0, particles.Length, _parallel, s => particles[s] = GoneOn(particles[s]));
            }
        }

        for (int s = 0; s < particles.Length && !settled; s++)
        {
            particles[s] = particles[s] with { Result = particles[s].Result with { Converged = false } };
        }
    }

    /// <summary>[equation]: of a particle's own precision, the draw from its distribution over that one's mean, whatever the residuals are; otherwise 1.</summary>
    private double[] Draws(EquationSystem system, int particle)
    {
        Random random = RandomStreams.Open(options.Seed, RandomStreams.Purpose.Draws, particle);
        return
        [
            .. problem.Equations.Select((term, equation) =>
            {
                if (term.Precision is not LearntPrecision { Shared: false } own)
                {
                    return 1;
                }

                double shape = own.Freedom(system.Offsets[equation + 1] - system.Offsets[equation]) / 2;
                return Gamma.Sample(random, shape, shape);
            }),
        ];
    }

    /// <param name="meanSquare">Of a particle's equation, in the residual's unit squared.</param>
    /// <returns>The largest change of a standard deviation's logarithm.</returns>
    private double UpdatePrecisions(EquationSystem[] systems, double[][] draws, Func<int, int, double> meanSquare)
    {
        double largest = 0;
        for (int equation = 0; equation < problem.Equations.Count; equation++)
        {
            if (problem.Equations[equation].Precision is not LearntPrecision learnt)
            {
                continue;
            }

            double[] squares = [.. systems.Select((_, s) => meanSquare(s, equation))];
            double shared = squares.Average();
            for (int s = 0; s < systems.Length; s++)
            {
                double before = systems[s].DeviationOf(equation), after = learnt.Deviation(learnt.Shared ? shared : squares[s]) / Math.Sqrt(draws[s][equation]);
                systems[s].SetDeviation(equation, after);
                largest = Math.Max(largest, Math.Abs(Math.Log(after / before)));
            }
        }

        return largest;
    }

    private EquationParticle GoneOn(EquationParticle particle)
    {
        LeastSquaresResult result = LevenbergMarquardt.Minimise(particle.System, particle.Parameters, Math.Min(RoundSteps, options.MaxSteps), options.Tolerance, cancellation);
        return particle with { Result = result with { Steps = particle.Result.Steps + result.Steps } };
    }
}
