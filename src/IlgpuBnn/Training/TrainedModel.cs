using System.Runtime.InteropServices;
using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Training;

/// <summary>The result of a training: what <see cref="BayesianNetwork"/> shows and model files store.</summary>
internal sealed record TrainedModel(
    TrainingOptions Options, TableEncoding Encoding, Ensemble Ensemble, OutputCalibration Calibration, TrainingReport Report)
{
    private const int MomentRows = 2048;

    // Of components, whose targets may be thousands: all particles' in memory together.
    private const long MaxMomentOutputs = 1 << 24;

    /// <summary>[target]: mean log density of out-of-fold rows, standardised, on the scale of the target's transform, or log probability of classes; empty if unknown.</summary>
    public IReadOnlyList<double> OutOfFoldLogScores { get; init; } = [];

    /// <summary>What intervals with a guarantee are made of; null without folds.</summary>
    public ConformalScores? Conformal { get; init; }

    /// <summary>Units of columns, by name; only of those that have one.</summary>
    public IReadOnlyDictionary<string, string> Units { get; init; } = new Dictionary<string, string>();

    /// <summary>How inputs are windows of series; null where they are columns of a table.</summary>
    public SeriesDescription? Series { get; init; }

    /// <summary>[target]: on rows that the networks had not seen; null where nobody noted them.</summary>
    public IReadOnlyList<TargetScores>? UnseenScores { get; init; }

    /// <summary>[target]: columns of the table that it predicts.</summary>
    public IReadOnlyList<string> TargetNames => Encoding.Classes is { } classes ? [classes.Target] : Ensemble.TargetNames;

    /// <summary>How a table's rows become windows; null where it has the inputs as columns, as a table of windows has.</summary>
    public SeriesDescription? SeriesIn(IReadOnlyList<string> columns) => Series is not null && Encoding.InputNames.Except(columns).Any() ? Series : null;

    /// <summary>Rows with targets, to score predictions.</summary>
    /// <exception cref="DataException">The table lacks a column, a cell cannot be used, or too few rows remain.</exception>
    public Dataset ReadDataset(CsvTable table) => SeriesIn(table.ColumnNames) is { } series
        ? Dataset.FromSeries(table, series, Encoding, TargetNames) : Dataset.FromTable(table, Encoding, TargetNames);

    /// <exception cref="InvalidOperationException">It predicts classes.</exception>
    public void RequireNumbers()
    {
        if (Encoding.Classes is { } classes)
        {
            throw new InvalidOperationException(
                $"This model predicts classes of {ShownText.Of(classes.Target)} ({ColumnSelection.List(classes.Names)}), and this is for numbers. Use PredictClasses, or train on a target of numbers.");
        }
    }

    /// <exception cref="InvalidOperationException">It predicts numbers.</exception>
    public ClassEncoding RequireClasses() => Encoding.Classes ?? throw new InvalidOperationException(
        $"This model predicts numbers ({ColumnSelection.List(TargetNames)}), not classes. Use Predict, or train on a column of classes.");

    /// <param name="training">The rows that it was trained on.</param>
    /// <exception cref="InvalidOperationException">It was trained without folds, or predicts classes.</exception>
    /// <exception cref="ArgumentException">The number of rows is not that of the training.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Calibrator OutOfFold(Dataset training, Device device, CancellationToken cancellation = default)
    {
        RequireNumbers();
        (Dataset encoded, Folds folds) = Folded(training, cancellation);
        return new Calibrator(encoded, folds, Encoding.Targets, device);
    }

    /// <exception cref="InvalidOperationException">It was trained without folds, or predicts numbers.</exception>
    /// <inheritdoc cref="OutOfFold"/>
    public ClassCalibrator OutOfFoldClasses(Dataset training, Device device, CancellationToken cancellation = default)
    {
        ClassEncoding classes = RequireClasses();
        (Dataset encoded, Folds folds) = Folded(training, cancellation);
        return new ClassCalibrator(encoded, classes, folds, device);
    }

    private (Dataset Encoded, Folds Folds) Folded(Dataset training, CancellationToken cancellation)
    {
        if (Report.Folds == 0)
        {
            throw new InvalidOperationException(
                "No particle of this model left rows out: only an anchored ensemble of at least 4 particles, trained with 2 folds or more, does.");
        }

        if (training.RowCount != Report.TrainingRows)
        {
            throw new ArgumentException(
                $"{training.SourceName} has {training.RowCount} rows; the model was trained on {Report.TrainingRows}. Give the very rows it was trained on.",
                nameof(training));
        }

        if (Report.GroupNames.Count > 0 != training.Groups is not null)
        {
            throw new ArgumentException(
                Report.GroupNames.Count > 0
                    ? $"{training.SourceName} has no groups; the model was trained with groups of rows ({string.Join(", ", Report.GroupNames)}). Give them as then."
                    : $"{training.SourceName} has groups of rows ({string.Join(", ", training.GroupNames)}); the model was trained without. Leave them out.",
                nameof(training));
        }

        Dataset ordered = Encoding.Align(training);
        return (Encoding.Encode(ordered), Options.FoldsOf(ordered, Report.RowCounts, cancellation));
    }

    /// <summary>The validation rows of the table it was trained on; null for none.</summary>
    public Dataset? ValidationRows(Dataset data) => Options.Method.Stopping is { } stopping && Report.ValidationRows > 0
        ? TrainingRows.Split(data, Report.RowCounts, stopping, Options.Seed).Validation
        : null;

    /// <summary>Mean CRPS of out-of-fold rows over targets, in standard deviations of each target; of classes their log loss.</summary>
    public double OutOfFoldLoss(Dataset training, Device device, CancellationToken cancellation = default)
    {
        ICalibrator calibrator = Encoding.Classes is null ? OutOfFold(training, device, cancellation) : OutOfFoldClasses(training, device, cancellation);
        return calibrator.Loss(Ensemble, Calibration, cancellation);
    }

    /// <summary>Probabilities of classes of rows.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    /// <exception cref="InvalidOperationException">It predicts numbers.</exception>
    public ClassPredictions PredictClasses(double[,] inputs, Device device)
    {
        ClassEncoding classes = RequireClasses();
        double[,,] outputs = Ensemble.Outputs(Encoding.EncodeInputs(inputs), Calibration.Bounds, Calibration.Shrinkages, device);
        return new ClassPredictions(classes.Names, outputs, Calibration.EpistemicScales[0], Calibration.Temperature);
    }

    /// <summary>Predicts rows.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    /// <exception cref="InvalidOperationException">It predicts classes.</exception>
    public PredictiveDistribution Predict(double[,] inputs, Device device)
    {
        RequireNumbers();
        return Ensemble.Predict(Encoding.EncodeInputs(inputs), Calibration, Encoding.Targets, device);
    }

    /// <summary>What each particle predicts, without noise: [particle, row, target], raw units; deviations from the mean on the calibrated scale.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    public double[,,] ParticleOutputs(double[,] inputs, Device device)
    {
        RequireNumbers();
        double[,,] outputs = Ensemble.Outputs(Encoding.EncodeInputs(inputs), Calibration.Bounds, Calibration.Shrinkages, device);
        int particles = outputs.GetLength(0), rows = outputs.GetLength(1), targets = outputs.GetLength(2);
        double[] scales = [.. Calibration.EpistemicScales];
        Pieces.ForEach(rows, Math.Max(1, Pieces.Cells / targets), (first, count) =>
        {
            var mean = new double[count * targets];
            for (int s = 0; s < particles; s++)
            {
                Doubles.AddScaled(1.0 / particles, Block(s, first, count), mean);
            }

            for (int s = 0; s < particles; s++)
            {
                Spread(Block(s, first, count), mean, scales);
            }
        });
        return outputs;

        Span<double> Block(int particle, int first, int count) => MemoryMarshal.CreateSpan(ref outputs[particle, first, 0], count * targets);
    }

    /// <summary>Brings deviations from the mean to the calibrated scale, and targets to raw units.</summary>
    /// <param name="outputs">[row, target]; changed.</param>
    /// <param name="mean">[row, target].</param>
    /// <param name="scales">[target]: epistemic scales.</param>
    private void Spread(Span<double> outputs, ReadOnlySpan<double> mean, ReadOnlySpan<double> scales)
    {
        int targets = Encoding.Targets.Count;
        bool plain = Encoding.HasPlainTargets;
        for (int first = 0; first < outputs.Length; first += targets)
        {
            Span<double> own = outputs.Slice(first, targets);
            ReadOnlySpan<double> centre = mean.Slice(first, targets);
            for (int o = 0; o < own.Length; o++)
            {
                own[o] = centre[o] + (scales[o] * (own[o] - centre[o]));
            }

            for (int o = 0; o < own.Length && !plain; o++)
            {
                own[o] = Encoding.Targets[o].Invert(own[o]);
            }
        }
    }

    /// <summary>Derivatives of <see cref="ParticleOutputs"/> by inputs: their mean and spread.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    public InputGradients Gradients(double[,] inputs)
    {
        RequireNumbers();
        return new NetworkGradients(Ensemble, Calibration, Encoding).At(inputs);
    }

    /// <summary>Noise variances of rows: [row, target], raw units squared.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    /// <param name="means">[row, target]: of the particles' outputs, where they are known already; noise of targets without transform follows from them.</param>
    public double[,] NoiseVariances(double[,] inputs, double[,]? means, Device device)
    {
        if (means is null || !Encoding.HasPlainTargets)
        {
            return PredictMoments(inputs, device).AleatoricVariance;
        }

        int rows = means.GetLength(0), targets = means.GetLength(1);
        double[,] noise = Ensemble.NoiseVariances(Calibration), result = new double[rows, targets];
        double[] noiseOf = [.. Enumerable.Range(0, targets).Select(o => Enumerable.Range(0, noise.GetLength(0)).Average(s => noise[s, o]))];
        VarianceFunction[] functions = Ensemble.VarianceFunctions(Calibration);
        for (int row = 0; row < rows; row++)
        {
            for (int o = 0; o < targets; o++)
            {
                double factor = functions[o].FactorAt(means[row, o]);
                result[row, o] = factor * factor * noiseOf[o];
            }
        }

        return result;
    }

    /// <summary>Intervals with a guarantee: [row, target], raw units.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    /// <exception cref="InvalidOperationException">It was trained without folds.</exception>
    public (double[,] Lower, double[,] Upper) ConformalInterval(double[,] inputs, double level, Device device)
    {
        RequireNumbers();
        Probabilities.OfInterval(level);
        if (Conformal is null)
        {
            throw new InvalidOperationException(
                "This model has no conformal intervals: they need an anchored ensemble of at least 4 particles, trained with 2 folds or more by this version.");
        }

        double[,,] outputs = Ensemble.Outputs(Encoding.EncodeInputs(inputs), Calibration.Bounds, Calibration.Shrinkages, device);
        (double[,] Lower, double[,] Upper) interval = Conformal.Intervals(outputs, Ensemble, Calibration, Report.Folds, level);
        for (int n = 0; n < outputs.GetLength(1) && !Encoding.HasPlainTargets; n++)
        {
            for (int o = 0; o < Encoding.Targets.Count; o++)
            {
                (interval.Lower[n, o], interval.Upper[n, o]) = (Encoding.Targets[o].Invert(interval.Lower[n, o]), Encoding.Targets[o].Invert(interval.Upper[n, o]));
            }
        }

        return interval;
    }

    /// <summary>Means and variances of rows; those of components and of a transformed target need the whole distribution, a piece of the table at a time.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    public PredictiveMoments PredictMoments(double[,] inputs, Device device)
    {
        RequireNumbers();
        double[,] features = Encoding.EncodeInputs(inputs);
        if (Encoding.HasPlainTargets && Ensemble.Components is null)
        {
            return Ensemble.PredictMoments(features, Calibration, device);
        }

        int rows = features.GetLength(0), width = features.GetLength(1), targets = Ensemble.TargetNames.Count;
        int pieceRows = Ensemble.Components is null ? MomentRows : (int)Math.Clamp(MaxMomentOutputs / ((long)Ensemble.ParticleCount * targets), 1, MomentRows);
        var all = new PredictiveMoments(new double[rows, targets], new double[rows, targets], new double[rows, targets]);
        for (int first = 0; first < rows; first += pieceRows)
        {
            var piece = new double[Math.Min(pieceRows, rows - first), width];
            Array.Copy(features, (long)first * width, piece, 0, piece.Length);
            PredictiveDistribution prediction = Ensemble.Predict(piece, Calibration, Encoding.Targets, device);
            Array.Copy(prediction.Mean, 0, all.Mean, (long)first * targets, prediction.Mean.Length);
            Array.Copy(prediction.EpistemicVariance, 0, all.EpistemicVariance, (long)first * targets, prediction.Mean.Length);
            Array.Copy(prediction.AleatoricVariance, 0, all.AleatoricVariance, (long)first * targets, prediction.Mean.Length);
        }

        return all;
    }
}

/// <param name="Model">The best state; null if there was none before a failure.</param>
/// <param name="Failure">Iteration and first particle of a gradient that was not finite; null for none.</param>
internal readonly record struct TrainingOutcome(TrainedModel? Model, (int Iteration, int Particle)? Failure = null);
