using System.Security.Cryptography;
using IlgpuBnn.Data;

namespace LandModelSurrogate;

/// <summary>The runs of the land model: the last 100 are test rows, as in the paper; training rows are drawn from the others.</summary>
internal sealed class LandModel
{
    private const int InputCount = 8, TestRows = 100;

    // Those of Fig. 3; Fig. 2 uses the other years too.
    private static readonly string[] RequiredOutputs = ["NEE_2010", "TLAI_2010", "GPP_2010"];

    private readonly Dataset _pool;

    private LandModel(Dataset runs, string hash)
    {
        (_pool, Test) = runs.SplitLast(TestRows);
        Hash = hash;
        TestDeviations = Standardisation.Fit(Test.Targets).Scale;
    }

    public Dataset Test { get; }

    /// <summary>Standard deviation of each output over the test rows.</summary>
    public IReadOnlyList<double> TestDeviations { get; }

    /// <summary>Rows that are not test rows.</summary>
    public int PoolRows => _pool.RowCount;

    /// <summary>Of the file.</summary>
    public string Hash { get; }

    /// <exception cref="DataException">The file is invalid, or its columns are not those of this land model.</exception>
    public static LandModel Read(string path)
    {
        CsvTable table = CsvTable.Read(path);
        string[] absent = [.. RequiredOutputs.Except(table.ColumnNames)];
        if (absent.Length > 0)
        {
            throw new DataException(path, $"no column {string.Join(", ", absent)}. The figures need these outputs: give runs of this land model.");
        }

        Dataset runs = Dataset.FromTable(table, [.. table.ColumnNames.Skip(InputCount)]);
        return new LandModel(runs, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
    }

    /// <summary>Draws training rows; a seed's smaller draws are part of its larger ones.</summary>
    public Dataset Draw(int rows, int seed) => rows == PoolRows ? _pool : _pool.SplitRandom(rows, seed).HeldOut;

}
