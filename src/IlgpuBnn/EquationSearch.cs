using IlgpuBnn.Data;
using IlgpuBnn.Equations;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn;

/// <summary>A particle at its end.</summary>
internal sealed record EquationParticle(EquationSystem System, double[] Parameters, LeastSquaresResult Result);

/// <summary>All particles' least squares, and between them the precisions that are learnt.</summary>
internal sealed class EquationSearch(EquationProblem problem, Network[] networks, EquationOptions options, CancellationToken cancellation)
{
    // Residuals are about 1 where an equation's standard deviation is right; far more is another valley.
    private const double StalledResidual = 2.5;

    // Least squares given the precisions, precisions given the residuals, in turns: both lower the same function, so they settle.
    private const int MaxRounds = 30, RoundSteps = 20;
    private const double SettledChange = 0.01;

    private readonly ParallelOptions _parallel = new() { CancellationToken = cancellation };

    /// <exception cref="ArgumentException">A residual is not finite at the start.</exception>
    public EquationParticle[] Run()
    {
        EquationSystem[] systems = [.. Enumerable.Range(0, options.Particles).Select(s => EquationSystem.Of(problem, networks, options.Seed, s, 0))];
        Array.ForEach(systems, RequireFinite);
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

    private void LearnPrecisions(EquationParticle[] particles)
    {
        double[][] draws = [.. particles.Select((own, s) => Draws(own.System, s))];
        bool settled = false;
        for (int round = 0; round < MaxRounds && !settled; round++)
        {
            settled = UpdatePrecisions(particles, draws) < SettledChange;
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

    /// <returns>The largest change of a standard deviation's logarithm.</returns>
    private double UpdatePrecisions(EquationParticle[] particles, double[][] draws)
    {
        double largest = 0;
        for (int equation = 0; equation < problem.Equations.Count; equation++)
        {
            if (problem.Equations[equation].Precision is not LearntPrecision learnt)
            {
                continue;
            }

            double[] squares = [.. particles.Select(own => own.System.MeanSquareOf(equation, own.Result.Residuals))];
            double shared = squares.Average();
            for (int s = 0; s < particles.Length; s++)
            {
                double before = particles[s].System.DeviationOf(equation), after = learnt.Deviation(learnt.Shared ? shared : squares[s]) / Math.Sqrt(draws[s][equation]);
                particles[s].System.SetDeviation(equation, after);
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
