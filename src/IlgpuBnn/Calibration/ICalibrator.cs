using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Calibration;

/// <summary>Calibrates an anchored ensemble on its out-of-fold rows: each predicted by the particles not fitted to it.</summary>
internal interface ICalibrator
{
    /// <summary>The same of fewer rows, where nobody can wait.</summary>
    ICalibrator OfFewRows();

    /// <returns>
    /// And scores, one per column of the table: mean log density or probability over rows; higher is better. NaN for a constant target. And one per row or block
    /// of related rows, in the same order for every ensemble; NaN where it has no values.
    /// </returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    (OutputCalibration Calibration, double[] Scores, double[] BlockScores) Calibrate(Ensemble ensemble, AnchoredEnsemble method, CancellationToken cancellation = default);

    /// <summary>What tells trainings apart: of numbers mean CRPS, of classes log loss; lower is better.</summary>
    double Loss(Ensemble ensemble, OutputCalibration calibration, CancellationToken cancellation = default);

    /// <summary>How far rows lie from their out-of-fold predictions; null of classes.</summary>
    ConformalScores? Conformal(Ensemble ensemble, OutputCalibration calibration, CancellationToken cancellation = default);
}
