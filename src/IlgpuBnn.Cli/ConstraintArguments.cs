using System.CommandLine;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Cli;

/// <summary>What is known of targets beside the rows.</summary>
internal sealed class ConstraintArguments
{
    private static readonly ConstraintPrior Defaults = new([]);

    private readonly Option<string[]> _positive = CommonOptions.Columns("--positive", "Targets that are at least 0: predictions and intervals keep it.");

    private readonly Option<string[]> _limits = CommonOptions.Columns(
        "--limits", "Targets between limits, as name:lower:upper, either of which may be left out: \"albedo:0:1\", \"yield:0:\".");

    private readonly Option<string[]> _monotone = CommonOptions.Columns(
        "--monotone", "Targets that never fall with an input, as target:input, or never rise, as target:-input: \"GPP_*:nue_tree\", \"GPP:-frost\".");

    private readonly Option<string[]> _sum = CommonOptions.Columns(
        "--sum", "Targets whose weighted sum is fixed, as \"sand+silt+clay=100\" or \"a-0.5*b=0\": means of predictions have it exactly.");

    private readonly TextOption<double> _margin = TextOption.Real(
        "--constraint-margin", "How far beyond the training rows constraints hold, on both sides of each input, as a fraction of its range.", Defaults.Margin, "of at least 0",
        value => value >= 0 && double.IsFinite(value));

    public IReadOnlyList<Option> Options => [_positive, _limits, _monotone, _sum, _margin];

    /// <returns>Null for none.</returns>
    /// <exception cref="CommandException">A text cannot be read, or names what is no target or input.</exception>
    /// <exception cref="DataException">A name is no column's.</exception>
    public ConstraintPrior? Read(ParseResult parse, ColumnRoles roles, Dataset data)
    {
        List<Constraint> all =
        [
            .. roles.Targets(_positive.Name, parse.GetValue(_positive) ?? []).Select(name => new Limits(name, 0)),
            .. (parse.GetValue(_limits) ?? []).SelectMany(text => LimitsOf(text, roles)),
            .. (parse.GetValue(_monotone) ?? []).SelectMany(text => MonotoneOf(text, roles, data)),
            .. (parse.GetValue(_sum) ?? []).Select(text => SumOf(text, data)),
        ];
        return all.Count > 0 ? Defaults with { Constraints = all, Margin = _margin.Of(parse) }
            : _margin.Of(parse) != Defaults.Margin ? throw new CommandException($"{_margin.Name} has no effect without constraints. Leave it out.")
            : null;
    }

    private IEnumerable<Constraint> LimitsOf(string text, ColumnRoles roles)
    {
        int second = text.LastIndexOf(':'), first = second > 0 ? text.LastIndexOf(':', second - 1) : -1;
        double? lower = null, upper = null;
        bool isRead = first > 0 && TryRead(text[(first + 1)..second], out lower) && TryRead(text[(second + 1)..], out upper) && (lower ?? upper) is not null;
        return isRead
            ? roles.Targets(_limits.Name, [text[..first]]).Select(name => new Limits(name, lower, upper))
            : throw new CommandException($"{_limits.Name} is \"{ShownText.Of(text)}\"; it must be a target and its limits, such as yield:0: or albedo:0:1.");

        static bool TryRead(string text, out double? value)
        {
            bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number);
            value = isNumber ? number : null;
            return isNumber || text.Trim().Length == 0;
        }
    }

    private IEnumerable<Constraint> MonotoneOf(string text, ColumnRoles roles, Dataset data)
    {
        // A name may have a colon of its own, or begin with a minus.
        int[] colons = [.. Enumerable.Range(0, text.Length).Where(k => text[k] == ':' && k > 0 && k < text.Length - 1)];
        if (colons.Length == 0)
        {
            throw new CommandException($"{_monotone.Name} is \"{ShownText.Of(text)}\"; it must be a target and an input, such as yield:rain, or yield:-frost where it falls.");
        }

        int colon = colons.FirstOrDefault(k => data.InputNames.Contains(text[(k + 1)..]) || data.InputNames.Contains(text[(k + 2)..]), colons[0]);
        string input = text[(colon + 1)..];
        bool falls = !data.InputNames.Contains(input) && input[0] == '-', rises = !data.InputNames.Contains(input) && input[0] == '+';
        string[] inputs = roles.Inputs(_monotone.Name, [falls || rises ? input[1..] : input], ofNumbers: true);
        return roles.Targets(_monotone.Name, [text[..colon]]).SelectMany(target => inputs.Select(own => new Monotone(target, own, !falls)));
    }

    private FixedSum SumOf(string text, Dataset data)
    {
        int equals = text.LastIndexOf('=');
        if (equals < 0 || !double.TryParse(text[(equals + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double total))
        {
            throw Unread("it must be a sum of targets and its total, such as sand+silt+clay=100");
        }

        List<SumTerm> terms = [];
        string rest = text[..equals].Trim();
        while (rest.Length > 0)
        {
            double factor = 1;
            if (rest[0] is '+' or '-' && (terms.Count > 0 || LongestTarget(rest) is null))
            {
                factor = rest[0] == '-' ? -1 : 1;
                rest = rest[1..].TrimStart();
            }
            else if (terms.Count > 0)
            {
                throw Unread($"\"{ShownText.Of(rest)}\" must follow a + or a -");
            }

            int star = rest.IndexOf('*', StringComparison.Ordinal);
            if (LongestTarget(rest) is null && star > 0 && double.TryParse(rest[..star], NumberStyles.Float, CultureInfo.InvariantCulture, out double times))
            {
                (factor, rest) = (factor * times, rest[(star + 1)..].TrimStart());
            }

            string name = LongestTarget(rest) ?? throw Unread($"\"{ShownText.Of(rest)}\" begins with no target: {ColumnSelection.List(data.TargetNames)}");
            terms.Add(new SumTerm(name, factor));
            rest = rest[name.Length..].TrimStart();
        }

        return new FixedSum(terms, total);

        // As names may have signs in them.
        string? LongestTarget(string from) => data.TargetNames.Where(name => from.StartsWith(name, StringComparison.Ordinal)).MaxBy(name => name.Length);

        CommandException Unread(string problem) => new($"{_sum.Name} is \"{ShownText.Of(text)}\": {problem}.");
    }
}
