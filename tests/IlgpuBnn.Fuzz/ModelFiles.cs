using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Persistence;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn.Fuzz;

/// <summary>Model files: refused with a <see cref="ModelFileException"/>, or read to a model that predicts within the range of its inputs.</summary>
internal sealed class ModelFiles : SafetensorsFiles
{
    public override string Name => "models";

    public override IReadOnlyList<byte[]> Seeds => field ??= [.. MakeSeeds()];

    public override string? Read(string path)
    {
        BayesianNetwork model;
        try
        {
            model = BayesianNetwork.Load(path);
        }
        catch (ModelFileException exception)
        {
            return exception.Message;
        }

        Use(model);
        return null;
    }

    /// <summary>Forty rows of two inputs, one of them a category, and two targets, one of them skewed.</summary>
    public static Dataset MakeData()
    {
        var random = new Random(1);
        const int rows = 40;
        double[,] inputs = new double[rows, 2], targets = new double[rows, 2];
        for (int n = 0; n < rows; n++)
        {
            (inputs[n, 0], inputs[n, 1]) = (0.1 + random.NextDouble(), random.Next(3));
            (targets[n, 0], targets[n, 1]) = (inputs[n, 0] * inputs[n, 1], Math.Exp(inputs[n, 0]));
        }

        return new Dataset(inputs, targets, ["x1", "x2"], ["y1", "y2"]);
    }

    private static void Use(BayesianNetwork model)
    {
        double[,] rows = new double[3, model.InputNames.Count];
        for (int i = 0; i < model.InputNames.Count; i++)
        {
            (rows[0, i], rows[2, i]) = (model.InputRange.Smallest[i], model.InputRange.Largest[i]);
            rows[1, i] = (0.5 * rows[0, i]) + (0.5 * rows[2, i]);
        }

        if (model.Classes is not null)
        {
            RequireProbabilities(model.PredictClasses(rows));
            return;
        }

        PredictiveDistribution prediction = model.Predict(rows);
        prediction.Interval(0.95);
        prediction.ProbabilityAbove(1);
        model.PredictMoments(rows);
        if (model.Report.Folds > 0)
        {
            try
            {
                model.ConformalInterval(rows, 0.9);
            }
            catch (InvalidOperationException)
            {
                // The scores were taken out: the model says so.
            }
        }

        using Predictor predictor = model.CreatePredictor();
        predictor.Predict([.. Enumerable.Range(0, rows.GetLength(1)).Select(i => rows[1, i])]).Interval(0.9);
    }

    private static void RequireProbabilities(ClassPredictions prediction)
    {
        if (prediction.Probabilities.Cast<double>().Any(double.IsNaN))
        {
            throw new InvalidOperationException("A probability is no number.");
        }
    }

    private static IEnumerable<byte[]> MakeSeeds()
    {
        string path = Path.GetTempFileName();
        Dataset data = MakeData();
        TrainingOptions[] all =
        [
            new TrainingOptions { MaxIterations = 30, HiddenUnits = [3], Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, SelectEncodings = false },
            new TrainingOptions
            {
                MaxIterations = 30,
                HiddenUnits = [2, 3],
                SkipConnection = true,
                LastActivation = Activation.Tanh,
                LogInputs = ["x1"],
                Categories = ["x2"],
                Transforms = new Dictionary<string, TransformKind> { ["y2"] = TransformKind.Log, ["y1"] = TransformKind.YeoJohnson },
                Method = new AnchoredEnsemble { Particles = 4, Folds = 2 },
            },
            new TrainingOptions
            {
                MaxIterations = 30, HiddenUnits = [3], Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, SelectEncodings = false, Components = new PrincipalComponents(1),
            },
            new TrainingOptions { MaxIterations = 30, HiddenUnits = [3], Activation = Activation.Relu, Method = new Svgd { Particles = 2 } },
            new TrainingOptions { MaxIterations = 30, HiddenUnits = [], Method = new Deterministic() },
        ];
        foreach (TrainingOptions options in all)
        {
            BayesianNetwork.Fit(data, options).Save(path);
            yield return File.ReadAllBytes(path);
        }

        foreach (int classes in new[] { 2, 3 })
        {
            Dataset labelled = Dataset.OfClasses(data.Inputs, [.. Enumerable.Range(0, data.RowCount).Select(row => $"class {row % classes}")]);
            BayesianNetwork.Fit(labelled, all[0]).Save(path);
            yield return File.ReadAllBytes(path);
        }

        File.Delete(path);
    }
}
