using System.CommandLine;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Serve;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var defaults = new ServerOptions();
        Option<string> model = CommonOptions.Model();
        var urls = new Option<string[]>("--urls")
        {
            Description = "Addresses to listen at. Other machines reach it only if you name an address of this one, or http://0.0.0.0:5005 for all; whoever reaches it may use it.",
            DefaultValueFactory = _ => [ServerOptions.DefaultUrl],
            HelpName = "url",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        urls.Validators.Add(result =>
        {
            foreach (string url in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (ServerOptions.ProblemOf(url) is { } problem)
                {
                    result.AddError($"--urls is \"{url}\"; {problem}.");
                }
            }
        });
        TextOption<int> rows = TextOption.Whole("--max-rows", "Rows of a request.", defaults.MaxRows);
        TextOption<int> bytes = TextOption.Whole("--max-bytes", "Bytes of a request.", (int)defaults.MaxBytes);
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "serve",
            "Answer requests for predictions over HTTP, and show a page in the browser with a slider for each input. POST /predict takes JSON or CSV, POST /quantiles JSON; GET /model describes inputs and targets, "
                + "/openapi.json all of it; /healthz says ok. Ctrl-C, or SIGTERM, answers what has been asked, and ends.\n\n"
                + "Examples:\n  ilgpubnn serve --model yield.safetensors\n  curl -s http://127.0.0.1:5005/predict -H 'Content-Type: text/csv' --data-binary @new.csv") { model, urls, rows, bytes, device };
        command.SetAction(parse => Run(
            parse.GetRequiredValue(model), device.Of(parse)!,
            new ServerOptions { Urls = parse.GetRequiredValue(urls), MaxRows = rows.Of(parse), MaxBytes = bytes.Of(parse), Title = Path.GetFileNameWithoutExtension(parse.GetRequiredValue(model)) }));
        return command;
    }

    private static int Run(string modelPath, string deviceId, ServerOptions options)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        using Device device = DeviceCatalog.Open(deviceId);
        using var interruption = new Interruption();
        return RunAsync(model, device, options, interruption.Token).GetAwaiter().GetResult();
    }

    private static async Task<int> RunAsync(BayesianNetwork model, Device device, ServerOptions options, CancellationToken stop)
    {
        await using PredictionServer server = await Started();
        Console.Error.WriteLine($"Listening at {string.Join(", ", server.Urls)}: open it in a browser. Ctrl-C ends it.");
        if (!options.IsLoopback)
        {
            Console.Error.WriteLine("Warning: other machines may reach it, without a password and not encrypted.");
        }

        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        await server.StopAsync();
        Console.Error.WriteLine("Stopped.");
        return ExitCode.Success;

        async Task<PredictionServer> Started()
        {
            try
            {
                return await PredictionServer.StartAsync(model, device, options, Report, stop);
            }
            catch (IOException exception)
            {
                throw new CommandException(exception.Message, exception);
            }
        }
    }

    private static void Report(Exception exception) =>
        Console.Error.WriteLine($"{DateTime.UtcNow.ToString("u", CultureInfo.InvariantCulture)} A request failed; this is a bug, please report it: {ShownText.Escaped(exception.ToString())}");
}
