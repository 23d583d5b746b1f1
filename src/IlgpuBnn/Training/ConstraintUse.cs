using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Training;

/// <summary>How well a trained model keeps a constraint, at points that the training did not see, over the whole box in which it shall hold.</summary>
/// <param name="Constraint">Which.</param>
/// <param name="Exact">Whether predictions keep it by construction.</param>
/// <param name="ViolatedFraction">
/// Fraction of the points at which the mean of the networks violates it, by more than a hundredth of the target's standard deviation: of a derivative for a change of the input
/// by its range; of a sum by more than rounding.
/// </param>
/// <param name="ViolatedFractionOfNetworks">The same of points and single networks.</param>
public sealed record ConstraintCheck(Constraint Constraint, bool Exact, double ViolatedFraction, double ViolatedFractionOfNetworks)
{
    /// <summary>A sentence for a user.</summary>
    internal string Sentence => Exact
        ? $"{ShownText.Of(Constraint.ToString())}: holds exactly{(Constraint is FixedSum ? " for means" : "")}."
        : FormattableString.Invariant(
            $"{ShownText.Of(Constraint.ToString())}: violated at {100 * ViolatedFraction:0.#} % of new points all over the inputs by the mean, and by {100 * ViolatedFractionOfNetworks:0.#} % of the networks.");
}

/// <summary>Whether constraints fit a table and the other options, and whether a model keeps them.</summary>
internal static class ConstraintUse
{
    private const int Points = 1024;
    private const int FirstScrambling = 1 << 21;

    // In standard deviations of a target: of a derivative for a change of the input by its range.
    private const double Smallest = 0.01;

    // Of a sum, whose networks are of single precision.
    private const double Rounding = 1e-4;

    /// <summary>What is wrong with constraints on these data, with these options; null for nothing.</summary>
    public static string? ProblemOf(ConstraintPrior prior, TrainingOptions options, Dataset data)
    {
        if (data.Classes is not null)
        {
            return "Constraints are of targets that are numbers, and these are classes. Leave them out.";
        }

        foreach (Constraint constraint in prior.Constraints)
        {
            if (constraint.Targets.FirstOrDefault(name => !data.TargetNames.Contains(name)) is { } target)
            {
                return $"The constraint {ShownText.Of($"{constraint}")} names \"{ShownText.Of(target)}\", which is no target of {data.SourceName}: {ColumnSelection.List(data.TargetNames)}.{ColumnSelection.Suggestion(data.TargetNames, target)}";
            }

            if (constraint is Monotone { Input: var input })
            {
                int i = ColumnSelection.IndexOf(data.InputNames, input);
                if (i < 0)
                {
                    return $"The constraint {ShownText.Of($"{constraint}")} names \"{ShownText.Of(input)}\", which is no input of {data.SourceName}: {ColumnSelection.List(data.InputNames)}.{ColumnSelection.Suggestion(data.InputNames, input)}";
                }

                if (data.InputTexts[i] is not null || options.Categories.Contains(input))
                {
                    return $"The constraint {ShownText.Of($"{constraint}")} is of a category, whose levels have no order. Leave it out.";
                }
            }

            if (constraint is not Limits && options.Components is not null)
            {
                return $"The constraint {ShownText.Of($"{constraint}")} is of outputs of the networks, which are principal components here. Leave out one of the two.";
            }
        }

        return data.InputCount > SobolSequence.MaxDimensions ? $"Constraints hold at points of all inputs, of which there may be {SobolSequence.MaxDimensions}, not {data.InputCount}. Leave them out."
            : prior.Constraints.OfType<FixedSum>().Select(sum => ProblemOf(sum, options, data)).FirstOrDefault(problem => problem is not null);
    }

    private static string? ProblemOf(FixedSum sum, TrainingOptions options, Dataset data)
    {
        string name = ShownText.Of($"{sum}");
        if (sum.Targets.FirstOrDefault(target => options.Transforms.GetValueOrDefault(target, TransformKind.None) != TransformKind.None) is { } transformed)
        {
            return $"The sum {name} cannot be fixed on the scale of a transform, which {ShownText.Of(transformed)} has. Leave out one of the two.";
        }

        if (options.ApartTargets is { Count: > 0 })
        {
            return $"The sum {name} is fixed by the last layer, which networks of their own (--apart) have not in common. Leave out one of the two.";
        }

        if (Network.FieldOfOutputs(options.HiddenLayers) is not null)
        {
            return $"The sum {name} is fixed by a dense last layer, and the targets are a field. Leave it out.";
        }

        int[] columns = [.. sum.Targets.Select(target => ColumnSelection.IndexOf(data.TargetNames, target))];
        double[] misses = [.. Enumerable.Range(0, data.RowCount).Select(row => Math.Abs(sum.Terms.Zip(columns, (own, o) => own.Factor * data.Targets[row, o]).Sum() - sum.Total)).Where(double.IsFinite)];
        return misses.Length > 0 && misses.Median() > SizeOf(sum, Standardisation.Fit(data.Targets), columns)
            ? FormattableString.Invariant($"The sum {name} is not that of the rows of {data.SourceName}, which miss it by {misses.Median():G3} (median). Correct its total or its terms.")
            : null;
    }

    /// <summary>How well a model keeps each constraint.</summary>
    /// <param name="data">That it was trained on.</param>
    public static IReadOnlyList<ConstraintCheck> Check(TrainedModel model, Dataset data, Device device)
    {
        if (model.Options.Constraints is not { } prior)
        {
            return [];
        }

        var box = new InputBox(model.Encoding.Inputs, model.Encoding.Range, prior.Margin);
        double[,] unit = SobolSequence.Points(Points, data.InputCount, model.Options.Seed, FirstScrambling);
        Standardisation scaling = Standardisation.Fit(data.Targets);
        var outputs = new Dictionary<int, double[,,]>();
        return [.. prior.Constraints.Select(Check)];

        // Of pairs of points that differ in one input; the first of each serve what is of single points.
        double[,,] At(int input)
        {
            if (!outputs.TryGetValue(input, out double[,,]? own))
            {
                own = model.Ensemble.Outputs(model.Encoding.EncodeInputs(box.Pairs(unit, input)), model.Calibration.Bounds, model.Calibration.Shrinkages, device);
                for (int s = 0; s < own.GetLength(0); s++)
                {
                    for (int row = 0; row < own.GetLength(1); row++)
                    {
                        for (int o = 0; o < own.GetLength(2); o++)
                        {
                            own[s, row, o] = model.Encoding.Targets[o].Invert(own[s, row, o]);
                        }
                    }
                }

                outputs[input] = own;
            }

            return own;
        }

        ConstraintCheck Check(Constraint constraint)
        {
            int[] targets = [.. constraint.Targets.Select(name => ColumnSelection.IndexOf(data.TargetNames, name))];
            int input = constraint is Monotone { Input: var name } ? ColumnSelection.IndexOf(data.InputNames, name)
                : data.InputTexts.TakeWhile(texts => texts is not null).Count() % data.InputCount;
            double[,,] all = At(input);
            double scale = scaling.Scale[targets[0]];
            Func<Func<int, int, double>, int, bool> isViolated = constraint switch
            {
                Monotone own => (value, pair) => (own.Rising ? 1 : -1) * (value((2 * pair) + 1, targets[0]) - value(2 * pair, targets[0])) < -Smallest * InputBox.Step * scale,
                Limits own => (value, pair) => value(2 * pair, targets[0]) is var y && (y < own.Lower - (Smallest * scale) || y > own.Upper + (Smallest * scale)),
                FixedSum own => (value, pair) => Math.Abs(own.Terms.Zip(targets, (term, o) => term.Factor * value(2 * pair, o)).Sum() - own.Total) > Rounding * SizeOf(own, scaling, targets),
                _ => throw new ArgumentException($"{constraint} is unknown."),
            };
            int particles = all.GetLength(0), ofMean = 0, ofNetworks = 0;
            for (int pair = 0; pair < Points; pair++)
            {
                ofMean += isViolated((row, o) => Enumerable.Range(0, particles).Average(s => all[s, row, o]), pair) ? 1 : 0;
                for (int s = 0; s < particles; s++)
                {
                    int own = s;
                    ofNetworks += isViolated((row, o) => all[own, row, o], pair) ? 1 : 0;
                }
            }

            return new ConstraintCheck(constraint, prior.IsExact(constraint), (double)ofMean / Points, (double)ofNetworks / particles / Points);
        }
    }

    private static double SizeOf(FixedSum sum, Standardisation scaling, int[] columns) =>
        Math.Sqrt(sum.Terms.Zip(columns, (own, o) => own.Factor * scaling.Scale[o]).Sum(own => own * own));
}
