using System.Collections.Concurrent;
using System.Text.Json;
using IlgpuBnn.Devices;

namespace UciBenchmark;

/// <summary>Runs splits in parallel, each on one thread.</summary>
internal static class Benchmark
{
    /// <summary>A result for each target.</summary>
    public static SetResult[] Run(BenchmarkSet set, int splits, Protocol protocol)
    {
        var results = new SplitResult[splits][];
        var devices = new ConcurrentBag<Device>();
        Parallel.For(0, splits, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, split =>
        {
            if (!devices.TryTake(out Device? device))
            {
                device = DeviceCatalog.OpenCpu(1);
            }

            (IlgpuBnn.Data.Dataset train, IlgpuBnn.Data.Dataset test) = set.Split(split);
            results[split] = protocol(train, test, split, device);
            devices.Add(device);
        });
        foreach (Device device in devices)
        {
            device.Dispose();
        }

        IReadOnlyList<string> targets = set.Data.TargetNames;
        return
        [
            .. targets.Select((target, o) => new SetResult(
                targets.Count == 1 ? set.Name : $"{set.Name}, {target}", set.Data.RowCount, set.Data.InputCount, [.. results.Select(result => result[o])])),
        ];
    }

    public static void Print(SetResult result, TextWriter output)
    {
        output.WriteLine($"{result.Name}: {result.Rows} rows, {result.Inputs} inputs, {result.Splits.Count} splits");
        output.WriteLine($"  RMSE            {result.Rmse.Text(3)}{Beside(result.Name, figure => figure.Rmse)}{Peers.Beside(result, "RMSE", 3)}");
        output.WriteLine($"  log score       {result.LogScore.Text(3)}{Beside(result.Name, figure => figure.LogScore)}{Peers.Beside(result, "log score", 3)}");
        output.WriteLine($"  CRPS            {result.Crps.Text(4)}{Peers.Beside(result, "CRPS", 4)}");
        output.WriteLine($"  coverage, 95 %  {result.Coverage95.Text(3)}{Peers.Beside(result, "coverage 95 %", 3)}");
        output.WriteLine($"  seconds a split {result.Seconds.Text(1)}{Peers.Beside(result, "seconds", 1)}");
    }

    public static void WriteJson(string path, string protocol, IEnumerable<SetResult> results)
    {
        using FileStream file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("protocol", protocol);
        json.WriteStartObject("sets");
        foreach (SetResult result in results)
        {
            json.WriteStartObject(result.Name);
            json.WriteNumber("rows", result.Rows);
            json.WriteNumber("inputs", result.Inputs);
            json.WriteNumber("splits", result.Splits.Count);
            foreach ((string name, Estimate estimate) in new[]
            {
                ("rmse", result.Rmse), ("log_score", result.LogScore), ("crps", result.Crps), ("coverage95", result.Coverage95), ("seconds", result.Seconds),
            })
            {
                json.WriteStartObject(name);
                if (double.IsFinite(estimate.Mean))
                {
                    json.WriteNumber("mean", estimate.Mean);
                }
                else
                {
                    json.WriteNull("mean");
                }

                if (double.IsFinite(estimate.StandardError))
                {
                    json.WriteNumber("standard_error", estimate.StandardError);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Beside(string set, Func<(double Rmse, double LogScore), double> score)
    {
        string[] columns = [.. Published.Of(set).Zip(Published.Methods, (figure, method) => figure is { } known ? $"{method} {score(known)}" : "").Where(text => text.Length > 0)];
        return columns.Length == 0 ? "" : $"   published: {string.Join(", ", columns)}";
    }
}
