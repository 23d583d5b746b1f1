using MathNet.Numerics.Distributions;

namespace KuramotoSivashinsky;

/// <summary>Trajectories of the equation, and pairs of states one step of the emulator apart.</summary>
internal static class Simulation
{
    /// <summary>Time from one state to the next.</summary>
    public const double Interval = 0.25;

    /// <summary>Points that the emulator sees: every second one of the solver's.</summary>
    public const int Points = Solver.Points / 2;

    private const int StepsPerInterval = 5;
    private const double Transient = 200;

    public static Solver NewSolver() => new(Interval / StepsPerInterval);

    /// <summary>A state on the attractor: smooth waves, 200 units of time on.</summary>
    public static double[] Start(Solver solver, Random random)
    {
        var state = new double[Solver.Points];
        for (int mode = 1; mode <= 4; mode++)
        {
            double height = 0.6 * Normal.Sample(random, 0, 1), phase = 2 * Math.PI * random.NextDouble();
            for (int n = 0; n < state.Length; n++)
            {
                state[n] += height * Math.Cos((2 * Math.PI * mode * n / state.Length) + phase);
            }
        }

        Advance(solver, state, (int)(Transient / Interval));
        return state;
    }

    /// <summary>Goes on by intervals, in place.</summary>
    public static void Advance(Solver solver, double[] state, int intervals = 1) => solver.Advance(state, intervals * StepsPerInterval);

    /// <summary>What the emulator sees of a state.</summary>
    public static double[] Seen(double[] state) => [.. state.Where((_, n) => n % 2 == 0)];

    /// <summary>[interval 0 to count][<see cref="Points"/>] from a state, which is changed.</summary>
    public static double[][] Trajectory(Solver solver, double[] state, int count)
    {
        var seen = new double[count + 1][];
        for (int k = 0; k <= count; k++)
        {
            if (k > 0)
            {
                Advance(solver, state);
            }

            seen[k] = Seen(state);
        }

        return seen;
    }

    /// <summary>
    /// Adds white noise of the waves that <see cref="Points"/> can show: what a chaotic state is a little off the attractor, where an emulator must know the way back.
    /// </summary>
    /// <param name="sd">At each point.</param>
    public static double[] Perturbed(double[] state, double sd, Random random)
    {
        double[] result = [.. state];
        int modes = (Points / 2) - 1;
        double own = sd / Math.Sqrt((2 * modes) + 1), mean = own * Normal.Sample(random, 0, 1);
        double[] cosines = [.. Enumerable.Range(0, modes).Select(_ => Math.Sqrt(2) * own * Normal.Sample(random, 0, 1))];
        double[] sines = [.. Enumerable.Range(0, modes).Select(_ => Math.Sqrt(2) * own * Normal.Sample(random, 0, 1))];
        for (int n = 0; n < result.Length; n++)
        {
            result[n] += mean;
            for (int m = 0; m < modes; m++)
            {
                double phase = 2 * Math.PI * (m + 1) * n / result.Length;
                result[n] += (cosines[m] * Math.Cos(phase)) + (sines[m] * Math.Sin(phase));
            }
        }

        return result;
    }
}
