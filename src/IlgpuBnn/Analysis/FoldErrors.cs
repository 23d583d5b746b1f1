using IlgpuBnn.Data;
using IlgpuBnn.Prediction;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>Errors of every fold of a table with every size of training, in standard deviations of the targets.</summary>
internal sealed class FoldErrors
{
    private readonly Dataset _data;
    private readonly int _folds, _sizes, _targets;
    private readonly IReadOnlyList<double> _scale;

    // Of a standard deviation: errors have a logarithm.
    private const double SmallestError = 1e-9;

    // [fold, size, target]: sums over the rows that have the target.
    private readonly double[,,] _squares, _crps;

    // [fold, target].
    private readonly int[,] _counts;

    public FoldErrors(Dataset data, int folds, int sizes)
    {
        (_data, _folds, _sizes, _targets) = (data, folds, sizes, data.TargetCount);
        _scale = Standardisation.Fit(data.Targets).Scale;
        (_squares, _crps, _counts) = (new double[folds, sizes, _targets], new double[folds, sizes, _targets], new int[folds, _targets]);
    }

    /// <summary>Takes the predictions of a fold's rows; once for each fold and size, on any thread.</summary>
    public void Add(int fold, int size, PredictiveDistribution prediction, double[,] targets)
    {
        IReadOnlyList<TargetScores> scores = Scores.Evaluate(prediction, targets).PerTarget;
        for (int o = 0; o < _targets; o++)
        {
            int count = Enumerable.Range(0, targets.GetLength(0)).Count(row => !double.IsNaN(targets[row, o]));
            _counts[fold, o] = count;
            _squares[fold, size, o] = count > 0 ? count * Math.Pow(scores[o].Rmse / _scale[o], 2) : 0;
            _crps[fold, size, o] = count > 0 ? count * scores[o].Crps / _scale[o] : 0;
        }
    }

    public LearningCurve Curve(IReadOnlyList<int> sizes, int trainings, int seed)
    {
        int[] varying = [.. Enumerable.Range(0, _targets).Where(o => !_data.IsConstant(o) && Enumerable.Range(0, _sizes).All(size => Rmse(o, size, null) > 0))];
        if (varying.Length == 0)
        {
            throw new DataException(_data.SourceName, "no target varies, so there is no error to follow.");
        }

        return new LearningCurve
        {
            Sizes = sizes,
            RowCount = _data.RowCount,
            Trainings = trainings,
            Rmse = Of("all targets", (size, without) => varying.Average(o => Rmse(o, size, without))),
            Crps = Of("all targets", (size, without) => varying.Average(o => Mean(_crps, o, size, without))),
            Targets = [.. varying.Select(o => Of(_data.TargetNames[o], (size, without) => Rmse(o, size, without)))],
        };

        ErrorCurve Of(string name, Func<int, int?, double> error)
        {
            double[] all = [.. Enumerable.Range(0, _sizes).Select(size => error(size, null))], logs = [.. all.Select(own => Math.Log(own))];
            var repeats = new double[_folds, _sizes];
            for (int k = 0; k < repeats.Length; k++)
            {
                (int fold, int size) = Math.DivRem(k, _sizes);
                repeats[fold, size] = (_folds * logs[size]) - ((_folds - 1) * Math.Log(Math.Max(error(size, fold), SmallestError)));
            }

            double[] deviations = [.. Enumerable.Range(0, _sizes).Select(size => Deviation(size) / Math.Sqrt(_folds))];
            return new ErrorCurve(name, all, deviations, PowerLaw.Fit(sizes, logs, repeats, seed));

            double Deviation(int size) => Enumerable.Range(0, _folds).Select(fold => repeats[fold, size]).StandardDeviation();
        }
    }

    private double Rmse(int target, int size, int? without) => Math.Sqrt(Mean(_squares, target, size, without));

    /// <summary>Over the rows of all folds but one.</summary>
    private double Mean(double[,,] sums, int target, int size, int? without)
    {
        int[] folds = [.. Enumerable.Range(0, _folds).Where(fold => fold != without)];
        return folds.Sum(fold => sums[fold, size, target]) / folds.Sum(fold => _counts[fold, target]);
    }
}
