namespace IlgpuBnn.Data;

/// <summary>How a table's columns become the features that networks see and the targets that they learn.</summary>
/// <param name="InputNames">[input].</param>
/// <param name="Inputs">[input].</param>
/// <param name="Targets">[target].</param>
/// <param name="Range">Of the inputs among the training rows, raw units.</param>
internal sealed record TableEncoding(
    IReadOnlyList<string> InputNames, IReadOnlyList<InputEncoding> Inputs, IReadOnlyList<TargetTransform> Targets, InputRange Range)
{
    /// <summary>Principal components of the targets that networks learn; null where they learn the targets themselves.</summary>
    public int? ComponentCount { get; init; }

    /// <summary>How the classes of the target become outputs; null where targets are numbers.</summary>
    public ClassEncoding? Classes { get; init; }

    /// <summary>Columns as they are.</summary>
    public static TableEncoding Plain(Dataset data) => new(
        data.InputNames, [.. data.InputTexts.Select(texts => texts is null ? (InputEncoding)new NumericEncoding() : CategoryEncoding.OfTexts(texts))], [.. data.TargetNames.Select(_ => new IdentityTransform())],
        InputRange.Of(data.Inputs));

    /// <summary>The same range, with the levels of categories.</summary>
    public InputRange RangeWithLevels => Range with { Levels = [.. Inputs.Select(own => (own as CategoryEncoding)?.Levels)] };

    public IReadOnlyList<string> FeatureNames => [.. Inputs.Zip(InputNames).SelectMany(own => own.First.FeatureNames(own.Second))];

    public int FeatureCount => Inputs.Sum(own => own.Width);

    public bool HasPlainInputs => Inputs.All(own => own is NumericEncoding);

    public bool HasPlainTargets => Targets.All(own => own.IsIdentity);

    /// <summary>Levels of a category that is written as text; null for other inputs.</summary>
    public IReadOnlyList<string>? Texts(int input) => (Inputs[input] as CategoryEncoding)?.Texts;

    /// <summary>The same rows with the model's inputs only, in its order; categories that are written as text become its levels, labels indices of its classes.</summary>
    /// <exception cref="DataException">An input is missing, or has a text that is no level, or a label is no class.</exception>
    public Dataset Align(Dataset data)
    {
        Dataset aligned = AlignInputs(data);
        return Classes is null || data.Classes is null || data.Classes.SequenceEqual(Classes.Names) ? aligned : aligned.WithClasses(Classes.Names);
    }

    /// <summary>The same, whatever the labels are.</summary>
    /// <exception cref="DataException">An input is missing, or has a text that is no level.</exception>
    public Dataset AlignInputs(Dataset data)
    {
        double[,] inputs = data.SelectInputs(InputNames);
        for (int i = 0; i < Inputs.Count; i++)
        {
            if (data.InputTexts[ColumnSelection.IndexOf(data.InputNames, InputNames[i])] is { } texts)
            {
                ToLevels(data, i, texts, inputs);
            }
        }

        return data.With(inputs, InputNames, data.Targets, [.. Enumerable.Range(0, Inputs.Count).Select(Texts)]);
    }

    private void ToLevels(Dataset data, int input, IReadOnlyList<string> texts, double[,] inputs)
    {
        IReadOnlyList<string> levels = Texts(input) ?? throw new DataException(
            data.SourceName, $"holds text ({ColumnSelection.List(texts)}); the model was trained on numbers. Give numbers.", column: InputNames[input]);
        int[] level = [.. texts.Select(text => ColumnSelection.IndexOf(levels, text))];
        for (int n = 0; n < data.RowCount; n++)
        {
            int found = (int)inputs[n, input];
            inputs[n, input] = level[found] >= 0 ? level[found] : throw new DataException(
                data.SourceName, $"is none of the levels that the model was trained on: {ColumnSelection.List(levels)}. Leave the row out, or train with such rows.",
                data.LineNumber(n), InputNames[input], texts[found]);
        }
    }

    /// <summary>The same rows as features and transformed targets.</summary>
    /// <exception cref="DataException">A value lies outside the domain of its encoding or transform.</exception>
    public Dataset Encode(Dataset data)
    {
        if (Classes is { } classes)
        {
            RequireDomain(data.Inputs, data.SourceName, data.LineNumber);
            return data.With(EncodeInputs(data.Inputs), FeatureNames, data.Targets).WithTargets(classes.Encode(data.Targets), classes.OutputNames);
        }

        if (HasPlainInputs && HasPlainTargets)
        {
            return data;
        }

        var targets = new double[data.RowCount, data.TargetCount];
        for (int row = 0; row < data.RowCount; row++)
        {
            for (int o = 0; o < data.TargetCount; o++)
            {
                double value = data.Targets[row, o];
                targets[row, o] = double.IsNaN(value) ? value : Targets[o].Accepts(value)
                    ? Targets[o].Apply(value)
                    : throw OutsideDomain(
                        data.SourceName, data.LineNumber(row), data.TargetNames[o], value,
                        Targets[o] is LimitedTransform ? $"it is limited to {Targets[o].Domain}" : $"the transform {Targets[o].Name} takes {Targets[o].Domain}",
                        Targets[o] is LimitedTransform ? "change the limits" : "choose another transform");
            }
        }

        RequireDomain(data.Inputs, data.SourceName, data.LineNumber);
        return data.With(EncodeInputs(data.Inputs), FeatureNames, targets);
    }

    /// <summary>Checks inputs that come from a file.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    /// <param name="lineNumber">Where a row comes from.</param>
    /// <exception cref="DataException">A value lies outside the domain of its encoding.</exception>
    public void RequireDomain(double[,] inputs, string sourceName, Func<int, int> lineNumber)
    {
        for (int n = 0; n < inputs.GetLength(0) && !HasPlainInputs; n++)
        {
            for (int i = 0; i < Inputs.Count; i++)
            {
                if (!Inputs[i].Accepts(inputs[n, i]))
                {
                    throw OutsideDomain(sourceName, lineNumber(n), InputNames[i], inputs[n, i], $"its logarithm is taken, and that needs {Inputs[i].Domain}", "remove the row");
                }
            }
        }
    }

    /// <summary>[row, feature].</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    /// <exception cref="ArgumentException">A value lies outside the domain of its encoding, or is not finite; or the number of columns is not that of the inputs.</exception>
    public double[,] EncodeInputs(double[,] inputs)
    {
        RequireColumns(inputs.GetLength(1));
        if (HasPlainInputs)
        {
            return inputs;
        }

        var features = new double[inputs.GetLength(0), FeatureCount];
        double[] row = new double[Inputs.Count], encoded = new double[FeatureCount];
        for (int n = 0; n < features.GetLength(0); n++)
        {
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = inputs[n, i];
            }

            EncodeRow(row, encoded, n);
            for (int k = 0; k < encoded.Length; k++)
            {
                features[n, k] = encoded[k];
            }
        }

        return features;
    }

    /// <summary>The features of one row.</summary>
    /// <exception cref="ArgumentException">As of <see cref="EncodeInputs(double[,])"/>.</exception>
    public void EncodeRow(ReadOnlySpan<double> inputs, Span<double> features)
    {
        RequireColumns(inputs.Length);
        EncodeRow(inputs, features, 0);
    }

    private void EncodeRow(ReadOnlySpan<double> inputs, Span<double> features, int row)
    {
        for (int i = 0, at = 0; i < inputs.Length; at += Inputs[i++].Width)
        {
            if (!double.IsFinite(inputs[i]) || !Inputs[i].Accepts(inputs[i]))
            {
                throw OutsideDomain(row, i, inputs[i]);
            }

            Inputs[i].Encode(inputs[i], features.Slice(at, Inputs[i].Width));
        }
    }

    private void RequireColumns(int count)
    {
        if (count != InputNames.Count)
        {
            throw new ArgumentException($"The rows have {count} columns; the model has {InputNames.Count} inputs: {ColumnSelection.List(InputNames)}.");
        }
    }

    private ArgumentException OutsideDomain(int row, int i, double value) => new(double.IsFinite(value)
        ? $"inputs[{row}, {i}] (\"{InputNames[i]}\") is {value}. The model takes its logarithm: give {Inputs[i].Domain}."
        : $"inputs[{row}, {i}] (\"{InputNames[i]}\") is {value}. Inputs must be finite.");

    private static DataException OutsideDomain(string sourceName, int line, string column, double value, string reason, string remedy) =>
        new(sourceName, $"{value} cannot be used: {reason}. Correct the cell, or {remedy}.", line, column);
}
