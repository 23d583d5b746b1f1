using System.Net.Sockets;
using IlgpuBnn.Devices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IlgpuBnn.Serve;

/// <summary>Answers requests for a model's predictions over HTTP, and shows a page to try it in a browser.</summary>
/// <remarks>
/// POST /predict and /quantiles (JSON or CSV), GET /model, /openapi.json, /healthz and the page at /. It reads no file that a request names, and nothing of its environment.
/// Whoever reaches it may use it: there are no users and passwords.
/// </remarks>
public sealed class PredictionServer : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly WebApplication _application;
    private readonly Answers _answers;

    private PredictionServer(BayesianNetwork model, Device device, ServerOptions options, Action<Exception> failed)
    {
        _answers = new Answers(model, device);

        // Empty: no configuration files, no environment, no log. Whoever starts it says everything.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBytes;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _patience);
        _application = builder.Build();
        foreach (string url in options.Urls)
        {
            _application.Urls.Add(url);
        }

        var inputs = new ModelInputs(model.Model.Encoding);
        var endpoints = new Endpoints(model, inputs, device, _answers, options);
        Page page = Page.Read();
        byte[] description = ModelDescription.Json(model, options), openApi = OpenApi.Json(model, inputs, options);
        _application.Use(new RequestGuard(options, failed).RunAsync);
        _application.UseRouting();
        _application.MapGet("/", page.SendAsync);
        _application.MapGet("/model", context => Endpoints.SendAsync(context, Endpoints.Json, description));
        _application.MapGet("/openapi.json", context => Endpoints.SendAsync(context, Endpoints.Json, openApi));
        _application.MapGet("/healthz", context => Endpoints.SendAsync(context, "text/plain", "ok\n"u8.ToArray()));
        _application.MapPost("/predict", endpoints.PredictAsync);
        _application.MapPost("/quantiles", endpoints.QuantilesAsync);
    }

    /// <summary>Addresses that it listens at.</summary>
    public IReadOnlyCollection<string> Urls => [.. _application.Urls];

    /// <summary>Starts to listen.</summary>
    /// <param name="model">Is kept on the device.</param>
    /// <param name="device">Must outlive the server.</param>
    /// <param name="options">Default: those of <see cref="ServerOptions"/>.</param>
    /// <param name="failed">Is told what went wrong inside the server. Default: nobody is.</param>
    /// <param name="cancellation">Stops waiting for the start.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">An address is in use, or may not be used.</exception>
    public static async Task<PredictionServer> StartAsync(
        BayesianNetwork model, Device device, ServerOptions? options = null, Action<Exception>? failed = null, CancellationToken cancellation = default)
    {
        options ??= new ServerOptions();
        options.Validate();
        var server = new PredictionServer(model, device, options, failed ?? (_ => { }));
        try
        {
            await server._application.StartAsync(cancellation);
            return server;
        }
        catch (Exception exception) when (exception is IOException or SocketException or InvalidOperationException)
        {
            await server.DisposeAsync();
            throw new IOException($"{string.Join(", ", options.Urls)} cannot be used: {exception.Message.TrimEnd('.')}. Choose another address or port, or stop the program that listens there.", exception);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes no further request, and waits up to ten seconds for those at hand.</summary>
    public Task StopAsync() => _application.StopAsync();

    /// <summary>Stops, and frees the device's memory.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _answers.Dispose();
    }

    /// <summary>Signals are the program's own business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
