namespace IlgpuBnn.Networks;

/// <summary>Checks of options: every one that fails gives a sentence.</summary>
internal static class OptionChecks
{
    public static IEnumerable<string> Problems(params (bool Holds, string Problem)[] checks) =>
        checks.Where(check => !check.Holds).Select(check => check.Problem);

    /// <exception cref="ArgumentException">A check fails; the message has every one that does.</exception>
    public static void Require(params (bool Holds, string Problem)[] checks) => Require(Problems(checks));

    /// <exception cref="ArgumentException">There is a problem; the message has all.</exception>
    public static void Require(IEnumerable<string> problems)
    {
        if (string.Join(' ', problems) is { Length: > 0 } all)
        {
            throw new ArgumentException(all);
        }
    }

    public static IEnumerable<string> PositiveProblems(params (string Name, double Value)[] options) => Problems(
        [.. options.Select(option => (IsPositive(option.Value), $"{option.Name} is {option.Value}; it must be above 0 and finite."))]);

    public static bool IsPositive(double value) => value > 0 && double.IsFinite(value);
}
