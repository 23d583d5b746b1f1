using IlgpuBnn.Priors;
using IlgpuBnn.Training;
using MathNet.Numerics.Statistics;

namespace FewRuns;

/// <summary>What constraints that are true bring, among the training rows and where an input is lower than in any of them: three outputs of the simplified land model.</summary>
internal static class KnownStudy
{
    private const string Year = "2010";

    // A Gaussian process of 700 runs has no derivative of the other sign at 99 % of the points of the box, or more (ReadMe of samples/data says what the columns are).
    private static readonly (string Target, string Inputs)[] _monotone =
    [
        ("GPP", "nue_tree -leafcn -froot_leaf -crit_dayl -gdd_crit"), ("TLAI", "nue_tree slatop_decid -froot_leaf -crit_dayl -gdd_crit"),
        ("NEE", "-nue_tree froot_leaf br_mr crit_dayl gdd_crit"),
    ];

    private static readonly Constraint[] _positive = [new Limits($"GPP_{Year}", 0), new Limits($"TLAI_{Year}", 0)];

    private static readonly (string Name, Constraint[] Constraints)[] _variants =
    [
        ("none", []), ("positive", _positive),
        ("positive, monotone", [.. _positive, .. _monotone.SelectMany(own => own.Inputs.Split(' ').Select(input => new Monotone($"{own.Target}_{Year}", input.TrimStart('-'), input[0] != '-')))]),
    ];

    /// <summary>The outputs that it is about.</summary>
    public static string[] Targets => [.. _monotone.Select(own => $"{own.Target}_{Year}")];

    public static void Run(LeftOut rows, int[] sizes, int seeds, double margin, double tolerance)
    {
        Console.WriteLine($"{rows}, {string.Join(", ", rows.Pool.TargetNames)}; {seeds} seeds; means over targets and seeds");
        Console.WriteLine(" rows  constraints           test        R2   CRPS/sd  coverage 90 %  coverage 95 %  seconds");
        foreach (int size in sizes)
        {
            foreach ((string name, Constraint[] constraints) in _variants)
            {
                var study = new Study(
                    rows.Pool, [rows.Within, rows.Below],
                    seed => new TrainingOptions { Seed = seed, Constraints = constraints.Length == 0 ? null : new ConstraintPrior(constraints, margin, tolerance) });
                Study.Result[] results = study.Run(size, seeds);
                for (int test = 0; test < 2; test++)
                {
                    double Of(Func<TargetResult, double> score) => results.SelectMany(result => result.Tests[test]).Select(score).Mean();
                    Console.WriteLine(
                        $"{size,5}  {name,-20}  {(test == 0 ? "within" : "left out"),-8}  {Of(own => own.R2),6:F3}  {Of(own => own.Crps),8:F4}  {Of(own => own.Coverage90),13:F3}"
                            + $"  {Of(own => own.Coverage95),13:F3}  {results.Average(result => result.Seconds),7:F2}");
                }
            }
        }
    }
}
