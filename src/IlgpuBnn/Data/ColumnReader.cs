namespace IlgpuBnn.Data;

/// <summary>Values of a column.</summary>
/// <param name="Values">[row]: NaN where missing; indices of texts.</param>
/// <param name="Texts">Levels of a category that is written as text; null for numbers.</param>
internal sealed record InputColumn(double[] Values, IReadOnlyList<string>? Texts);

/// <summary>Reads columns of a table as numbers, and collects cells that are none.</summary>
/// <param name="rows">Rows of the table, those that are read.</param>
internal sealed class ColumnReader(CsvTable table, int[] rows, TableProblems problems)
{
    public const int MaxLevels = 20;

    /// <summary>Stands for a text that is none of the known levels.</summary>
    public const double UnknownLevel = -1;

    private readonly List<string> _withCommas = [];

    /// <summary>Columns in which decimal commas were read as such.</summary>
    public IReadOnlyList<string> WithCommas => _withCommas;

    /// <summary>[row]: NaN where missing.</summary>
    public double[] Numbers(int column, string remedy)
    {
        (double[] values, int numbers, int texts, int commas) = Read(column);
        Check(column, remedy, numbers, texts, commas);
        return values;
    }

    /// <summary>Numbers, or the indices of texts where there are no numbers.</summary>
    /// <param name="isCategory">Whether numbers among texts are texts, too.</param>
    public InputColumn Input(int column, string remedy, bool isCategory = false)
    {
        (double[] values, int numbers, int texts, int commas) = Read(column);
        if (texts == 0 || (!isCategory && (numbers > 0 || rows.Any(row => CellText.IsDate(table.Cell(row, column))))))
        {
            Check(column, remedy, numbers, texts, commas);
            return new InputColumn(values, null);
        }

        string[] levels = [.. rows.Where(row => !table.IsMissing(row, column)).Select(row => table.Cell(row, column)).Distinct().Order(StringComparer.Ordinal)];
        if (levels.Length > MaxLevels || levels.Length == texts + numbers)
        {
            string name = table.ColumnNames[column], some = string.Join(", ", levels.Take(3).Select(level => $"\"{ShownText.Of(level)}\""));
            string found = levels.Length == texts + numbers ? "another text in every row" : $"{levels.Length} different texts";
            problems.Add(() => new DataException(
                table.SourceName,
                $"{found} ({some}, ...), where a category as input has at most {MaxLevels} levels, each in several rows. Leave the column out (--exclude \"{ShownText.Of(name)}\").",
                column: name));
            return new InputColumn(values, null);
        }

        return Levels(column, levels);
    }

    /// <summary>[row]: names of classes; null where missing.</summary>
    public string?[] Labels(int column) => Array.ConvertAll(rows, row => table.IsMissing(row, column) ? null : ClassLabels.NameOf(table.Cell(row, column)));

    /// <summary>Indices of known texts, <see cref="UnknownLevel"/> for others.</summary>
    public InputColumn Levels(int column, IReadOnlyList<string> levels)
    {
        Dictionary<string, int> known = levels.Index().ToDictionary(own => own.Item, own => own.Index, StringComparer.Ordinal);
        return new InputColumn(
            Array.ConvertAll(rows, row => known.TryGetValue(table.Cell(row, column), out int level) ? level
                : table.IsMissing(row, column) ? double.NaN : UnknownLevel),
            levels);
    }

    private (double[] Values, int Numbers, int Texts, int Commas) Read(int column)
    {
        var values = new double[rows.Length];
        int numbers = 0, texts = 0, commas = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            switch (table.ReadCell(rows[i], column, out values[i]))
            {
                case CellKind.Number:
                    numbers++;
                    break;
                case CellKind.CommaNumber:
                    numbers++;
                    commas++;
                    break;
                case CellKind.Text:
                    texts++;
                    break;
            }
        }

        return (values, numbers, texts, commas);
    }

    private void Check(int column, string remedy, int numbers, int texts, int commas)
    {
        if (texts > 0)
        {
            AddTexts(column, remedy);
        }

        if (commas > 0)
        {
            _withCommas.Add(table.ColumnNames[column]);
            if (commas < numbers)
            {
                RequireNoPoints(column);
            }
        }
    }

    /// <summary>Dates are told once for their column.</summary>
    private void AddTexts(int column, string remedy)
    {
        bool date = false;
        foreach (int row in rows)
        {
            if (table.ReadCell(row, column, out _) == CellKind.Text && !(date && CellText.IsDate(table.Cell(row, column))))
            {
                date |= CellText.IsDate(table.Cell(row, column));
                problems.Add(() => table.NotANumber(row, column, remedy));
            }
        }
    }

    /// <summary>Beside decimal commas, 1.234 may be a thousand or one.</summary>
    private void RequireNoPoints(int column)
    {
        foreach (int row in rows)
        {
            string text = table.Cell(row, column);
            if (text.Contains('.') && table.ReadCell(row, column, out _) == CellKind.Number)
            {
                problems.Add(() => new DataException(
                    table.SourceName,
                    "has a point where other cells of the column have a decimal comma: it may be a thousands separator. Write one decimal mark throughout.",
                    table.LineNumber(row), table.ColumnNames[column], text));
            }
        }
    }
}
