using System.Runtime.InteropServices;
using IlgpuBnn.Data;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn.Native;

/// <summary>How far a training is.</summary>
/// <param name="Completed">Iterations done or skipped.</param>
/// <param name="Total">Iterations at most; 0 before the first are done.</param>
/// <param name="Score">Best validation score so far; NaN for none.</param>
internal readonly record struct FitProgress(int Completed, int Total, double Score);

/// <summary>What a handle stands for. Thread-safe but for <see cref="Dispose"/>.</summary>
internal sealed class NativeModel(BayesianNetwork network, Dataset? data) : IDisposable
{
    // A callback that only looks whether somebody wants to stop costs microseconds.
    private const int PollMilliseconds = 50;

    // Numbers of a piece of a table, over all particles: 64 MB.
    private const long MaxOutputs = 1 << 23;

    private readonly Lock _oneRow = new();
    private readonly Lazy<Predictor> _predictor = new(() => network.CreatePredictor());

    // The training rows are kept until their scores are asked for.
    private readonly Lazy<Scores?> _scores = new(() => data is null ? null
        : network.Report.Folds > 0 ? Scores.Evaluate(network.PredictOutOfFold(data), data.Targets)
        : network.Model.ValidationRows(data) is { } rows ? Scores.Evaluate(network.Predict(rows), rows.Targets)
        : null);

    public BayesianNetwork Network => network;

    public int TargetCount => network.TargetNames.Count;

    /// <summary>Of rows that the networks had not seen; null for a model from a file, or one without such rows.</summary>
    public Scores? Scores => _scores.Value;

    /// <summary>Trains on a thread of its own: the caller's looks every moment whether it should stop, and tells how far it is.</summary>
    /// <param name="stop">Called on this thread, some times a second; whether to stop. Null for none.</param>
    /// <exception cref="TrainingCancelledException">It was stopped.</exception>
    public static NativeModel Fit(Dataset data, FitOptions options, Func<FitProgress, bool>? stop)
    {
        using CancellationTokenSource cancellation = new();
        var latest = new Latest();
        using Devices.Device? device = options.OpenDevice();
        Task<BayesianNetwork> training = Task.Factory.StartNew(
            () => BayesianNetwork.Fit(data, options.Training, device, latest, cancellation: cancellation.Token), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (stop is not null && !((IAsyncResult)training).AsyncWaitHandle.WaitOne(PollMilliseconds))
        {
            if (stop(latest.Value))
            {
                cancellation.Cancel();
                break;
            }
        }

        // Throws what the training threw, and not an exception of several.
        return new NativeModel(training.GetAwaiter().GetResult(), data);
    }

    /// <summary>Mean, standard deviation and that of the noise, [row, target]; what is empty is left out.</summary>
    public void Predict(double[,] inputs, Span<double> mean, Span<double> sd, Span<double> aleatoricSd)
    {
        if (inputs.GetLength(0) == 1)
        {
            PredictRow(inputs, mean, sd, aleatoricSd);
            return;
        }

        foreach ((int first, double[,] piece) in PiecesOf(inputs))
        {
            PredictiveDistribution prediction = network.Predict(piece);
            Copy(prediction.Mean, mean, first, value => value);
            Copy(prediction.Variance, sd, first, Math.Sqrt);
            Copy(prediction.AleatoricVariance, aleatoricSd, first, Math.Sqrt);
        }
    }

    /// <param name="quantiles">Room for [row, target] of the k-th probability.</param>
    public void Quantiles(double[,] inputs, double[] probabilities, RoomOf quantiles)
    {
        foreach ((int first, double[,] piece) in PiecesOf(inputs))
        {
            PredictiveDistribution prediction = network.Predict(piece);
            for (int k = 0; k < probabilities.Length; k++)
            {
                Copy(prediction.Quantile(probabilities[k]), quantiles(k), first, value => value);
            }
        }
    }

    public void Dispose()
    {
        if (_predictor.IsValueCreated)
        {
            _predictor.Value.Dispose();
        }
    }

    internal delegate Span<double> RoomOf(int probability);

    private void PredictRow(double[,] inputs, Span<double> mean, Span<double> sd, Span<double> aleatoricSd)
    {
        using Lock.Scope scope = _oneRow.EnterScope();
        RowPrediction prediction = _predictor.Value.Predict(MemoryMarshal.CreateReadOnlySpan(ref inputs[0, 0], inputs.Length));
        for (int o = 0; o < TargetCount; o++)
        {
            Set(mean, prediction.Mean[o], o);
            Set(sd, prediction.StandardDeviation(o), o);
            Set(aleatoricSd, Math.Sqrt(prediction.AleatoricVariance[o]), o);
        }

        static void Set(Span<double> to, double value, int o)
        {
            if (!to.IsEmpty)
            {
                to[o] = value;
            }
        }
    }

    private IEnumerable<(int First, double[,] Rows)> PiecesOf(double[,] inputs)
    {
        int rows = inputs.GetLength(0), width = inputs.GetLength(1);
        int size = (int)Math.Clamp(MaxOutputs / ((long)network.ParticleCount * TargetCount), 1, rows);
        for (int first = 0; first < rows; first += size)
        {
            var piece = new double[Math.Min(size, rows - first), width];
            Array.Copy(inputs, (long)first * width, piece, 0, piece.Length);
            yield return (first, piece);
        }
    }

    private void Copy(double[,] values, Span<double> to, int firstRow, Func<double, double> convert)
    {
        ReadOnlySpan<double> own = MemoryMarshal.CreateReadOnlySpan(ref values[0, 0], values.Length);
        for (int k = 0; k < own.Length && !to.IsEmpty; k++)
        {
            to[(firstRow * TargetCount) + k] = convert(own[k]);
        }
    }

    private sealed class Latest : IProgress<TrainingProgress>
    {
        private volatile TrainingProgress? _latest;

        public FitProgress Value => _latest is { } own ? new FitProgress(own.Completed, own.Total, own.Step.BestValidationScore) : new FitProgress(0, 0, double.NaN);

        public void Report(TrainingProgress value) => _latest = value;
    }
}
