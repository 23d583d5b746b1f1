using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Training;
using MathNet.Numerics;

namespace IlgpuBnn.Analysis;

/// <summary>How a learning curve is measured.</summary>
public sealed record LearningCurveOptions
{
    /// <summary>Numbers of training rows, rising, at least 2 of them. Null (default) for five from a quarter of the most there are to the most.</summary>
    public IReadOnlyList<int>? Sizes { get; init; }

    /// <summary>Parts of the table; each is predicted once by networks trained on the others. Default 5.</summary>
    public int Parts { get; init; } = 5;

    /// <summary>Of each training.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <exception cref="ArgumentException">Options are out of range; the message names every one.</exception>
    public void Validate()
    {
        string[] problems =
        [
            .. Parts < 2 ? [$"Parts is {Parts}; it must be at least 2."] : Array.Empty<string>(),
            .. Sizes is { } sizes && (sizes.Count < 2 || sizes.Zip(sizes.Skip(1)).Any(own => own.First >= own.Second))
                ? [$"Sizes are {string.Join(", ", sizes)}; give at least two, rising."] : Array.Empty<string>(),
        ];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join(" ", problems));
        }

        Training.Validate();
    }
}

/// <summary>An error measured with rising numbers of training rows, and the law that it follows.</summary>
/// <param name="Name">The target; "all targets" for the mean over them.</param>
/// <param name="Errors">[size], in standard deviations of the target.</param>
/// <param name="StandardErrors">[size]: of the logarithm of the error, over the parts of the table.</param>
/// <param name="Law">What follows for other numbers of rows.</param>
public sealed record ErrorCurve(string Name, IReadOnlyList<double> Errors, IReadOnlyList<double> StandardErrors, PowerLaw Law);

/// <summary>How errors on unseen rows fall with the number of training rows, from trainings on nested parts of a table: what more runs of the simulator would bring.</summary>
/// <remarks>
/// The table is divided into parts (related rows together). For each part networks are trained on rising numbers of the other rows, each set within the next, and
/// predict the part, so that every row is predicted once with every size.
/// </remarks>
public sealed class LearningCurve
{
    private const int SmallestSize = 10, DefaultSizes = 5;

    internal LearningCurve()
    {
    }

    /// <summary>Numbers of training rows.</summary>
    public required IReadOnlyList<int> Sizes { get; init; }

    /// <summary>Rows of the table.</summary>
    public required int RowCount { get; init; }

    /// <summary>Trainings that were needed.</summary>
    public required int Trainings { get; init; }

    /// <summary>Root-mean-square error, mean over targets.</summary>
    public required ErrorCurve Rmse { get; init; }

    /// <summary>Continuous ranked probability score, mean over targets.</summary>
    public required ErrorCurve Crps { get; init; }

    /// <summary>Root-mean-square error of each target that varies.</summary>
    public required IReadOnlyList<ErrorCurve> Targets { get; init; }

    /// <summary>Trains and measures.</summary>
    /// <param name="data">At least 20 rows.</param>
    /// <param name="device">Null (default) for as many trainings at a time as there are processors, each on one thread.</param>
    /// <param name="progress">Told how many trainings are done, on any thread.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a size larger than the rows beside a part.</exception>
    /// <exception cref="DataException">There are too few rows, or no target varies.</exception>
    public static LearningCurve Measure(
        Dataset data, LearningCurveOptions? options = null, Device? device = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new LearningCurveOptions();
        options.Validate();
        data.RequireUsableTargets();
        if (data.Classes is not null)
        {
            throw new ArgumentException($"{data.SourceName} has classes of {data.TargetNames[0]}, and learning curves are of errors of numbers. Give targets of numbers.", nameof(data));
        }

        IReadOnlyList<int>[] orders = Orders(data, options.Parts, options.Training.Seed, cancellation);
        int most = orders.Min(order => order.Count);
        IReadOnlyList<int> sizes = options.Sizes ?? SizesOf(data, most);
        if (sizes[0] < 3 || sizes[^1] > most)
        {
            throw new ArgumentException($"Sizes are {string.Join(", ", sizes)}; {data.SourceName} has {data.RowCount} rows, {most} of them beside a part. Give sizes between 3 and {most}.");
        }

        // The longest trainings first, so that no processor waits for one at the end.
        (int Fold, int Size)[] trainings = [.. from size in Enumerable.Range(0, sizes.Count).Reverse() from fold in Enumerable.Range(0, orders.Length) select (fold, size)];
        var errors = new FoldErrors(data, orders.Length, sizes.Count);
        int done = 0;
        try
        {
            Parallel.ForEach(
                Partitioner.Create(trainings, loadBalance: true),
                new ParallelOptions { MaxDegreeOfParallelism = device is null ? Environment.ProcessorCount : 1, CancellationToken = cancellation },
                own =>
                {
                    Train(own.Fold, own.Size);
                    progress?.Report(Interlocked.Increment(ref done));
                });
        }
        catch (AggregateException exception)
        {
            // All fail alike: one tells it.
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }

        return errors.Curve(sizes, trainings.Length, options.Training.Seed);

        void Train(int fold, int size)
        {
            using Device? single = device is null ? DeviceCatalog.OpenCpu(1) : null;
            Dataset training = data.SelectRows([.. orders[fold].Take(sizes[size])]), test = data.SelectRows([.. Enumerable.Range(0, data.RowCount).Except(orders[fold])]);
            BayesianNetwork model = BayesianNetwork.Fit(training, options.Training, device ?? single, cancellation: cancellation);
            errors.Add(fold, size, model.Predict(test, device ?? single), test.Targets);
        }
    }

    /// <summary>[part]: the rows beside it, in an order in which related rows follow one another.</summary>
    internal static IReadOnlyList<int>[] Orders(Dataset data, int parts, int seed, CancellationToken cancellation = default)
    {
        RelatedRows related = RelatedRows.Of(data, cancellation);

        // Two particles for each, of which there are none here.
        var folds = new Folds([data.RowCount], parts, 2 * parts, seed, related, cancellation);
        if (folds.Count < 2)
        {
            throw new DataException(data.SourceName, "all rows are related: none can stand for new ones. A learning curve needs independent rows, or groups.");
        }

        IReadOnlyList<RowBlock> blocks = related.Blocks(0, data.RowCount, cancellation);
        return
        [
            .. Enumerable.Range(0, folds.Count).Select(part =>
            {
                int[] order = Combinatorics.GeneratePermutation(blocks.Count, RandomStreams.Open(seed, RandomStreams.Purpose.Designs, part));
                return (IReadOnlyList<int>)[.. order.SelectMany(k => blocks[k].Rows).Where(row => folds.Of(row) != part)];
            }),
        ];
    }

    private static int[] SizesOf(Dataset data, int most)
    {
        double smallest = Math.Max(SmallestSize, most / 4.0);
        int[] sizes = [.. Enumerable.Range(0, DefaultSizes).Select(k => (int)Math.Round(smallest * Math.Pow(most / smallest, k / (DefaultSizes - 1.0)))).Distinct()];
        return most >= 1.5 * SmallestSize ? sizes : throw new DataException(
            data.SourceName, $"{data.RowCount} rows leave {most} beside a part, from which no curve can be drawn. Give at least 20 rows.");
    }
}
