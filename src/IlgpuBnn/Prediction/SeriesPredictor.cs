using IlgpuBnn.Devices;

namespace IlgpuBnn.Prediction;

/// <summary>Predicts a series step by step: each network keeps its state, so that a step takes the time of one whatever came before, and nothing is allocated.</summary>
/// <remarks>
/// Created by <see cref="BayesianNetwork.CreateSeriesPredictor"/>. After n steps a prediction is that of a window that has these n steps alone, of a masked network also where n is below
/// the window's length. Longer series go on from states that no training saw, of more steps than its windows had; whether that is better than windows is for tests on known series.
/// A step that is not there is left out: states stay as they are. Not thread-safe, but for <see cref="Dispose"/>: use one per thread and series.
/// </remarks>
public sealed class SeriesPredictor : IDisposable
{
    private readonly Predictor _predictor;
    private readonly double[]? _marked;

    /// <param name="marksSteps">Whether the last value of a step says that it is there.</param>
    internal SeriesPredictor(StepNetwork network, bool marksSteps, Device device)
    {
        _predictor = new Predictor(network.Encoding, network.Ensemble, network.Calibration, device, network.StateCount);

        // The channel that says that there is a step is not the caller's to give.
        _marked = marksSteps ? new double[network.Encoding.InputNames.Count] : null;
        InputNames = _marked is null ? network.Encoding.InputNames : [.. network.Encoding.InputNames.SkipLast(1)];
        TargetNames = network.Ensemble.TargetNames;
    }

    /// <summary>Values of a step, in the order of <see cref="Predict"/>: columns of the series. Of a model of a table of windows also the channel that says which steps there are.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>[target]; of a network with a target at each step, those of its last.</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>Steps since the beginning of the series.</summary>
    public long Steps { get; private set; }

    /// <summary>Takes the next step, and predicts the targets at it.</summary>
    /// <param name="inputs">Raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <returns>A view of this predictor's memory, valid until the next call.</returns>
    /// <exception cref="ArgumentException">There is not one value per input, or one is not finite; states are as before.</exception>
    /// <exception cref="ObjectDisposedException">This predictor or its device has been disposed of.</exception>
    public RowPrediction Predict(ReadOnlySpan<double> inputs)
    {
        if (_marked is not null)
        {
            if (inputs.Length != InputNames.Count)
            {
                throw new ArgumentException($"There are {inputs.Length} values; a step has {InputNames.Count}: {Data.ColumnSelection.List(InputNames)}.");
            }

            inputs.CopyTo(_marked);
            _marked[^1] = 1;
            inputs = _marked;
        }

        RowPrediction prediction = _predictor.Predict(inputs);
        Steps++;
        return prediction;
    }

    /// <summary>Begins another series: states are those before its first step.</summary>
    /// <exception cref="ObjectDisposedException">This predictor has been disposed of.</exception>
    public void Reset()
    {
        _predictor.ClearStates();
        Steps = 0;
    }

    /// <summary>Frees its memory, after a prediction at hand on another thread.</summary>
    public void Dispose() => _predictor.Dispose();
}
