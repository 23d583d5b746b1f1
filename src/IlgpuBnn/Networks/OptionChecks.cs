namespace IlgpuBnn.Networks;

/// <summary>Checks of options: every one that fails gives a sentence.</summary>
internal static class OptionChecks
{
    public static IEnumerable<string> Problems(params (bool Holds, string Problem)[] checks) =>
        checks.Where(check => !check.Holds).Select(check => check.Problem);

    public static IEnumerable<string> PositiveProblems(params (string Name, double Value)[] options) => Problems(
        [.. options.Select(option => (IsPositive(option.Value), $"{option.Name} is {option.Value}; it must be above 0 and finite."))]);

    public static bool IsPositive(double value) => value > 0 && double.IsFinite(value);
}
