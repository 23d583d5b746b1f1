using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Inference;

/// <summary>The same networks with tanh units in the last hidden layer: a second try at tables that can be learnt from for long.</summary>
/// <remarks>
/// SiLU units go on growing, tanh units have two ends: a sum of them can change as abruptly as a plant that dies. With few rows they invent such
/// changes, so that rows left out by turns choose between the two.
/// </remarks>
internal static class SharperNetworks
{
    /// <summary>What to train beside a model; null where it is not worth its time.</summary>
    public static TrainingOptions? OptionsBeside(BayesianNetwork model)
    {
        TrainingOptions options = model.Options;
        IReadOnlyList<int> rounds = options.RoundsFor(model.Report.TrainingRows);
        bool worthIt = options.SharperNetworks && options.LastActivation is null && options.Activation != Activation.Tanh
            && options.Hidden.Count > 0 && rounds.Count > 1 && model.Report.KeptIteration >= rounds[^2];
        return worthIt ? options with { LastActivation = Activation.Tanh, Iterations = rounds[^2] } : null;
    }

    /// <summary>The one that predicts the rows left out by turns better, with a note if that is not the first.</summary>
    public static BayesianNetwork Better(BayesianNetwork model, BayesianNetwork sharper, Dataset data, Device device)
    {
        double first = CrpsOfRowsLeftOut(model, data, device), second = CrpsOfRowsLeftOut(sharper, data, device);
        if (!(second < first))
        {
            return model;
        }

        string note = string.Create(
            CultureInfo.InvariantCulture,
            $"The last hidden layer has tanh units: rows left out were predicted better so (CRPS {second:F4} of a standard deviation, not {first:F4}).");
        return sharper.WithReport(sharper.Report with { Notes = [.. sharper.Report.Notes, note] });
    }

    /// <summary>Mean over targets, in standard deviations of each; lower is better.</summary>
    /// <param name="data">The rows that the model was trained on.</param>
    public static double CrpsOfRowsLeftOut(BayesianNetwork model, Dataset data, Device? device)
    {
        IReadOnlyList<TargetScores> scores = Scores.Evaluate(model.PredictOutOfFold(data, device), data.Targets).PerTarget;
        return scores.Select((score, o) => score.Crps / model.TargetScaling.Scale[o]).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
    }
}
