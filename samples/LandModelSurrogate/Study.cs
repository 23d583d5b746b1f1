using System.Reflection;
using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace LandModelSurrogate;

/// <summary>The whole run: experiments, figures with their data, report.</summary>
/// <param name="exhibits">Figures to make; experiments that none of them needs are skipped.</param>
/// <param name="dataPath">CSV file of runs.</param>
/// <param name="deviceId">For <see cref="DeviceCatalog.Open"/>.</param>
/// <param name="folder">For all output; created if missing.</param>
/// <param name="say">Receives progress messages.</param>
internal sealed class Study(Plan plan, IReadOnlyList<Exhibit> exhibits, string dataPath, string deviceId, string folder, Action<string> say)
{
    public static string SampleData => Path.Combine(AppContext.BaseDirectory, "data", "selm-usmoz.csv");

    private static string GaussianProcessData => Path.Combine(AppContext.BaseDirectory, "data", "gaussian-process.csv");

    /// <exception cref="DataException">The runs are not those of this land model, or too few.</exception>
    public void Run()
    {
        LandModel data = LandModel.Read(dataPath);
        if (data.PoolRows < plan.Sizes.Max())
        {
            throw new DataException(dataPath, $"there are {data.PoolRows} rows besides the test rows; the experiments need {plan.Sizes.Max()}. Add runs.");
        }

        var trainings = new Trainings(data, deviceId, Path.Combine(folder, "trainings"), say);
        Job[] Jobs(Experiment experiment, IEnumerable<Job> jobs) => exhibits.Any(exhibit => exhibit.Experiment == experiment) ? [.. jobs] : [];
        Job[] sizes = Jobs(Experiment.Sizes, plan.TrainingSizes()), lengths = Jobs(Experiment.Lengths, plan.TrainingLengths());
        Job[] grid = Jobs(Experiment.Grid, plan.Architectures());
        trainings.Complete([.. sizes, .. lengths, .. grid]);
        var results = new Results(
            plan, data, trainings.Scores(sizes), trainings.Scores(lengths), trainings.Scores(grid), Files.ReadCsv<PeerRow>(GaussianProcessData));
        string[] run = [.. Circumstances(results)];
        Report.Page(results, exhibits, run).Save(folder);
        Files.Write(Path.Combine(folder, "reproduction.md"), Reproduction.Markdown(results, exhibits, run));
    }

    private IEnumerable<string> Circumstances(Results results)
    {
        // Each output's entry has the time of its training.
        OutputScores[] all = [.. results.Sizes, .. results.Lengths, .. results.Grid];
        int outputs = results.Data.Test.TargetCount;
        string version = typeof(BayesianNetwork).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        yield return $"{plan.Seeds} seeds (Fig. 3, 5, 6 and 7: one); each draws other training rows and starting points.";
        yield return $"{all.Length / outputs} trainings, together {all.Sum(score => score.Seconds) / outputs / 60:F0} minutes of one core each "
            + $"({(deviceId == "cpu" ? $"{Environment.ProcessorCount} at once" : deviceId)}); IlgpuBnn {version}.";
    }
}
