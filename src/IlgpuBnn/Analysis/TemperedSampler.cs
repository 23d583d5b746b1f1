using IlgpuBnn.Data;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace IlgpuBnn.Analysis;

/// <summary>
/// Tempered sequential Monte Carlo (Del Moral, Doucet and Jasra 2006): draws from the prior become draws from the posterior, likelihood^beta by likelihood^beta, and
/// need no starting point and no burn-in; several modes are kept.
/// </summary>
/// <remarks>
/// In v = probit(u), where the prior is standard normal. Moves are random walks with the draws' covariance and, every other time, independent proposals from a
/// Student's t distribution about the draws (Chopin 2002).
/// </remarks>
/// <param name="dimensions">Of v.</param>
/// <param name="logLikelihood">[draw, dimension], of the unit cube, to [draw].</param>
internal sealed class TemperedSampler(int dimensions, Func<double[,], double[]> logLikelihood)
{
    private const int MovesPerTemperature = 10, MovesAtTheEnd = 44;
    private const double WantedAcceptance = 0.3, DegreesOfFreedom = 5;

    // Where the normal distribution function rounds to 0 or 1.
    private const double Reach = 8.2;

    /// <summary>One run, independent of those with other numbers.</summary>
    /// <param name="count">Of draws, a power of two.</param>
    public TemperedRun Run(int count, int seed, int run, CancellationToken cancellation)
    {
        Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Draws, run);
        double[,] cube = SobolSequence.Points(count, dimensions, seed, run), draws = new double[count, dimensions];
        for (int k = 0; k < draws.Length; k++)
        {
            (int n, int d) = Math.DivRem(k, dimensions);
            draws[n, d] = Normal.InvCDF(0, 1, cube[n, d]);
        }

        double[] likelihood = logLikelihood(cube);
        if (!Array.Exists(likelihood, double.IsFinite))
        {
            throw CalibrationProblem.NoLikelihood();
        }

        double beta = 0, evidence = 0, scale = 2.38 / Math.Sqrt(dimensions);
        int temperatures = 0, accepted = 0, moves = 0;
        var kept = new List<(double[,] Draws, double[] LogLikelihood)>();
        while (beta < 1)
        {
            double next = NextTemperature(likelihood, beta);
            double[] weights = Weights(likelihood, next - beta, out double logMean);
            evidence += logMean;
            (draws, likelihood) = Resampled(draws, likelihood, weights, random.NextDouble());
            beta = next;
            temperatures++;
            var proposal = new Proposal(draws);
            for (int move = 0; move < (beta == 1 ? MovesAtTheEnd : MovesPerTemperature); move++)
            {
                cancellation.ThrowIfCancellationRequested();
                bool walk = move % 2 == 0;
                int changed = Move(draws, likelihood, beta, walk ? new Proposal(draws) : proposal, walk ? scale : 0, random);
                accepted += changed;
                moves++;
                if (walk)
                {
                    scale *= Math.Exp((((double)changed / count) - WantedAcceptance) / 2);
                }

                if (beta == 1)
                {
                    kept.Add(((double[,])draws.Clone(), (double[])likelihood.Clone()));
                }
            }
        }

        return new TemperedRun(kept, evidence, temperatures, accepted / ((double)moves * count));
    }

    /// <summary>Of normal values their probabilities.</summary>
    public static double[,] ToCube(double[,] draws)
    {
        var cube = new double[draws.GetLength(0), draws.GetLength(1)];
        Parallel.For(0, cube.GetLength(0), n =>
        {
            for (int d = 0; d < cube.GetLength(1); d++)
            {
                cube[n, d] = Probability(draws[n, d]);
            }
        });
        return cube;
    }

    /// <summary>Of a normal value.</summary>
    public static double Probability(double value) => Normal.CDF(0, 1, Math.Clamp(value, -Reach, Reach));

    /// <summary>The largest at which half of the draws still count.</summary>
    private static double NextTemperature(double[] likelihood, double beta)
    {
        double low = beta, high = 1, wanted = likelihood.Count(double.IsFinite) / 2.0;
        if (Effective(1) >= wanted)
        {
            return 1;
        }

        for (int step = 0; step < 60; step++)
        {
            double middle = (low + high) / 2;
            (low, high) = Effective(middle) >= wanted ? (middle, high) : (low, middle);
        }

        return high;

        double Effective(double next)
        {
            double[] weights = Weights(likelihood, next - beta, out _);
            return 1 / weights.Sum(weight => weight * weight);
        }
    }

    /// <summary>likelihood^power, adding up to 1, and ln of their mean before that.</summary>
    private static double[] Weights(double[] likelihood, double power, out double logMean)
    {
        double largest = likelihood.Max();
        double[] weights = [.. likelihood.Select(own => double.IsFinite(own) ? Math.Exp(power * (own - largest)) : 0)];
        double sum = weights.Sum();
        logMean = (power * largest) + Math.Log(sum / weights.Length);
        for (int n = 0; n < weights.Length; n++)
        {
            weights[n] /= sum;
        }

        return weights;
    }

    /// <summary>Systematically: each draw as often as its weight says, rounded up or down.</summary>
    private static (double[,] Draws, double[] LogLikelihood) Resampled(double[,] draws, double[] likelihood, double[] weights, double start)
    {
        int count = weights.Length, width = draws.GetLength(1), from = 0;
        double sum = weights[0];
        var (newDraws, newLikelihood) = (new double[count, width], new double[count]);
        for (int n = 0; n < count; n++)
        {
            while ((n + start) / count > sum && from < count - 1)
            {
                sum += weights[++from];
            }

            Array.Copy(draws, (long)from * width, newDraws, (long)n * width, width);
            newLikelihood[n] = likelihood[from];
        }

        return (newDraws, newLikelihood);
    }

    /// <summary>One Metropolis-Hastings step of every draw; its acceptances.</summary>
    /// <param name="scale">Of the proposal's covariance about each draw; 0 for proposals independent of it.</param>
    private int Move(double[,] draws, double[] likelihood, double beta, Proposal proposal, double scale, Random random)
    {
        int count = draws.GetLength(0), accepted = 0;
        double[,] candidates = new double[count, dimensions];
        var logRatio = new double[count];
        double[] steps = new double[dimensions], own = new double[dimensions], other = new double[dimensions];
        for (int n = 0; n < count; n++)
        {
            Copy(draws, n, own);
            proposal.Draw(random, scale == 0, steps);
            for (int d = 0; d < dimensions; d++)
            {
                candidates[n, d] = other[d] = scale == 0 ? proposal.Mean[d] + steps[d] : own[d] + (scale * steps[d]);
                logRatio[n] += 0.5 * ((own[d] * own[d]) - (other[d] * other[d]));
            }

            if (scale == 0)
            {
                logRatio[n] += proposal.LogDensity(own) - proposal.LogDensity(other);
            }
        }

        double[] theirs = logLikelihood(ToCube(candidates));
        for (int n = 0; n < count; n++)
        {
            double ratio = logRatio[n] + (beta * (theirs[n] - likelihood[n]));
            if (Math.Log(random.NextDouble()) < ratio)
            {
                Array.Copy(candidates, (long)n * dimensions, draws, (long)n * dimensions, dimensions);
                likelihood[n] = theirs[n];
                accepted++;
            }
        }

        return accepted;
    }

    private static void Copy(double[,] draws, int row, double[] to)
    {
        for (int d = 0; d < to.Length; d++)
        {
            to[d] = draws[row, d];
        }
    }

    /// <summary>Mean and covariance of draws, and steps of that covariance.</summary>
    private sealed class Proposal
    {
        private readonly double[,] _root;

        public Proposal(double[,] draws)
        {
            int count = draws.GetLength(0), width = draws.GetLength(1);
            var matrix = DenseMatrix.OfArray(draws);
            Vector<double> mean = matrix.ColumnSums() / count;
            Matrix<double> centred = matrix - DenseMatrix.Create(count, width, (_, d) => mean[d]);

            // Draws that have become one point can still move.
            Matrix<double> covariance = (centred.TransposeThisAndMultiply(centred) / count) + (DenseMatrix.CreateIdentity(width) * 1e-10);
            (Mean, _root) = (mean.ToArray(), covariance.Cholesky().Factor.ToArray());
        }

        public double[] Mean { get; }

        /// <param name="heavyTails">From Student's t distribution; otherwise normal.</param>
        public void Draw(Random random, bool heavyTails, double[] step)
        {
            var normal = new double[step.Length];
            for (int d = 0; d < normal.Length; d++)
            {
                normal[d] = Normal.Sample(random, 0, 1);
            }

            double width = heavyTails ? Math.Sqrt(DegreesOfFreedom / ChiSquared.Sample(random, DegreesOfFreedom)) : 1;
            for (int d = 0; d < step.Length; d++)
            {
                double sum = 0;
                for (int k = 0; k <= d; k++)
                {
                    sum += _root[d, k] * normal[k];
                }

                step[d] = width * sum;
            }
        }

        /// <summary>Of Student's t distribution, but for a constant.</summary>
        public double LogDensity(double[] value)
        {
            double squares = 0;
            var solved = new double[value.Length];
            for (int d = 0; d < value.Length; d++)
            {
                double sum = value[d] - Mean[d];
                for (int k = 0; k < d; k++)
                {
                    sum -= _root[d, k] * solved[k];
                }

                solved[d] = sum / _root[d, d];
                squares += solved[d] * solved[d];
            }

            return -0.5 * (DegreesOfFreedom + value.Length) * Math.Log(1 + (squares / DegreesOfFreedom));
        }
    }
}

/// <summary>What a run of <see cref="TemperedSampler"/> ended with.</summary>
/// <param name="Sweeps">After every move at the posterior: v [draw, dimension], each draw a Markov chain, and log likelihoods.</param>
/// <param name="LogEvidence">ln of the likelihood's mean over the prior.</param>
/// <param name="Temperatures">Steps from prior to posterior.</param>
/// <param name="Acceptance">Share of moves.</param>
internal sealed record TemperedRun(IReadOnlyList<(double[,] Draws, double[] LogLikelihood)> Sweeps, double LogEvidence, int Temperatures, double Acceptance)
{
    /// <summary>All of it, one number after another.</summary>
    public double[] Numbers() => [LogEvidence, Temperatures, Acceptance, .. Sweeps.SelectMany(sweep => sweep.Draws.Cast<double>().Concat(sweep.LogLikelihood))];

    /// <summary>The inverse of <see cref="Numbers"/>.</summary>
    /// <param name="draws">Of a sweep.</param>
    public static TemperedRun Of(double[] numbers, int draws, int dimensions)
    {
        const int head = 3;
        int length = draws * (dimensions + 1);
        return new TemperedRun(
            [.. Enumerable.Range(0, (numbers.Length - head) / length).Select(sweep => Sweep(head + (sweep * length)))], numbers[0], (int)numbers[1], numbers[2]);

        (double[,], double[]) Sweep(int start)
        {
            var own = new double[draws, dimensions];
            Buffer.BlockCopy(numbers, start * sizeof(double), own, 0, own.Length * sizeof(double));
            return (own, numbers[(start + own.Length)..(start + length)]);
        }
    }
}
