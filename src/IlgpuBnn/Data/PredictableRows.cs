namespace IlgpuBnn.Data;

/// <summary>Rows of a table that a model can predict, and why it cannot predict others.</summary>
/// <param name="Inputs">[predictable row, input], raw units, in the model's order.</param>
/// <param name="Rows">[predictable row]: row of the table, rising.</param>
/// <param name="Reasons">[row of the table]: why it cannot be predicted; "" where it can.</param>
public sealed record PredictableRows(double[,] Inputs, IReadOnlyList<int> Rows, IReadOnlyList<string> Reasons)
{
    internal static PredictableRows Read(CsvTable table, TableEncoding encoding)
    {
        const string remedy = "Fix the cell, or leave it empty: a row with a missing input is not predicted.";
        int[] columns = Dataset.InputColumns(table, encoding.InputNames), rows = [.. Enumerable.Range(0, table.RowCount)];
        var problems = new TableProblems();
        problems.AddAll(table.Problems);
        var reader = new ColumnReader(table, rows, problems);
        double[][] values = [.. columns.Select((column, i) =>
            encoding.Texts(i) is { } texts ? reader.Levels(column, texts).Values : reader.Numbers(column, remedy))];
        problems.ThrowIfAny();

        var reasons = new string[rows.Length];
        Array.Fill(reasons, "");
        for (int i = 0; i < columns.Length; i++)
        {
            bool texts = encoding.Texts(i) is not null;
            for (int row = 0; row < rows.Length; row++)
            {
                if (double.IsNaN(values[i][row]))
                {
                    Add(row, $"{encoding.InputNames[i]} is missing");
                }
                else if (texts && values[i][row] == ColumnReader.UnknownLevel)
                {
                    Add(row, $"{encoding.InputNames[i]} is \"{table.Cell(row, columns[i])}\", which is no level that the model was trained on");
                }
            }
        }

        int[] complete = Array.FindAll(rows, row => reasons[row].Length == 0);
        double[][] kept = complete.Length == rows.Length ? values : Array.ConvertAll(values, own => Array.ConvertAll(complete, row => own[row]));
        return new PredictableRows(Dataset.Joined(kept, complete.Length), complete, reasons) { HasDecimalCommas = reader.WithCommas.Count > 0 };

        void Add(int row, string reason) => reasons[row] += reasons[row].Length == 0 ? reason : $"; {reason}";
    }

    /// <summary>A piece of a table of series.</summary>
    /// <param name="first">Of its rows.</param>
    internal static PredictableRows Read(SeriesTable series, int first, int count, TableEncoding encoding)
    {
        int[] rows = [.. Enumerable.Range(first, count)];
        string[] reasons = Array.ConvertAll(rows, series.Reason);
        int[] usable = [.. Enumerable.Range(0, count).Where(row => reasons[row].Length == 0)];
        if (usable.Length == 0)
        {
            return new PredictableRows(new double[0, encoding.InputNames.Count], [], reasons);
        }

        PredictableRows windows = Read(series.Windows(Array.ConvertAll(usable, row => rows[row])), encoding);
        return windows with { Rows = usable, Reasons = reasons };
    }

    /// <summary>Whether numbers were read with decimal commas.</summary>
    internal bool HasDecimalCommas { get; init; }
}
