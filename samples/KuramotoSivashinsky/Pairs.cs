using IlgpuBnn.Data;

namespace KuramotoSivashinsky;

/// <summary>States and how they change over one interval, to learn from.</summary>
internal static class Pairs
{
    /// <param name="trajectories">Independent ones.</param>
    /// <param name="states">Of each trajectory.</param>
    /// <param name="perturbation">Largest standard deviation of what is added to each state, which is drawn over two decades below; 0 for states as they are.</param>
    /// <param name="stride">Intervals from one state to the next: neighbours are much alike.</param>
    public static Dataset Simulate(int trajectories, int states, double perturbation, int seed, int stride = 4)
    {
        double[,] inputs = new double[trajectories * states, Simulation.Points], changes = new double[inputs.GetLength(0), Simulation.Points];
        Parallel.For(0, trajectories, k =>
        {
            var random = new Random((1000 * seed) + k);
            Solver solver = Simulation.NewSolver();
            double[] state = Simulation.Start(solver, random);
            for (int n = k * states; n < (k + 1) * states; n++)
            {
                double sd = perturbation * Math.Pow(10, -2 * random.NextDouble());
                double[] next = perturbation > 0 ? Simulation.Perturbed(state, sd, random) : [.. state], before = Simulation.Seen(next);
                Simulation.Advance(solver, next);
                double[] after = Simulation.Seen(next);
                for (int x = 0; x < Simulation.Points; x++)
                {
                    (inputs[n, x], changes[n, x]) = (before[x], after[x] - before[x]);
                }

                Simulation.Advance(solver, state, stride);
            }
        });
        string[] names = [.. Enumerable.Range(0, Simulation.Points).Select(x => $"y[{x}]")], ofChanges = [.. names.Select(name => "change of " + name)];
        return new Dataset(inputs, changes, names, ofChanges);
    }
}
