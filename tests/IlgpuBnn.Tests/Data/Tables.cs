namespace IlgpuBnn.Tests.Data;

/// <summary>Tables written out in the tests; their messages call them runs.csv.</summary>
internal static class Tables
{
    public static CsvTable Parse(string text)
    {
        using CsvTableReader reader = Open(text);
        return reader.Read(int.MaxValue)!;
    }

    public static CsvTableReader Open(string text) => new(new StringReader(text), "runs.csv");
}
