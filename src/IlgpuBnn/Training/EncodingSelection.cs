using System.Globalization;
using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;
using IlgpuBnn.Priors;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Training;

/// <summary>Chooses transforms of targets and encodings of inputs: those asked for, and for columns that look as if they wanted one, what out-of-fold rows say.</summary>
/// <remarks>
/// Each choice is a short training with it and one without, compared by the log score of out-of-fold rows in raw units. Columns that look ordinary cost nothing.
/// </remarks>
internal sealed class EncodingSelection(Dataset data, TrainingOptions options, Device device, EncodingTrials trials, CancellationToken cancellation)
{
    // Enough to see what a column is like, at a third of what a first budget takes.
    private const int TrialIterations = 200, SolvedIterations = 76;
    private const int TrialParticles = 20;
    private const int TrialFolds = 5;

    private const int MaxInputTrials = 8;

    // In nats a row: a tenth off the size of errors. Short trainings say less than whole ones.
    public const double MinGain = 0.1;

    // A transform that makes rows likelier, but means worse than this, is none that is wanted.
    private const double MaxErrorRatio = 1.05;

    private const double Skewed = 1;
    private const double Decades = 30;
    private const int MaxLevels = 12;
    private const int RowsPerLevel = 5;

    private readonly List<string> _notes = [];

    /// <param name="trials">Has those that an earlier process finished.</param>
    /// <returns>And a note for each choice that the user did not make.</returns>
    /// <exception cref="ArgumentException">An option names a column that is not there.</exception>
    /// <exception cref="DataException">A value lies outside the domain of what was asked for.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static (TableEncoding Encoding, IReadOnlyList<string> Notes) Choose(
        Dataset data, TrainingOptions options, Device device, EncodingTrials trials, CancellationToken cancellation)
    {
        if (options.Encoding is { } given)
        {
            return (given with { Range = InputRange.Of(data.Inputs) }, []);
        }

        var selection = new EncodingSelection(data, options, device, trials, cancellation);
        TableEncoding asked = selection.AskedFor();
        bool mayTry = options.SelectEncodings && !options.HasFields && options.Method is AnchoredEnsemble && options.FoldsOf(data, null, cancellation).Count > 0;
        return options.Components is not null ? selection.WithComponents(asked, mayTry)
            : (mayTry ? selection.Improve(asked) : asked, selection._notes);
    }

    /// <summary>Targets of one basis stay on the scales that were asked for; what helps an input, some of them tell.</summary>
    private (TableEncoding Encoding, IReadOnlyList<string> Notes) WithComponents(TableEncoding asked, bool mayTry)
    {
        if (mayTry)
        {
            int[] some = ComponentSelection.SomeTargets(data);
            var inputs = new EncodingSelection(data.SelectTargets(some), options, device, new EncodingTrials(some.Length, [], null), cancellation);
            asked = asked with { Inputs = inputs.Improve(asked with { Targets = [.. some.Select(o => asked.Targets[o])] }).Inputs };
            _notes.AddRange(inputs._notes);
        }

        (int? count, string note) = ComponentSelection.Choose(data, asked, options, TrialOf(options), device, cancellation);
        return (asked with { ComponentCount = count }, [.. _notes, note]);
    }

    /// <summary>A short training with the encodings that were asked for.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public EncodingTrial TryAskedFor() => Tried(AskedFor());

    /// <summary>A short training with encodings that are known.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public EncodingTrial TryWith(TableEncoding encoding) => Tried(encoding);

    /// <summary>Whether a gain in the log score is more than short trainings tell apart by chance.</summary>
    public static bool IsBetter(double gain, int rows, int targets) => gain > Math.Max(MinGain, Evidence.MinLogRatio / rows / targets);

    private TableEncoding AskedFor()
    {
        RequireNames(nameof(TrainingOptions.Transforms), options.Transforms.Keys, data.TargetNames, "target");
        RequireNames(nameof(TrainingOptions.LogInputs), options.LogInputs, data.InputNames, "input");
        RequireNames(nameof(TrainingOptions.Categories), options.Categories, data.InputNames, "input");
        RequireNames(nameof(TrainingOptions.LogInputs), options.LogInputs, [.. data.InputNames.Where((_, i) => data.InputTexts[i] is null)], "input of numbers");
        TableEncoding plain = TableEncoding.Plain(data);
        return plain with
        {
            Classes = options.ClassesOf(data),
            Targets = [.. data.TargetNames.Select((name, o) => Fitted(options.Transforms.GetValueOrDefault(name, TransformKind.None), o))],
            Inputs =
            [
                .. data.InputNames.Select((name, i) => options.LogInputs.Contains(name) ? new LogEncoding()
                    : options.Categories.Contains(name) && data.InputTexts[i] is null ? new CategoryEncoding(Levels(i)) : plain.Inputs[i]),
            ],
        };
    }

    private TableEncoding Improve(TableEncoding best)
    {
        TransformKind[][] kinds = [.. Enumerable.Range(0, data.TargetCount).Select(Candidates)];
        int[] logs = [.. Enumerable.Range(0, data.InputCount).Where(i => IsFree(i) && SpansDecades(i))];
        int[] categories = [.. Enumerable.Range(0, data.InputCount).Where(i => IsFree(i) && MayBeCategory(i)).Take(MaxInputTrials)];
        int rounds = kinds.Max(own => own.Length);
        if (rounds + logs.Length + categories.Length == 0)
        {
            return best;
        }

        (double[] score, double[] error) = Tried(best);
        for (int round = 0; round < rounds; round++)
        {
            TableEncoding trial = best with { Targets = [.. best.Targets.Select((own, o) => round < kinds[o].Length ? Fitted(kinds[o][round], o) : own)] };
            (double[] found, double[] errors) = Tried(trial);
            bool[] better = [.. found.Select((own, o) => round < kinds[o].Length && IsBetter(own - score[o], data.RowCount, 1) && errors[o] <= MaxErrorRatio * error[o])];
            best = best with { Targets = [.. best.Targets.Select((own, o) => better[o] ? trial.Targets[o] : own)] };
            score = [.. score.Select((own, o) => better[o] ? found[o] : own)];
        }

        foreach ((string name, TargetTransform chosen) in data.TargetNames.Zip(best.Targets).Where((own, o) => !own.Second.IsIdentity && kinds[o].Length > 0))
        {
            _notes.Add($"{name} is learnt on the scale of the transform {chosen.Name}: out-of-fold rows were predicted better so (--transform \"{name}:none\" for none).");
        }

        if (logs.Length > 0)
        {
            Try(logs, _ => new LogEncoding(), "is taken as its logarithm");
        }

        foreach (int i in categories)
        {
            Try([i], _ => new CategoryEncoding(Levels(i)), $"is taken as a category of {Levels(i).Length} levels");
        }

        return best;

        void Try(int[] inputs, Func<int, InputEncoding> encoding, string what)
        {
            TableEncoding trial = best with { Inputs = [.. best.Inputs.Select((own, i) => inputs.Contains(i) ? encoding(i) : own)] };
            (double[] found, _) = Tried(trial);
            double[] gains = [.. found.Zip(score, (own, before) => own - before).Where(double.IsFinite)];
            if (gains.Length > 0 && IsBetter(gains.Average(), data.RowCount, gains.Length))
            {
                (best, score) = (trial, found);
                _notes.AddRange(inputs.Select(i => $"Input {data.InputNames[i]} {what}: out-of-fold rows were predicted better so."));
            }
        }
    }

    /// <summary>Options of a short training.</summary>
    /// <param name="options">Of an anchored ensemble.</param>
    public static TrainingOptions TrialOf(TrainingOptions options)
    {
        var method = (AnchoredEnsemble)options.Method;
        int iterations = method.SolveOutputLayer == true ? SolvedIterations : TrialIterations;
        return options with
        {
            MaxIterations = Math.Min(iterations, options.MaxIterations ?? iterations),
            Method = method with { Particles = Math.Min(TrialParticles, method.Particles), Folds = Math.Min(TrialFolds, method.Folds), SelectLastActivation = false, SelectPrior = false },
        };
    }

    private EncodingTrial Tried(TableEncoding encoding) => trials.Next(() => Try(encoding));

    private EncodingTrial Try(TableEncoding encoding)
    {
        TrainingOptions trial = TrialOf(options);
        cancellation.ThrowIfCancellationRequested();
        Dataset encoded = encoding.Encode(data);
        using var trainer = new Trainer(encoded, trial, device, encoding, cancellation: cancellation);
        TrainingOutcome outcome = trainer.RunOrThrow(cancellation);
        if (outcome is not { Failure: null, Model: { } model } || model.OutOfFoldLogScores.Count == 0)
        {
            double[] worst = [.. Enumerable.Repeat(double.PositiveInfinity, data.TargetCount)];
            return new EncodingTrial([.. worst.Select(own => -own)], worst);
        }

        if (encoding.Classes is not null)
        {
            return new EncodingTrial([.. model.OutOfFoldLogScores], [0]);
        }

        var squares = new List<double>[data.TargetCount];
        for (int o = 0; o < squares.Length; o++)
        {
            squares[o] = [];
        }

        foreach ((int first, PredictiveDistribution prediction) in model.OutOfFold(data, device, cancellation).PredictInPieces(model.Ensemble, model.Calibration))
        {
            cancellation.ThrowIfCancellationRequested();
            for (int o = 0; o < squares.Length; o++)
            {
                squares[o].AddRange(Enumerable.Range(0, prediction.RowCount).Select(n => Math.Pow(data.Targets[first + n, o] - prediction.Mean[n, o], 2)).Where(own => !double.IsNaN(own)));
            }
        }

        return new EncodingTrial(
            [.. model.OutOfFoldLogScores.Select((own, o) => own - Math.Log(model.Ensemble.TargetScaling.Scale[o]) + MeanLogDerivative(encoding.Targets[o], o))],
            [.. squares.Select(own => own.DefaultIfEmpty(double.NaN).Average())]);
    }

    private double MeanLogDerivative(TargetTransform transform, int o) => Present(o).Average(transform.LogDerivative);

    private TargetTransform Fitted(TransformKind kind, int o) => kind switch
    {
        TransformKind.Log => new LogTransform(),
        TransformKind.SquareRoot => new SquareRootTransform(),
        TransformKind.Logit => new LogitTransform(),
        TransformKind.YeoJohnson => YeoJohnsonTransform.Fit(Present(o), cancellation),
        _ => new IdentityTransform(),
    };

    /// <summary>Transforms worth a trial: of a skewed target, those that make it much less so.</summary>
    private TransformKind[] Candidates(int o)
    {
        double[] values = Present(o);
        if (options.Components is not null || data.Classes is not null || options.Transforms.ContainsKey(data.TargetNames[o]) || options.Constraints?.Summed.Contains(data.TargetNames[o]) == true || data.IsConstant(o) || !(Math.Abs(values.Skewness()) > Skewed))
        {
            return [];
        }

        (double smallest, double largest) = (values.Min(), values.Max());
        TransformKind[] kinds = smallest > 0 && largest < 1 ? [TransformKind.Log, TransformKind.Logit]
            : smallest > 0 ? [TransformKind.Log, TransformKind.SquareRoot]
            : [TransformKind.YeoJohnson];
        return [.. kinds.Where(kind => Fitted(kind, o) is var own && Math.Abs(values.Select(value => own.Apply(value)).Skewness()) < 0.5 * Math.Abs(values.Skewness()))];
    }

    private bool IsFree(int i) => data.InputTexts[i] is null && !options.LogInputs.Contains(data.InputNames[i]) && !options.Categories.Contains(data.InputNames[i]);

    private bool SpansDecades(int i)
    {
        double[] values = Column(i);
        return values.Min() > 0 && values.Max() / values.Min() > Decades && values.Skewness() > Skewed
            && Math.Abs(values.Select(value => Math.Log(value)).Skewness()) < 0.5 * values.Skewness();
    }

    /// <summary>Whole numbers, few of them, each with rows enough.</summary>
    private bool MayBeCategory(int i)
    {
        double[] levels = Levels(i);
        return options.Constraints?.Constraints.OfType<Monotone>().Any(own => own.Input == data.InputNames[i]) != true && levels.Length is > 2 and <= MaxLevels && levels.All(double.IsInteger) && Column(i).CountBy(value => value).All(own => own.Value >= RowsPerLevel);
    }

    private double[] Levels(int i) => [.. Column(i).Distinct().Order()];

    private double[] Column(int i)
    {
        cancellation.ThrowIfCancellationRequested();
        return [.. Enumerable.Range(0, data.RowCount).Select(row => data.Inputs[row, i])];
    }

    private double[] Present(int o)
    {
        cancellation.ThrowIfCancellationRequested();
        return [.. Enumerable.Range(0, data.RowCount).Select(row => data.Targets[row, o]).Where(value => !double.IsNaN(value))];
    }

    private void RequireNames(string option, IEnumerable<string> names, IReadOnlyList<string> known, string role)
    {
        if (names.FirstOrDefault(name => !known.Contains(name)) is { } missing)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{option} names \"{missing}\", which is no {role} of {data.SourceName}: {ColumnSelection.List(known)}."));
        }
    }
}
