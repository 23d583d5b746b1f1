using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IlgpuBnn.Tests.Export;

namespace IlgpuBnn.Tests;

/// <summary>A page in headless Chromium, by the browser's own protocol (https://chromedevtools.github.io/devtools-protocol).</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _profile = new();
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _patience = new(_timeout);
    private readonly Process _process;
    private int _messages;

    private Browser(Process process, TemporaryFolder profile) => (_process, _profile) = (process, profile);

    /// <summary>What the page printed on its console, and errors.</summary>
    public List<string> Console { get; } = [];

    public static async Task<Browser> OpenAsync(string program, string url)
    {
        var profile = new TemporaryFolder();
        Process process = Process.Start(new ProcessStartInfo(
            program,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run", "--window-size=1100,1300",
                "--remote-debugging-port=0", $"--user-data-dir={profile.Path}", "about:blank",
            ])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var browser = new Browser(process, profile);
        try
        {
            string address = "";
            while (!address.Contains("ws://", StringComparison.Ordinal))
            {
                address = await process.StandardError.ReadLineAsync(browser._patience.Token) ?? throw new IOException($"{program} ended.");
            }

            _ = process.StandardError.ReadToEndAsync();
            using var client = new HttpClient();
            var place = new Uri(address[address.IndexOf("ws://", StringComparison.Ordinal)..].Trim());
            JsonArray pages = JsonNode.Parse(await client.GetStringAsync($"http://{place.Authority}/json/list", browser._patience.Token))!.AsArray();
            string page = pages.First(own => own!["type"]!.GetValue<string>() == "page")!["webSocketDebuggerUrl"]!.GetValue<string>();
            await browser._socket.ConnectAsync(new Uri(page), browser._patience.Token);
            await browser.CallAsync("Runtime.enable", []);
            await browser.CallAsync("Log.enable", []);
            await browser.CallAsync("Page.navigate", new JsonObject { ["url"] = url });
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>The value of an expression in the page, once it is true.</summary>
    public async Task<string> WaitForAsync(string expression)
    {
        while (true)
        {
            JsonNode? value = (await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = $"String({expression})", ["returnByValue"] = true }))["result"]!["value"];
            if (value?.GetValue<string>() is { } text and not ("" or "false" or "null" or "undefined" or "NaN"))
            {
                return text;
            }

            await Task.Delay(20, _patience.Token);
        }
    }

    /// <summary>Shows the page as on paper of a width in pixels, of which an inch has 96.</summary>
    public async Task ShowAsPrintedAsync(int width)
    {
        await CallAsync("Emulation.setEmulatedMedia", new JsonObject { ["media"] = "print" });
        await CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 1000, ["deviceScaleFactor"] = 1, ["mobile"] = false });
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _patience.Dispose();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                _profile.Dispose();
                return;
            }
            catch (IOException) when (attempt < 50)
            {
                // Its children write a little longer.
                await Task.Delay(20);
            }
        }
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters)
    {
        int id = ++_messages;
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters });
        await _socket.SendAsync(message, WebSocketMessageType.Text, true, _patience.Token);
        while (true)
        {
            JsonNode answer = await ReceiveAsync();
            if (answer["id"]?.GetValue<int>() == id)
            {
                return answer["result"] ?? throw new InvalidOperationException(answer.ToJsonString());
            }

            if (answer["method"]?.GetValue<string>() is "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded")
            {
                Console.Add(answer.ToJsonString());
            }
        }
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        var text = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (true)
        {
            WebSocketReceiveResult part = await _socket.ReceiveAsync(buffer, _patience.Token);
            text.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return JsonNode.Parse(Encoding.UTF8.GetString(text.ToArray()))!;
            }
        }
    }
}

/// <summary>A test in a browser: skipped, with the reason, where there is no Chromium, unless ILGPUBNN_REQUIRE names it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ChromiumFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> _program = new(() => Array.Find(["chromium", "chromium-browser", "google-chrome"], name => Compilers.Missing(name) is null));

    public ChromiumFactAttribute() =>
        Skip = Program is null && !TestDevices.IsRequired("chromium") ? "Neither chromium nor google-chrome is installed." : null;

    public static string? Program => _program.Value;
}
