namespace IlgpuBnn.Data;

/// <content>Targets that are classes.</content>
public sealed partial class Dataset
{
    /// <summary>[class]: labels of the classes that the target's values are indices of; null where targets are numbers.</summary>
    public IReadOnlyList<string>? Classes { get; private set; }

    /// <summary>Copies arrays, with a single target of class labels, as for <see cref="BayesianNetwork.PredictClasses(double[,], Devices.Device?)"/>.</summary>
    /// <param name="inputs">[row, input], finite.</param>
    /// <param name="labels">[row]: any texts, of which whole numbers are classes by their value; null or empty where missing. At least two classes, at most 100.</param>
    /// <param name="inputNames">One per input. Default: x1, x2, ...</param>
    /// <param name="targetName">Name of the target.</param>
    /// <param name="sourceName">What messages call the data.</param>
    /// <param name="groups">[row]: see <see cref="Groups"/>; none if left out.</param>
    /// <exception cref="ArgumentException">As of the other constructors.</exception>
    /// <exception cref="DataException">There is one class only, or there are too many.</exception>
    public static Dataset OfClasses(
        double[,] inputs, IReadOnlyList<string?> labels, IReadOnlyList<string>? inputNames = null, string targetName = "class", string sourceName = "data",
        IReadOnlyList<int>? groups = null)
    {
        string?[] names = [.. labels.Select(label => string.IsNullOrEmpty(label) ? null : ClassLabels.NameOf(label))];
        IReadOnlyList<string> classes = ClassLabels.ClassesOf(names, sourceName, targetName);
        double[,] indices = ClassLabels.IndicesOf(names, classes);
        return new Dataset(inputs, indices, inputNames, [targetName], sourceName, groups)
        {
            Classes = classes,
            Warnings = [.. ClassLabels.Warnings(indices, classes, sourceName, targetName)],
        };
    }

    /// <summary>The same rows with labels as indices of other classes.</summary>
    /// <exception cref="DataException">A label is none of them.</exception>
    internal Dataset WithClasses(IReadOnlyList<string> classes)
    {
        int[] indices = [.. Classes!.Select(name => ColumnSelection.IndexOf(classes, name))];
        var labels = new double[RowCount, 1];
        for (int row = 0; row < RowCount; row++)
        {
            double own = Targets[row, 0];
            labels[row, 0] = double.IsNaN(own) ? own : indices[(int)own] is >= 0 and int known ? known : throw UnknownClass(SourceName, LineNumber(row), TargetNames[0], Classes![(int)own], classes);
        }

        Dataset result = With(Inputs, InputNames, labels, InputTexts);
        result.Classes = classes;
        return result;
    }

    private static DataException UnknownClass(string sourceName, int line, string column, string label, IReadOnlyList<string> classes) => new(
        sourceName, $"is none of the classes that the model was trained on: {ColumnSelection.List(classes)}. Correct the label, leave the row out, or train with such rows.", line, column, label);
}
