using IlgpuBnn.Data;

namespace IlgpuBnn.Cli;

/// <summary>A model for a command.</summary>
internal static class ModelArgument
{
    /// <exception cref="CommandException">The model predicts classes.</exception>
    public static BayesianNetwork LoadOfNumbers(string path)
    {
        BayesianNetwork model = BayesianNetwork.Load(path);
        return model.Classes is null ? model : throw new CommandException(
            $"{path} predicts classes of {model.TargetNames[0]} ({ColumnSelection.List(model.Classes)}), and this command is for targets of numbers. Use \"ilgpubnn predict\" or "
                + "\"ilgpubnn evaluate\", or give a model of numbers.");
    }
}
