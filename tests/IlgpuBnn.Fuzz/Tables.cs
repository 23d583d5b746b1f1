using System.Text;
using IlgpuBnn.Data;

namespace IlgpuBnn.Fuzz;

/// <summary>Tables of runs: refused with a <see cref="DataException"/>, or read.</summary>
internal sealed class Tables : FuzzTarget
{
    private static readonly string[] _cells =
    [
        "", " ", "\"", "\"\"", "\"a", "a\"b", "1e400", "-1e308", "5e-324", "NaN", "NA", "#N/A", "1,5", "1.5D-03", "0x10", "\u001b[2J", "\0", "\ufeff", "\u202e", "=cmd|' /C calc'!A0",
        "true", "2024-01-31", "\u22121", "51.2%", "1 000", "y", "x1", new('9', 400), new('x', 70_000), "\"a\nb\"", "\"\u001b]0;x\a\"", "#", "sep=;", "\ud7ff\ue000",
    ];

    private static readonly char[] _separators = [',', ';', '\t', '|', ' ', ':', '\0'];

    public override string Name => "tables";

    public override int MaxMessage => 599;

    // A heading, ten problems, and a count of the others.
    public override int MaxLines => 12;

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "x1,x2,y\n1,2,3\n2,3,4.5\n3,4,-1e-3\n4,5,7\n4,7,\n+4,-5,.5\n",
            "\ufeffx1;\"leaf;\n area\";y\r\n1;2;3\r\n2;3;4\r\n\r\n3;1;\r\n4;0;9\r\n4;0;9\r\n;;\r\n",
            "run\tx1\t\"y\"\n1\t2\t3\n\"2\"\t3\t4\n3\t5\t6\n4\t5\t6\n",
            "y\n1\n2\n3\n",
        }.Select(Encoding.UTF8.GetBytes),
        Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("x1,y\n1,2\n2,3\n3,5\n")).ToArray(),
    ];

    public override byte[]? Mutate(byte[] file, Random random)
    {
        string[] lines = Encoding.UTF8.GetString(file).Split('\n');
        int line = random.Next(lines.Length);
        string own = lines[line];
        char separator = own.FirstOrDefault(_separators.Contains, ',');
        string[] cells = own.Split(separator);
        switch (random.Next(10))
        {
            case 0:
                lines = [.. lines[..line], own, .. lines[line..]];
                break;
            case 1:
                lines = [.. lines[..line], .. lines[(line + 1)..]];
                break;
            case 2:
                lines[line] = own.Replace(separator, _separators[random.Next(_separators.Length)]);
                break;
            case 3:
                lines = [.. lines.Select(text => text.Replace(separator, _separators[random.Next(4)]))];
                break;
            case 4:
                lines[line] = string.Join(separator, cells.Append(_cells[random.Next(_cells.Length)]));
                break;
            case 5:
                lines[line] = string.Join(separator, cells.Skip(1));
                break;
            case 6:
                lines[line] = string.Concat(Enumerable.Repeat(own + separator, Repeats(own, random)));
                break;
            case 7:
                lines = [.. lines, .. Enumerable.Repeat(own, Repeats(own, random))];
                break;
            default:
                cells[random.Next(cells.Length)] = _cells[random.Next(_cells.Length)];
                lines[line] = string.Join(separator, cells);
                break;
        }

        return Encoding.UTF8.GetBytes(string.Join(random.Next(20) == 0 ? '\r' : '\n', lines));
    }

    private static int Repeats(string own, Random random) => random.Next(1, Math.Max(2, Math.Min(3000, 1_000_000 / (own.Length + 1))));

    public override string? Read(string path)
    {
        try
        {
            Dataset data = Dataset.ReadCsv(path, ["y"]);
            InputsOf(path, data);
            return null;
        }
        catch (DataException exception)
        {
            return exception.Message;
        }
    }

    private static void InputsOf(string path, Dataset data)
    {
        using CsvTableReader reader = CsvTableReader.Open(path);
        while (reader.Read(2) is { } table)
        {
            Dataset.ReadInputs(table, data.InputNames);
        }
    }
}
