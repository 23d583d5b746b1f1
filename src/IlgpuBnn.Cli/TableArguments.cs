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
            + "--group, --transform, --log-inputs, --categories and constraints, first..last names all columns between two, and a pattern such as \"GPP_*\" all that match.");

    private readonly Option<string[]> _inputs = CommonOptions.Columns("--inputs", "Columns to predict from. Without it: all that are neither targets nor excluded.");

    private readonly Option<string[]> _exclude =
        CommonOptions.Columns("--exclude", "Columns to leave out, such as run numbers; together with --inputs only out of its ranges and patterns.");

    private readonly Option<string[]> _group = CommonOptions.Columns(
        "--group",
        "Columns that tell groups of related rows apart, such as the run that time steps belong to, or the site of plots: rows that agree in all of them "
            + "are scored, and intervals calibrated, as a new group. They are no inputs unless --inputs names them.");

    private readonly TextOption<MissingInputs> _missingInputs = MissingInputsOption();

    private readonly Option<string> _time = new("--time")
    {
        Description = "Of series, a row for each step: column of times, numbers or dates (2020-01-31, 2020-01-31 06:00), that rise in equal steps within each group of --group; steps may be missing. Needs --window.",
        HelpName = "column",
    };

    /// <param name="withClasses">Whether the command can predict classes in place of numbers.</param>
    public TableArguments(bool withClasses)
    {
        _targets.Required = !withClasses;
        Classes = withClasses
            ? new("--classes")
            {
                Description = "In place of --targets: a column of class labels to predict, texts or whole numbers, at most 100 different ones. Two are learnt by one output, more by one each.",
                HelpName = "column",
            }
            : null;
    }

    /// <summary>Steps whose inputs a row is predicted from.</summary>
    public TextOption<int> Window { get; } = TextOption.Whole(
        "--window",
        "Predict the targets of a step from the inputs of so many steps, with its own: by a recurrent layer, --network \"lstm(32)\", which does with fewer steps at the beginning of a series and in gaps, "
            + "or by dense layers, where every value of the window is an input and rows without a full window are left out. Needs --time.", null);

    /// <summary>The table itself.</summary>
    public DataArguments Data { get; } = new("Runs, a row each; an empty cell, or one that holds NA or the like (see --missing), is a missing value.");

    /// <summary>Given in place of targets; null of a command without.</summary>
    public Option<string>? Classes { get; }

    public IEnumerable<Option> Options => [.. Data.Options, _targets, .. Classes is null ? [] : (Option[])[Classes], _inputs, _exclude, _group, _time, Window, _missingInputs];

    public static TextOption<MissingInputs> MissingInputsOption() => TextOption.Choice(
        "--missing-inputs",
        "What becomes of rows with a missing input: drop leaves them out, mean puts the mean of the column there, error refuses the file. Rows to predict are never filled.",
        MissingInputs.Drop, ("drop", MissingInputs.Drop), ("mean", MissingInputs.Mean), ("error", MissingInputs.Error));

    public void AddChecks(Command command)
    {
        Data.AddChecks(command);
        command.Validators.Add(RefuseInputsBesideExclude);
        command.Validators.Add(RefuseHalfOfSeries);
        if (Classes is not null)
        {
            command.Validators.Add(result => RefuseNeitherOrBoth(command, result, Classes));
        }
    }

    private void RefuseNeitherOrBoth(Command command, CommandResult result, Option<string> classes)
    {
        bool hasTargets = result.GetResult(_targets) is not null;
        if (hasTargets != result.GetResult(classes) is not null)
        {
            return;
        }

        result.AddError(hasTargets
            ? "--targets and --classes are both given; a model predicts numbers or the classes of one column. Give one of the two."
            : "Neither --targets nor --classes is given. Name the columns to predict: numbers with --targets, or one of class labels with --classes.");

        // The parser looks for these only where nothing else is wrong.
        foreach (Option option in command.Options.Where(option => option.Required && result.GetResult(option) is null))
        {
            result.AddError($"Option '{option.Name}' is required.");
        }
    }

    private void RefuseHalfOfSeries(CommandResult result)
    {
        bool hasTime = TextOption.IsGiven(result, _time), hasWindow = TextOption.IsGiven(result, Window);
        if (hasTime != hasWindow)
        {
            result.AddError(hasTime
                ? $"{_time.Name} says when the steps of series are, and {Window.Name} how many of them a prediction is made from. Give both, or leave out {_time.Name}: a time that is an input needs neither."
                : $"{Window.Name} is of steps of series, and {_time.Name} says when they are. Give both.");
        }
        else if (hasTime && _missingInputs.TextOf(result) == "mean")
        {
            result.AddError($"{_missingInputs.Name} mean has no effect with {Window.Name}: a step with a missing input counts as one that is not there. Leave out one of the two.");
        }
    }

    private void RefuseInputsBesideExclude(CommandResult result)
    {
        if (result.GetResult(_inputs) is not null && result.GetResult(_exclude) is not null && !(result.GetValue(_inputs) ?? []).Any(ColumnSelection.IsPattern))
        {
            result.AddError("--inputs and --exclude are both given; columns that are not inputs are ignored anyway. Give one of the two.");
        }
    }

    /// <param name="training">Which says whether numbers are texts, and what windows need.</param>
    /// <returns>The rows, and the columns of the table.</returns>
    /// <exception cref="DataException">The table cannot be read, or a name is no column's.</exception>
    public (Dataset Rows, IReadOnlyList<string> Columns) Read(ParseResult parse, TrainingArguments training)
    {
        CsvTable table = Data.ReadWithProblems(parse);
        string? classes = Classes is null ? null : parse.GetValue(Classes);
        IReadOnlyList<string> targets = classes is null ? parse.GetRequiredValue(_targets) : [classes];
        string[]? inputs = Given(parse, _inputs), exclude = Given(parse, _exclude), groups = Given(parse, _group);
        MissingInputs missing = _missingInputs.Of(parse);
        if (parse.GetValue(_time) is not { } time)
        {
            return (Dataset.FromTable(table, targets, inputs, exclude, groups, missing, training.CategoriesOf(parse), classes is not null), table.ColumnNames);
        }

        Dataset rows = Dataset.FromSeries(table, time, Window.Of(parse), training.AreStepsMarked(parse), targets, inputs, exclude, groups, missing, classes is not null);
        return (rows, [.. rows.InputNames, .. rows.TargetNames]);
    }

    // The parser returns an empty list for an option that was not given.
    private static string[]? Given(ParseResult parse, Option<string[]> columns) => parse.GetResult(columns) is null ? null : parse.GetValue(columns);
}
