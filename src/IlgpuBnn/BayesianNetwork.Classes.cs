using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;

namespace IlgpuBnn;

/// <content>Models of classes: trained on a dataset with <see cref="Dataset.Classes"/>.</content>
public sealed partial class BayesianNetwork
{
    /// <summary>[class]: labels in the order of <see cref="ClassPredictions.ClassNames"/>; null of a model that predicts numbers.</summary>
    public IReadOnlyList<string>? Classes => Model.Encoding.Classes?.Names;

    /// <summary>What logits are divided by before they become probabilities, found on out-of-fold rows; 1 without, and for numbers.</summary>
    public double Temperature => Model.Calibration.Temperature;

    /// <summary>Predicts the classes of a dataset's rows, whose inputs are found by name; their targets do not matter.</summary>
    /// <exception cref="DataException">An input is missing, or has a text that is no level of the model's.</exception>
    /// <exception cref="InvalidOperationException">The model predicts numbers.</exception>
    public ClassPredictions PredictClasses(Dataset data, Device? device = null)
    {
        Model.RequireClasses();
        double[,] inputs = Model.Encoding.AlignInputs(data).Inputs;
        Model.Encoding.RequireDomain(inputs, data.SourceName, data.LineNumber);
        return PredictClasses(inputs, device);
    }

    /// <summary>Predicts the classes of rows: probabilities averaged over the networks.</summary>
    /// <param name="inputs">[row, input], raw units, in the order of <see cref="InputNames"/>; finite.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">The number of columns is not that of the inputs, or a value is not finite.</exception>
    /// <exception cref="InvalidOperationException">The model predicts numbers.</exception>
    public ClassPredictions PredictClasses(double[,] inputs, Device? device = null) => Model.PredictClasses(inputs, device ?? DeviceCatalog.Default);

    /// <summary>Cross-validation without another training: predicts the class of each training row by the particles not fitted to it.</summary>
    /// <param name="training">The rows that <see cref="Fit"/> was given, in the same order.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="InvalidOperationException">It was trained without folds, or predicts numbers.</exception>
    /// <exception cref="ArgumentException">The number of rows is not that of the training.</exception>
    /// <exception cref="DataException">An input is missing, or a label is no class of the model.</exception>
    public ClassPredictions PredictClassesOutOfFold(Dataset training, Device? device = null) =>
        Model.OutOfFoldClasses(training, device ?? DeviceCatalog.Default).Predict(Ensemble, Model.Calibration);
}
