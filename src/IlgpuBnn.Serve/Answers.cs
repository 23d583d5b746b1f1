using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Serve;

/// <summary>Predictions as JSON. Few rows go through a <see cref="Predictor"/>, whose networks stay on the device; many are predicted a piece at a time.</summary>
internal sealed class Answers : IDisposable
{
    // Beyond, all cores together are faster.
    private const int FewRows = 32;

    private static readonly JsonEncodedText
        _targets = Name("targets"), _mean = Name("mean"), _sd = Name("sd"), _aleatoric = Name("aleatoric_sd"), _epistemic = Name("epistemic_sd"), _lower = Name("lower"), _upper = Name("upper"),
        _outside = Name("outside_training_range"), _quantiles = Name("quantiles"), _predicted = Name("predicted"), _probabilities = Name("probabilities"), _entropy = Name("entropy"),
        _aleatoricEntropy = Name("aleatoric_entropy"), _epistemicEntropy = Name("epistemic_entropy");

    private readonly BayesianNetwork _model;
    private readonly Device _device;
    private readonly JsonEncodedText[] _names, _classNames;
    private readonly InputRange _range;
    private readonly int _pieceRows;

    // A GPU does one thing after the other.
    private readonly SemaphoreSlim _predicting, _pieces = new(1);
    private readonly ConcurrentBag<Predictor> _predictors = [];

    public Answers(BayesianNetwork model, Device device)
    {
        (_model, _device, _range) = (model, device, model.InputRange);
        _names = [.. model.TargetNames.Select(Name)];
        _classNames = [.. (model.Classes ?? []).Select(Name)];
        _pieceRows = PredictionTable.PieceRows(model);
        _predicting = new SemaphoreSlim(device.UsesMainMemory ? Environment.ProcessorCount : 1);
    }

    private delegate void WriteTarget(Utf8JsonWriter json, int row, int target);

    /// <summary>Writes each row's means, standard deviations and intervals, or probabilities of classes, as an object.</summary>
    /// <param name="flush">Called now and then, so that a long answer is sent while it is written.</param>
    public Task WritePredictionsAsync(Utf8JsonWriter json, RowsRequest request, Func<Task> flush) => WriteAsync(
        json, request, flush,
        (writer, row, target) =>
        {
            (double lower, double upper) = row.Interval(request.Level, target);
            WritePrediction(writer, row.Mean[target], row.AleatoricVariance[target], row.EpistemicVariance[target], lower, upper);
        },
        (prediction, targets) =>
        {
            (double low, double high) = Probabilities.OfInterval(request.Level);
            double[][,] ends = Quantiles(prediction, targets, [low, high]);
            return (writer, row, target) => WritePrediction(
                writer, prediction.Mean[row, target], prediction.AleatoricVariance[row, target], prediction.EpistemicVariance[row, target], ends[0][row, target], ends[1][row, target]);
        },
        _targets);

    /// <summary>Writes each row's quantiles as an object.</summary>
    /// <inheritdoc cref="WritePredictionsAsync"/>
    /// <exception cref="RequestException">The model predicts classes.</exception>
    public Task WriteQuantilesAsync(Utf8JsonWriter json, RowsRequest request, Func<Task> flush) => WriteAsync(
        json, request, flush,
        (writer, row, target) =>
        {
            GaussianMixture mixture = row.Mixture(target);
            writer.WriteStartArray();
            foreach (double probability in request.Probabilities)
            {
                writer.WriteFiniteValue(mixture.Quantile(probability));
            }

            writer.WriteEndArray();
        },
        (prediction, targets) =>
        {
            double[][,] quantiles = Quantiles(prediction, targets, request.Probabilities);
            return (writer, row, target) =>
            {
                writer.WriteStartArray();
                foreach (double[,] own in quantiles)
                {
                    writer.WriteFiniteValue(own[row, target]);
                }

                writer.WriteEndArray();
            };
        },
        _quantiles);

    /// <summary>Indices of the targets asked for.</summary>
    /// <exception cref="RequestException">There is none of a name.</exception>
    public int[] TargetsOf(RowsRequest request) => request.Targets is null ? [.. Enumerable.Range(0, _names.Length)] :
    [
        .. request.Targets.Distinct().Select(name => ColumnSelection.IndexOf(_model.TargetNames, name) is >= 0 and int found ? found : throw new RequestException(
            $"targets has \"{ShownText.Of(name)}\"; the model predicts {ColumnSelection.List(_model.TargetNames)}.{ColumnSelection.Suggestion(_model.TargetNames, name)}")),
    ];

    public void Dispose()
    {
        foreach (Predictor predictor in _predictors)
        {
            predictor.Dispose();
        }

        _predicting.Dispose();
        _pieces.Dispose();
    }

    /// <summary>Runs what takes all cores, one after the other.</summary>
    public async Task<T> AloneAsync<T>(Func<T> run)
    {
        await _pieces.WaitAsync();
        try
        {
            return run();
        }
        finally
        {
            _pieces.Release();
        }
    }

    private delegate void WriteRowTarget(Utf8JsonWriter json, RowPrediction row, int target);

    private async Task WriteAsync(
        Utf8JsonWriter json, RowsRequest request, Func<Task> flush, WriteRowTarget ofRow, Func<PredictiveDistribution, int[], WriteTarget> ofPiece, JsonEncodedText property)
    {
        int[] targets = TargetsOf(request);
        if (_model.Classes is null && request.Rows <= FewRows)
        {
            await WriteFewAsync(json, request, targets, ofRow, property);
            return;
        }

        for (int first = 0; first < request.Rows; first += _pieceRows)
        {
            double[,] piece = Piece(request, first, Math.Min(_pieceRows, request.Rows - first));
            Action<int> write = await AloneAsync<Action<int>>(() =>
            {
                if (_model.Classes is not null)
                {
                    ClassPredictions classes = _model.PredictClasses(piece, _device);
                    return row => WriteClass(json, classes, row);
                }

                WriteTarget own = ofPiece(_model.Predict(piece, _device), targets);
                return row =>
                {
                    json.WriteStartObject(property);
                    foreach (int target in targets)
                    {
                        json.WritePropertyName(_names[target]);
                        own(json, row, target);
                    }

                    json.WriteEndObject();
                };
            });
            for (int row = 0; row < piece.GetLength(0); row++)
            {
                json.WriteStartObject();
                write(row);
                WriteOutside(json, request, first + row);
                json.WriteEndObject();
            }

            await flush();
        }
    }

    private async Task WriteFewAsync(Utf8JsonWriter json, RowsRequest request, int[] targets, WriteRowTarget write, JsonEncodedText property)
    {
        await _predicting.WaitAsync();
        Predictor? predictor = null;
        try
        {
            predictor = _predictors.TryTake(out Predictor? free) ? free : _model.CreatePredictor(_device);
            for (int row = 0; row < request.Rows; row++)
            {
                RowPrediction prediction = predictor.Predict(request.Values(row, 1));
                json.WriteStartObject();
                json.WriteStartObject(property);
                foreach (int target in targets)
                {
                    json.WritePropertyName(_names[target]);
                    write(json, prediction, target);
                }

                json.WriteEndObject();
                WriteOutside(json, request, row);
                json.WriteEndObject();
            }
        }
        finally
        {
            if (predictor is not null)
            {
                _predictors.Add(predictor);
            }

            _predicting.Release();
        }
    }

    private static void WritePrediction(Utf8JsonWriter json, double mean, double aleatoric, double epistemic, double lower, double upper)
    {
        json.WriteStartObject();
        json.WriteFinite(_mean, mean);
        json.WriteFinite(_sd, Math.Sqrt(aleatoric + epistemic));
        json.WriteFinite(_aleatoric, Math.Sqrt(aleatoric));
        json.WriteFinite(_epistemic, Math.Sqrt(epistemic));
        json.WriteFinite(_lower, lower);
        json.WriteFinite(_upper, upper);
        json.WriteEndObject();
    }

    private void WriteClass(Utf8JsonWriter json, ClassPredictions classes, int row)
    {
        json.WriteString(_predicted, classes.PredictedLabel(row));
        json.WriteStartObject(_probabilities);
        for (int k = 0; k < _classNames.Length; k++)
        {
            json.WriteFinite(_classNames[k], classes.Probabilities[row, k]);
        }

        json.WriteEndObject();
        json.WriteFinite(_entropy, classes.Entropy[row]);
        json.WriteFinite(_aleatoricEntropy, classes.ExpectedEntropy[row]);
        json.WriteFinite(_epistemicEntropy, classes.MutualInformation[row]);
    }

    private void WriteOutside(Utf8JsonWriter json, RowsRequest request, int row)
    {
        json.WriteStartArray(_outside);
        ReadOnlySpan<double> values = request.Values(row, 1);
        for (int input = 0; input < values.Length; input++)
        {
            if (_range.IsOutside(input, values[input]))
            {
                json.WriteStringValue(_model.InputNames[input]);
            }
        }

        json.WriteEndArray();
    }

    /// <summary>[probability][row, target]; other targets are 0.</summary>
    private static double[][,] Quantiles(PredictiveDistribution prediction, int[] targets, IReadOnlyList<double> probabilities)
    {
        var wanted = new bool[prediction.TargetNames.Count];
        Array.ForEach(targets, target => wanted[target] = true);
        double[][,] quantiles = [.. probabilities.Select(_ => new double[prediction.RowCount, wanted.Length])];
        prediction.ForEachMixture((row, target, mixture) =>
        {
            for (int k = 0; wanted[target] && k < quantiles.Length; k++)
            {
                quantiles[k][row, target] = mixture.Quantile(probabilities[k]);
            }
        });
        return quantiles;
    }

    private double[,] Piece(RowsRequest request, int first, int rows)
    {
        var piece = new double[rows, _model.InputNames.Count];
        request.Values(first, rows).CopyTo(MemoryMarshal.CreateSpan(ref piece[0, 0], piece.Length));
        return piece;
    }

    private static JsonEncodedText Name(string name) => JsonEncodedText.Encode(name, JsonText.Encoder);
}
