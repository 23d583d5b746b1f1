using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Netcdf;

namespace IlgpuBnn.Cli;

/// <summary>Where a table comes from: one file, or several that are joined.</summary>
internal sealed class DataArguments(string description)
{
    private readonly Option<string?> _samples = new("--sample-dimension")
    {
        Description = "Of a netCDF or HDF5 file, the dimension whose places are rows; variables become columns, and their other dimensions indices, as in GPP[0,3]. Without it: the one that all "
            + "variables have.",
        HelpName = "name",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "Column that all files of --data have, and that says which rows belong together; it labels rows then. Without it: rows in the same order, as many in each.",
        HelpName = "name",
    };

    private readonly Option<string[]> _missing = CommonOptions.Missing();

    /// <summary>The files.</summary>
    public Option<string[]> Files { get; } = new("--data")
    {
        Description = $"{description} A CSV file whose first row names the columns, a netCDF or HDF5 file, or one of NumPy (.npy, .npz). Several files, such as inputs and outputs, are joined row by row.",
        Required = true,
        HelpName = "F.csv",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public IEnumerable<Option> Options => [Files, _samples, _key, _missing];

    public void AddTo(Command command)
    {
        foreach (Option option in Options)
        {
            command.Add(option);
        }

        AddChecks(command);
    }

    public void AddChecks(Command command) => command.Validators.Add(result =>
    {
        if (result.GetResult(_key) is not null && result.GetValue(Files) is { Length: 1 })
        {
            result.AddError("--key says how files are joined, and --data names one. Leave out --key, or name another file.");
        }
    });

    /// <summary>The files as messages call them.</summary>
    public string Name(ParseResult parse) => string.Join(" + ", parse.GetRequiredValue(Files));

    public CsvTableReader Open(ParseResult parse) => TableFile.Open(parse.GetRequiredValue(Files), parse.GetValue(_key), parse.GetValue(_samples), parse.GetValue(_missing));

    /// <summary>The whole table, whose problems the caller tells.</summary>
    public CsvTable ReadWithProblems(ParseResult parse)
    {
        using CsvTableReader reader = Open(parse);
        return reader.ReadWithProblems(int.MaxValue)!; // a table without rows has thrown
    }
}
