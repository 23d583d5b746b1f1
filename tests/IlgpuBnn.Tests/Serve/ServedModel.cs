using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IlgpuBnn.Serve;

namespace IlgpuBnn.Tests.Serve;

/// <summary>A model of a number, a logarithm and a category, with units and scores, behind a server on a free port.</summary>
public sealed class ServedModel : IAsyncLifetime, IDisposable
{
    public const int MaxRows = 300, MaxBytes = 40_000;

    private readonly HttpClient _client;
    private readonly List<Exception> _failures = [];
    private PredictionServer? _server;

    public ServedModel() => _client = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellation) =>
        {
            Connections++;
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>That were opened to it.</summary>
    public int Connections { get; private set; }

    public BayesianNetwork Model { get; private set; } = null!;

    public string Url => _server!.Urls.Single();

    public static string Table(int rows)
    {
        var random = new Random(3);
        var text = new StringBuilder("# units: K, , m/s, kg, kg\ntemp,soil,wind,\"yield, dry\",straw\n");
        for (int row = 0; row < rows; row++)
        {
            double temp = 280 + (30 * random.NextDouble()), wind = Math.Pow(10, (4 * random.NextDouble()) - 2);
            string soil = row % 3 == 0 ? "clay" : row % 3 == 1 ? "loam" : "\"fine \"\"sand\"\"\"";
            text.Append(FormattableString.Invariant($"{temp},{soil},{wind},{(temp / 10) + Math.Log(wind) + (row % 3)},{Math.Sin(temp / 9)}\n"));
        }

        return text.ToString();
    }

    public static Dataset Data(int rows) =>
        Dataset.FromTable(Tests.Data.Tables.Parse(Table(100)), targets: ["yield, dry", "straw"]).SelectRows([.. Enumerable.Range(0, rows)]);

    public async Task InitializeAsync()
    {
        Dataset data = Data(60);
        var options = new TrainingOptions { MaxIterations = 60, LogInputs = ["wind"], HiddenUnits = [8], Method = new AnchoredEnsemble { Particles = 8, Folds = 4 } };
        BayesianNetwork model = BayesianNetwork.Fit(data, options);
        Model = model.WithUnseenScores(Scores.Evaluate(model.PredictOutOfFold(data), data.Targets));
        _server = await PredictionServer.StartAsync(
            Model, DeviceCatalog.Default, new ServerOptions { Urls = ["http://127.0.0.1:0"], MaxRows = MaxRows, MaxBytes = MaxBytes, Title = "soil & <b>wind</b>" }, _failures.Add);
    }

    public async Task DisposeAsync()
    {
        await _server!.DisposeAsync();
        Assert.Empty(_failures);
    }

    public void Dispose() => _client.Dispose();

    public async Task<JsonNode> GetAsync(string path)
    {
        using HttpResponseMessage answer = await _client.GetAsync(Url + path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    public async Task<JsonNode> PostAsync(string path, object request)
    {
        (HttpStatusCode status, string _, string body) = await SendAsync(path, request as string ?? JsonSerializer.Serialize(request), "application/json");
        Assert.True(status == HttpStatusCode.OK, body);
        return JsonNode.Parse(body)!;
    }

    public async Task<(HttpStatusCode Status, string Type, string Body)> SendAsync(string path, string body, string type, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url + path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        change?.Invoke(request);
        using HttpResponseMessage answer = await _client.SendAsync(request);
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "", await answer.Content.ReadAsStringAsync());
    }
}
