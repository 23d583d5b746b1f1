using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Calibration;

/// <summary>Finds a temperature of logits and an epistemic scale on out-of-fold rows, by their log loss.</summary>
/// <remarks>
/// A row's m particles have mean logits of variance (c^2 + 1/m) v about the truth, v their variance with divisor m - 1, and those of the whole ensemble (c^2 + 1/S) v, as
/// of numbers (<see cref="SpreadCalibration"/>): its deviations are scaled to that. Grid search for (T, c), coarse then fine, with a weak prior.
/// </remarks>
internal sealed class ClassCalibrator : ICalibrator
{
    private const int MaxRows = 5000, FewRows = 500;

    // Prior standard deviations of ln T and ln c.
    private const double TemperatureSpread = 0.5, CommonSpread = 0.5;

    private static readonly double[] _temperatures = [.. Enumerable.Range(-8, 17).Select(k => Math.Pow(2, k / 4.0))];
    private static readonly double[] _common = [0.1, 0.3, 0.5, 0.7, 1, 1.4];
    private static readonly double[] _finer = [.. Enumerable.Range(-3, 7).Select(k => Math.Pow(2, k / 16.0))];

    private readonly Dataset _training;
    private readonly ClassEncoding _classes;
    private readonly Folds _folds;
    private readonly Device _device;
    private readonly int[] _rows;
    private readonly (int Class, double Weight)?[] _labels;

    /// <param name="training">The rows that the ensemble was trained on, encoded.</param>
    /// <param name="folds">Of these rows.</param>
    public ClassCalibrator(Dataset training, ClassEncoding classes, Folds folds, Device device, int maxRows = MaxRows)
    {
        (_training, _classes, _folds, _device) = (training, classes, folds, device);
        int every = (training.RowCount + maxRows - 1) / maxRows;
        _rows = [.. Enumerable.Range(0, training.RowCount).Where(row => row % every == 0)];
        _labels = [.. _rows.Select(row => classes.Decode(training.Targets, row))];
    }

    public ICalibrator OfFewRows() => new ClassCalibrator(_training, _classes, _folds, _device, FewRows);

    /// <inheritdoc/>
    public (OutputCalibration Calibration, double[] Scores, double[] BlockScores) Calibrate(Ensemble ensemble, AnchoredEnsemble method, CancellationToken cancellation = default)
    {
        double[,,] outputs = Outputs(ensemble, _rows, cancellation);
        (double Temperature, double Common) best = Best([.. from temperature in _temperatures from common in _common select (temperature, common)]);
        best = Best([.. from temperature in _finer from common in _finer select (temperature * best.Temperature, common * best.Common)]);
        OutputCalibration none = OutputCalibration.None(ensemble);
        OutputCalibration found = none with
        {
            Temperature = best.Temperature,
            EpistemicScales = [.. none.EpistemicScales.Select(_ => Math.Sqrt((best.Common * best.Common) + (1.0 / ensemble.ParticleCount)))],
        };
        double[] losses = LogLosses(outputs, best.Temperature, best.Common);
        return (found, [-losses.Sum() / TotalWeight], [.. losses.Select(loss => -loss)]);

        (double Temperature, double Common) Best((double Temperature, double Common)[] candidates)
        {
            var penalised = new double[candidates.Length];
            Parallel.For(0, candidates.Length, new ParallelOptions { CancellationToken = cancellation }, k =>
            {
                (double temperature, double common) = candidates[k];
                double t = Math.Log(temperature) / TemperatureSpread, c = Math.Log(common) / CommonSpread;
                penalised[k] = (LogLoss(outputs, temperature, common) * TotalWeight) + (0.5 * ((t * t) + (c * c)));
            });
            return candidates[Array.IndexOf(penalised, penalised.Min())];
        }
    }

    /// <summary>Log loss of out-of-fold rows; of many, of an even sample.</summary>
    public double Loss(Ensemble ensemble, OutputCalibration calibration, CancellationToken cancellation = default) =>
        LogLoss(Outputs(ensemble, _rows, cancellation), calibration.Temperature, Common(ensemble, calibration));

    public ConformalScores? Conformal(Ensemble ensemble, OutputCalibration calibration, CancellationToken cancellation = default) => null;

    /// <summary>The training rows, each predicted by the particles not fitted to it, calibrated.</summary>
    public ClassPredictions Predict(Ensemble ensemble, OutputCalibration calibration)
    {
        double[,,] outputs = Outputs(ensemble, [.. Enumerable.Range(0, _training.RowCount)], default);
        return new ClassPredictions(_classes.Names, outputs, DeviationScale(outputs.GetLength(0), Common(ensemble, calibration)), calibration.Temperature);
    }

    private double TotalWeight => _labels.Sum(label => label?.Weight ?? 0);

    private double[,,] Outputs(Ensemble ensemble, int[] rows, CancellationToken cancellation)
    {
        OutputCalibration none = OutputCalibration.None(ensemble);
        return ensemble.SelectOutputs(
            _training.SelectRows(rows).SelectInputs(ensemble.InputNames), none.Bounds, none.Shrinkages, _device, ensemble.ParticleCount / _folds.Count,
            (k, n) => _folds.ParticleWithout(rows[n], k), cancellation);
    }

    /// <summary>Minus the mean log probability of the rows' classes, by weight.</summary>
    private double LogLoss(double[,,] outputs, double temperature, double common) => LogLosses(outputs, temperature, common).Sum() / TotalWeight;

    /// <summary>[row]: minus the log probability of its class times its weight; 0 without a label.</summary>
    private double[] LogLosses(double[,,] outputs, double temperature, double common)
    {
        var losses = new double[_labels.Length];
        double scale = DeviationScale(outputs.GetLength(0), common);
        Span<double> probabilities = stackalloc double[_classes.Names.Count];
        for (int n = 0; n < _labels.Length; n++)
        {
            if (_labels[n] is var (label, weight))
            {
                ClassProbabilities.Average(outputs, n, scale, temperature, probabilities);
                losses[n] = -weight * ClassProbabilities.Log(probabilities[label]);
            }
        }

        return losses;
    }

    /// <summary>c, from the epistemic scale sqrt(c^2 + 1/S).</summary>
    private static double Common(Ensemble ensemble, OutputCalibration calibration) =>
        Math.Sqrt(Math.Max(0, Math.Pow(calibration.EpistemicScales[0], 2) - (1.0 / ensemble.ParticleCount)));

    /// <summary>Of m deviations from their own mean, whose variance with divisor m is too small by (m - 1) / m.</summary>
    private static double DeviationScale(int particles, double common) => Math.Sqrt(((common * common) + (1.0 / particles)) * particles / (particles - 1));
}
