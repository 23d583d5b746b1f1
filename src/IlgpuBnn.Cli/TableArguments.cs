using System.CommandLine;
using System.CommandLine.Parsing;
using IlgpuBnn.Data;

namespace IlgpuBnn.Cli;

/// <summary>The options of commands that train which say how a table of runs is read.</summary>
internal sealed class TableArguments
{
    private readonly Option<string[]> _targets = CommonOptions.Columns(
        "--targets",
        "Columns to predict, separated by commas. Put a name with a comma in double quotes, and escape these for the shell. Here and in --inputs, --exclude, "
            + "--group, --transform, --log-inputs and --categories, first..last names all columns between two, and a pattern such as \"GPP_*\" all that match.");

    private readonly Option<string[]> _inputs = CommonOptions.Columns("--inputs", "Columns to predict from. Without it: all that are neither targets nor excluded.");

    private readonly Option<string[]> _exclude =
        CommonOptions.Columns("--exclude", "Columns to leave out, such as run numbers; together with --inputs only out of its ranges and patterns.");

    private readonly Option<string[]> _group = CommonOptions.Columns(
        "--group",
        "Columns that tell groups of related rows apart, such as the run that time steps belong to, or the site of plots: rows that agree in all of them "
            + "are scored, and intervals calibrated, as a new group. They are no inputs unless --inputs names them.");

    private readonly Option<string[]> _missing = CommonOptions.Missing();

    private readonly TextOption<MissingInputs> _missingInputs = TextOption.Choice(
        "--missing-inputs",
        "What becomes of rows with a missing input: drop leaves them out, mean puts the mean of the column there, error refuses the file. Rows to predict are never filled.",
        MissingInputs.Drop, ("drop", MissingInputs.Drop), ("mean", MissingInputs.Mean), ("error", MissingInputs.Error));

    private readonly Option<string> _classes = new("--classes")
    {
        Description = "The one column of class labels to predict instead of --targets: texts or whole numbers, of 2 to 100 classes. Predictions are probabilities of the classes.",
        HelpName = "column",
    };

    private readonly TextOption<ClassWeights> _classWeights = TextOption.Choice(
        "--class-weights",
        "What rows count for by their class: none for 1, balanced where all classes are to count alike however rare they are; probabilities are then those of a table in which "
            + "they are as frequent.",
        ClassWeights.None, ("none", ClassWeights.None), ("balanced", ClassWeights.Balanced));

    private readonly bool _mayBeClasses;

    /// <param name="mayBeClasses">Whether the command can learn classes.</param>
    public TableArguments(bool mayBeClasses = false)
    {
        _mayBeClasses = mayBeClasses;
        _targets.Required = !mayBeClasses;
    }

    /// <summary>The table itself.</summary>
    public Option<string> Data { get; } =
        CommonOptions.Data("CSV file of runs whose first row names the columns. An empty cell, or one that holds NA or the like (see --missing), is a missing value.");

    public IEnumerable<Option> Options => [Data, _targets, .. _mayBeClasses ? (Option[])[_classes, _classWeights] : [], _inputs, _exclude, _group, _missing, _missingInputs];

    /// <summary>Weights of rows by their class.</summary>
    public ClassWeights ClassWeightsOf(ParseResult parse) => _mayBeClasses ? _classWeights.Of(parse) : ClassWeights.None;

    /// <param name="ofNumbers">Options of the command that are for targets of numbers only.</param>
    public void AddChecks(Command command, params IEnumerable<Option> ofNumbers) => command.Validators.Add(result =>
    {
        if (_mayBeClasses)
        {
            CheckClasses(result, ofNumbers);
        }

        if (result.GetResult(_inputs) is not null && result.GetResult(_exclude) is not null && !(result.GetValue(_inputs) ?? []).Any(ColumnSelection.IsPattern))
        {
            result.AddError("--inputs and --exclude are both given; columns that are not inputs are ignored anyway. Give one of the two.");
        }
    });

    /// <param name="categories">Inputs whose numbers are texts.</param>
    /// <returns>The rows, and the columns of the table.</returns>
    /// <exception cref="DataException">The table cannot be read, or a name is no column's.</exception>
    public (Dataset Rows, IReadOnlyList<string> Columns) Read(ParseResult parse, IReadOnlyList<string> categories)
    {
        CsvTable table = CsvTable.ReadWithProblems(parse.GetRequiredValue(Data), parse.GetValue(_missing));
        string? classes = _mayBeClasses ? parse.GetValue(_classes) : null;
        return (Dataset.FromTable(
            table, classes is null ? parse.GetRequiredValue(_targets) : [classes], Given(parse, _inputs), Given(parse, _exclude), Given(parse, _group), _missingInputs.Of(parse), categories,
            classes is not null), table.ColumnNames);
    }

    private void CheckClasses(CommandResult result, IEnumerable<Option> ofNumbers)
    {
        bool classes = result.GetResult(_classes) is not null, targets = result.GetResult(_targets) is not null;
        if (classes == targets)
        {
            result.AddError(classes
                ? "--targets and --classes are both given, and a model predicts either numbers or classes. Give one of the two."
                : "Neither --targets nor --classes is given. Name columns of numbers, or the one column of class labels.");

            // An error here keeps the parser from looking for them.
            foreach (Option option in result.Command.Options.Where(option => option.Required && result.GetResult(option) is null))
            {
                result.AddError($"Option '{option.Name}' is required.");
            }
        }

        if (!classes && TextOption.IsGiven(result, _classWeights))
        {
            result.AddError("--class-weights has no effect without --classes. Leave it out.");
        }

        foreach (Option option in ofNumbers.Where(option => classes && TextOption.IsGiven(result, option)))
        {
            result.AddError($"{option.Name} is for targets of numbers, and has no effect with --classes. Leave it out.");
        }
    }

    // The parser returns an empty list for an option that was not given.
    private static string[]? Given(ParseResult parse, Option<string[]> columns) => parse.GetResult(columns) is null ? null : parse.GetValue(columns);
}
