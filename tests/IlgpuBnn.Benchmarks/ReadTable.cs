using System.Text;
using BenchmarkDotNet.Attributes;
using IlgpuBnn.Data;

namespace IlgpuBnn.Benchmarks;

/// <summary>A CSV file of 10,000 rows and 20 columns, 3.7 MB, read to a dataset.</summary>
[ShortRunJob]
[MemoryDiagnoser]
public class ReadTable : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    [GlobalSetup]
    public void Setup()
    {
        (double[,] inputs, double[,] targets) = RandomTable.Draw(10_000, 19, 1);
        var text = new StringBuilder(string.Join(',', Enumerable.Range(1, 19).Select(k => $"x{k}"))).Append(",y\n");
        for (int row = 0; row < inputs.GetLength(0); row++)
        {
            for (int column = 0; column < 19; column++)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{inputs[row, column]},");
            }

            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{targets[row, 0]}\n");
        }

        File.WriteAllText(_path, text.ToString());
    }

    [Benchmark]
    public Dataset Read() => Dataset.ReadCsv(_path, ["y"]);

    [GlobalCleanup]
    public void Dispose()
    {
        File.Delete(_path);
        GC.SuppressFinalize(this);
    }
}
