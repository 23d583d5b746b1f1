using MathNet.Numerics;
using MathNet.Numerics.Random;

namespace IlgpuBnn.Data;

/// <summary>Inputs and targets of a table of runs, in raw units, checked and ready to train on or score against.</summary>
/// <remarks>Immutable, if nobody writes to the arrays it returns. Every input is finite; a missing target is NaN.</remarks>
public sealed partial class Dataset
{
    private readonly int[] _lineNumbers;

    /// <summary>Copies arrays.</summary>
    /// <param name="inputs">[row, input], finite.</param>
    /// <param name="targets">[row, target], finite, or NaN where missing.</param>
    /// <param name="inputNames">One per input. Default: x1, x2, ...</param>
    /// <param name="targetNames">One per target. Default: y1, y2, ...</param>
    /// <param name="sourceName">What messages call the data.</param>
    /// <param name="groups">[row]: see <see cref="Groups"/>; none if left out.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, a dimension is 0, an input is not finite, a target is infinite, or names are empty or not unique.
    /// </exception>
    public Dataset(
        double[,] inputs,
        double[,] targets,
        IReadOnlyList<string>? inputNames = null,
        IReadOnlyList<string>? targetNames = null,
        string sourceName = "data",
        IReadOnlyList<int>? groups = null)
        : this(
            (double[,])inputs.Clone(),
            (double[,])targets.Clone(),
            inputNames ?? NumberedNames("x", inputs.GetLength(1)),
            targetNames ?? NumberedNames("y", targets.GetLength(1)),
            sourceName,
            notes: [],
            [.. Enumerable.Range(1, inputs.GetLength(0))],
            groups is null ? null : [.. groups],
            groups is null ? [] : ["groups"])
    {
        CheckShapes();
        CheckNames();
        CheckValues(Inputs, InputNames, double.IsFinite, "inputs", "Inputs must be finite: fill in the value, or remove the row.");
        CheckValues(Targets, TargetNames, value => !double.IsInfinity(value), "targets", "Use NaN for a missing target.");
    }

    /// <summary>Copies arrays, with a single target.</summary>
    /// <param name="inputs">[row, input], finite.</param>
    /// <param name="target">[row], finite, or NaN where missing.</param>
    /// <param name="inputNames">One per input. Default: x1, x2, ...</param>
    /// <param name="targetName">Name of the target.</param>
    /// <param name="sourceName">What messages call the data.</param>
    /// <param name="groups">[row]: see <see cref="Groups"/>; none if left out.</param>
    /// <exception cref="ArgumentException">As of the other constructor.</exception>
    public Dataset(
        double[,] inputs, double[] target, IReadOnlyList<string>? inputNames = null, string targetName = "y", string sourceName = "data",
        IReadOnlyList<int>? groups = null)
        : this(inputs, Column(target), inputNames, [targetName], sourceName, groups)
    {
    }

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

    private Dataset(
        double[,] inputs,
        double[,] targets,
        IReadOnlyList<string> inputNames,
        IReadOnlyList<string> targetNames,
        string sourceName,
        IReadOnlyList<string> notes,
        int[] lineNumbers,
        int[]? groups,
        IReadOnlyList<string> groupNames)
    {
        Inputs = inputs;
        Targets = targets;
        InputNames = [.. inputNames];
        TargetNames = [.. targetNames];
        SourceName = sourceName;
        Notes = notes;
        _lineNumbers = lineNumbers;
        Groups = groups;
        GroupNames = groupNames;
    }

    /// <summary>[input], unique among inputs and targets.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>[target], unique among inputs and targets.</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>At least 1.</summary>
    public int RowCount => Inputs.GetLength(0);

    /// <summary>At least 1.</summary>
    public int InputCount => Inputs.GetLength(1);

    /// <summary>At least 1.</summary>
    public int TargetCount => Targets.GetLength(1);

    /// <summary>[row, input], raw units, finite. The dataset's own array: read only.</summary>
    public double[,] Inputs { get; }

    /// <summary>[row, target], raw units, NaN where missing. The dataset's own array: read only.</summary>
    public double[,] Targets { get; }

    /// <summary>[class]: labels of the classes that the target's values are indices of; null where targets are numbers.</summary>
    public IReadOnlyList<string>? Classes { get; private set; }

    /// <summary>
    /// [row]: rows with the same number are related (time steps of one run, repeats of one measurement, plots of one site). A training keeps them
    /// together in folds and validation rows, so that its scores and intervals are those of new groups. Null where rows are not grouped.
    /// </summary>
    public IReadOnlyList<int>? Groups { get; }

    /// <summary>The columns whose values, all of them the same, make rows a group; empty where rows are not grouped.</summary>
    public IReadOnlyList<string> GroupNames { get; }

    /// <summary>Path of the file, or the name given with the arrays.</summary>
    public string SourceName { get; }

    /// <summary>What was guessed, skipped or filled in while reading, a sentence each; often empty.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>What looks wrong in the table, a sentence each: codes of missing values, or inputs that may be outputs. Often empty.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Values that may stand for missing ones.</summary>
    internal IReadOnlyList<FillValue> FillValues { get; private set; } = [];

    /// <summary>Units of columns, by name, as the table gives them; only of those that have one.</summary>
    public IReadOnlyDictionary<string, string> Units { get; private set; } = new Dictionary<string, string>();

    /// <summary>[input]: levels of a category written as text, whose values in <see cref="Inputs"/> are their indices; null for numbers.</summary>
    public IReadOnlyList<IReadOnlyList<string>?> InputTexts
    {
        get => field ?? [.. InputNames.Select(_ => (IReadOnlyList<string>?)null)];
        private set;
    }

    /// <summary>Line of the file on which a row starts, 1-based; for arrays, the row's number from 1.</summary>
    /// <param name="row">From 0 to one less than <see cref="RowCount"/>.</param>
    public int LineNumber(int row) => _lineNumbers[row];

    /// <summary>A dataset of the given rows, in the given order; a row may be repeated.</summary>
    /// <exception cref="ArgumentException">No rows are given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public Dataset SelectRows(ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty)
            throw new ArgumentException("No rows are selected. A dataset has at least one row.", nameof(rows));
        foreach (int row in rows)
        {
            if (row < 0 || row >= RowCount)
                throw new ArgumentOutOfRangeException(nameof(rows), row, $"{SourceName} has rows 0 to {RowCount - 1}.");
        }
        int[] lineNumbers = Array.ConvertAll(rows.ToArray(), row => _lineNumbers[row]);
        int[]? groups = Groups is null ? null : Array.ConvertAll(rows.ToArray(), row => Groups[row]);
        return new Dataset(CopyRows(Inputs, rows), CopyRows(Targets, rows), InputNames, TargetNames, SourceName, Notes, lineNumbers, groups, GroupNames)
            .LikeIn(this, InputTexts);
    }

    /// <summary>Whether a target has the same value in all rows that have one.</summary>
    internal bool IsConstant(int target)
    {
        double first = double.NaN;
        for (int row = 0; row < RowCount; row++)
        {
            double value = Targets[row, target];
            if (double.IsNaN(first)) first = value;
            else if (!double.IsNaN(value) && value != first) return false;
        }

        return true;
    }

    /// <summary>Variances are in squares of a target's unit, which must be numbers of full precision.</summary>
    /// <exception cref="DataException">A target is too large, or varies too little.</exception>
    internal void RequireUsableTargets()
    {
        const double largest = 1e150, smallest = 1e-150;
        var problems = new TableProblems();
        for (int o = 0; o < TargetCount; o++)
        {
            int target = o;
            double[] values = [.. Enumerable.Range(0, RowCount).Select(row => Targets[row, target]).Where(value => !double.IsNaN(value))];
            if (values.Length == 0)
            {
                continue;
            }

            double size = values.Max(Math.Abs), spread = (values.Max() / 2) - (values.Min() / 2);
            if (size > largest || (spread > 0 && spread < smallest))
            {
                problems.Add(() => new DataException(
                    SourceName, FormattableString.Invariant(
                        $"{(size > largest ? $"values up to {size:G3}" : $"values that differ by no more than {2 * spread:G3}")}, whose squares no number can hold. Give the target in {(size > largest ? "a larger" : "a smaller")} unit: ")
                        + "between 1E-150 and 1E+150 all is well.", column: TargetNames[target]));
            }
        }

        problems.ThrowIfAny();
    }

    /// <summary>The same rows with other inputs and targets.</summary>
    /// <param name="texts">As <see cref="InputTexts"/>; null where all inputs are numbers.</param>
    internal Dataset With(double[,] inputs, IReadOnlyList<string> inputNames, double[,] targets, IReadOnlyList<IReadOnlyList<string>?>? texts = null) =>
        new Dataset(inputs, targets, inputNames, TargetNames, SourceName, Notes, _lineNumbers, (int[]?)Groups, GroupNames).LikeIn(this, texts);

    /// <summary>The same rows with targets that are numbers of other names.</summary>
    internal Dataset WithTargets(double[,] targets, IReadOnlyList<string> names)
    {
        Dataset result = new Dataset(Inputs, targets, InputNames, names, SourceName, Notes, _lineNumbers, (int[]?)Groups, GroupNames).LikeIn(this, InputTexts);
        result.Classes = null;
        return result;
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

    /// <summary>The same rows with some of the targets.</summary>
    /// <param name="targets">Their indices.</param>
    internal Dataset SelectTargets(IReadOnlyList<int> targets)
    {
        var selected = new double[RowCount, targets.Count];
        for (int row = 0; row < RowCount; row++)
            for (int k = 0; k < targets.Count; k++)
                selected[row, k] = Targets[row, targets[k]];
        return new Dataset(Inputs, selected, InputNames, [.. targets.Select(o => TargetNames[o])], SourceName, Notes, _lineNumbers, (int[]?)Groups, GroupNames)
            .LikeIn(this, InputTexts);
    }

    /// <summary>The same rows with more to say of them.</summary>
    internal Dataset With(IEnumerable<string> notes) =>
        new Dataset(Inputs, Targets, InputNames, TargetNames, SourceName, [.. Notes, .. notes], _lineNumbers, (int[]?)Groups, GroupNames).LikeIn(this, InputTexts);

    /// <summary>Takes over what reading a table found besides numbers.</summary>
    private Dataset LikeIn(Dataset other, IReadOnlyList<IReadOnlyList<string>?>? texts)
    {
        (Warnings, FillValues, Classes, Units, Series) = (other.Warnings, other.FillValues, other.Classes, other.Units, other.Series);
        if (texts is not null)
        {
            InputTexts = texts;
        }

        return this;
    }

    /// <summary>Takes the last rows as test rows, the usual split of published tables of simulator runs.</summary>
    /// <param name="testRows">1 to one less than the rows there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of the two parts would have no rows.</exception>
    public (Dataset Train, Dataset Test) SplitLast(int testRows)
    {
        CheckSplit(testRows, nameof(testRows));
        int[] rows = [.. Enumerable.Range(0, RowCount)];
        return (SelectRows(rows.AsSpan(..^testRows)), SelectRows(rows.AsSpan(^testRows..)));
    }

    /// <summary>Holds out rows drawn at random.</summary>
    /// <param name="heldOutRows">1 to one less than the rows there are.</param>
    /// <param name="seed">The same seed draws the same rows, on every machine and .NET version.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of the two parts would have no rows.</exception>
    public (Dataset Train, Dataset HeldOut) SplitRandom(int heldOutRows, int seed)
    {
        CheckSplit(heldOutRows, nameof(heldOutRows));
        int[] shuffled = Combinatorics.GeneratePermutation(RowCount, new Xoshiro256StarStar(seed));
        return (SelectRows(shuffled.AsSpan(heldOutRows..)), SelectRows(shuffled.AsSpan(..heldOutRows)));
    }

    /// <summary>The named inputs, in the given order.</summary>
    /// <returns>[row, input], raw units.</returns>
    /// <exception cref="DataException">An input is missing; the message names all that are.</exception>
    public double[,] SelectInputs(IReadOnlyList<string> inputNames)
    {
        int[] columns = [.. inputNames.Select(name => ColumnSelection.IndexOf(InputNames, name))];
        ColumnSelection.RequireInputs(SourceName, inputNames, columns, InputNames);
        var selected = new double[RowCount, columns.Length];
        for (int row = 0; row < RowCount; row++)
            for (int i = 0; i < columns.Length; i++)
                selected[row, i] = Inputs[row, columns[i]];
        return selected;
    }

    private static double[,] Column(double[] values)
    {
        var column = new double[values.Length, 1];
        Buffer.BlockCopy(values, 0, column, 0, Buffer.ByteLength(values));
        return column;
    }

    private static string[] NumberedNames(string prefix, int count) => [.. Enumerable.Range(1, count).Select(i => $"{prefix}{i}")];

    internal static double[,] CopyRows(double[,] source, ReadOnlySpan<int> rows)
    {
        int columns = source.GetLength(1);
        var copy = new double[rows.Length, columns];
        for (int row = 0; row < rows.Length; row++)
            for (int column = 0; column < columns; column++)
                copy[row, column] = source[rows[row], column];
        return copy;
    }

    private void CheckSplit(int rows, string parameterName)
    {
        if (rows < 1 || rows >= RowCount)
        {
            throw new ArgumentOutOfRangeException(parameterName, rows,
                $"{SourceName} has {RowCount} rows: between 1 and {RowCount - 1} can be set aside.");
        }
    }

    private void CheckShapes()
    {
        if (Targets.GetLength(0) != RowCount)
        {
            throw new ArgumentException(
                $"{SourceName}: {RowCount} rows of inputs but {Targets.GetLength(0)} rows of targets. Give one of each per run.");
        }
        if (Groups is not null && Groups.Count != RowCount)
            throw new ArgumentException($"{SourceName}: {RowCount} rows but {Groups.Count} groups. Give one group per row.");
        if (RowCount == 0 || InputCount == 0 || TargetCount == 0)
        {
            throw new ArgumentException(
                $"{SourceName}: {RowCount} rows, {InputCount} inputs and {TargetCount} targets. At least one of each is needed.");
        }
    }

    private void CheckNames()
    {
        if (InputNames.Count != InputCount || TargetNames.Count != TargetCount)
        {
            throw new ArgumentException($"{SourceName}: {InputNames.Count} names for {InputCount} inputs, "
                + $"{TargetNames.Count} names for {TargetCount} targets. Give one name per column.");
        }
        HashSet<string> seen = [];
        foreach (string name in InputNames.Concat(TargetNames))
        {
            if (string.IsNullOrWhiteSpace(name))
                throw new ArgumentException($"{SourceName}: a column has an empty name. Name every input and target.");
            if (!seen.Add(name))
                throw new ArgumentException($"{SourceName}: two columns are called \"{name}\". Rename one of them.");
        }
    }

    private void CheckValues(double[,] values, IReadOnlyList<string> names, Predicate<double> isAllowed, string array, string remedy)
    {
        for (int row = 0; row < values.GetLength(0); row++)
        {
            for (int column = 0; column < values.GetLength(1); column++)
            {
                if (isAllowed(values[row, column])) continue;
                throw new ArgumentException(
                    $"{SourceName}, {array}[{row}, {column}] (\"{names[column]}\") is {values[row, column]}. {remedy}");
            }
        }
    }
}
