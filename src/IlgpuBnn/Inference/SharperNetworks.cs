using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>The same networks with tanh units in the last hidden layer: a second try at tables that can be learnt from for long.</summary>
/// <remarks>
/// SiLU units go on growing, tanh units have two ends: a sum of them can change as abruptly as a plant that dies. With few rows they invent such
/// changes, so rows left out by turns choose between the two.
/// </remarks>
internal static class SharperNetworks
{
    /// <summary>Whether a training on so many rows may be followed by a second.</summary>
    public static bool MayFollow(TrainingOptions options, int rows) =>
        options.SharperNetworks && options.LastActivation is null && options.Activation != Activation.Tanh && options.Hidden.Count > 0
            && options.RoundsFor(rows).Count > 1;

    /// <summary>What to train beside a model; null where it is not worth its time.</summary>
    public static TrainingOptions? OptionsBeside(BayesianNetwork model)
    {
        int rows = model.Report.TrainingRows;
        return MayFollow(model.Options, rows) && model.Report.KeptIteration >= model.Options.RoundsFor(rows)[^2]
            ? model.Options with { LastActivation = Activation.Tanh }
            : null;
    }

    /// <summary>The one that predicts the rows left out by turns better, with a note if that is not the first.</summary>
    public static BayesianNetwork Better(BayesianNetwork model, BayesianNetwork sharper, Dataset data, Device device)
    {
        double first = model.CrpsOfRowsLeftOut(data, device), second = sharper.CrpsOfRowsLeftOut(data, device);
        if (!(second < first))
        {
            return model;
        }

        string note = string.Create(
            CultureInfo.InvariantCulture,
            $"The last hidden layer has tanh units: rows left out were predicted better so (CRPS {second:G3} of a standard deviation, not {first:G3}).");
        return sharper.WithReport(sharper.Report with { Notes = [.. sharper.Report.Notes, note] });
    }
}
