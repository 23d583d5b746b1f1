using System.Text;

namespace IlgpuBnn.Netcdf;

/// <summary>A table as lines of a CSV file, made one at a time.</summary>
/// <param name="names">[column].</param>
/// <param name="rows">How many.</param>
/// <param name="cell">Text of a row's column.</param>
internal sealed class RowText(IReadOnlyList<string> names, int rows, Func<int, int, string> cell) : TextReader
{
    private string _line = Line(names.Count, column => names[column]);
    private int _at, _row;

    public override int Peek() => TryFill() ? _line[_at] : -1;

    public override int Read() => TryFill() ? _line[_at++] : -1;

    public override int Read(Span<char> buffer)
    {
        if (!TryFill())
        {
            return 0;
        }

        int count = Math.Min(buffer.Length, _line.Length - _at);
        _line.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    private bool TryFill()
    {
        if (_at == _line.Length && _row < rows)
        {
            (_line, _at) = (Line(names.Count, column => cell(_row, column)), 0);
            _row++;
        }

        return _at < _line.Length;
    }

    private static string Line(int columns, Func<int, string> cell)
    {
        var line = new StringBuilder();
        for (int column = 0; column < columns; column++)
        {
            line.Append(column == 0 ? "" : ",").Append('"').Append(cell(column).Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }

        return line.Append('\n').ToString();
    }
}
