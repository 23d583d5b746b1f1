using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using CsvHelper;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace IlgpuBnn.Serve;

/// <summary>What is done with requests. Each is checked as a whole before the answer begins, which is then sent while it is computed.</summary>
internal sealed class Endpoints(BayesianNetwork model, ModelInputs inputs, Device device, Answers answers, ServerOptions options)
{
    public const string Json = "application/json";

    private const string Csv = "text/csv";
    private const string RequestName = "The request";

    // Of a table; beyond, it is kept in a temporary file.
    private const int BytesInMemory = 1 << 20;

    // Written before they are sent.
    private const int EnoughBytes = 1 << 14;

    public Task PredictAsync(HttpContext context) => IsCsv(context) ? AnswerCsvAsync(context, Level(context.Request), null) : AnswerAsync(
        context, "predictions", (json, request) => json.WriteNumber("level", request.Level), answers.WritePredictionsAsync);

    public Task QuantilesAsync(HttpContext context)
    {
        if (model.Classes is not null)
        {
            throw new RequestException("The model predicts classes, which have probabilities and no quantiles. Use POST /predict.");
        }

        return IsCsv(context) ? AnswerCsvAsync(context, RowsRequest.DefaultLevel, Probabilities(context.Request)) : AnswerAsync(context, "rows", WriteProbabilities, answers.WriteQuantilesAsync);
    }

    public static Task SendAsync(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    private static void WriteProbabilities(Utf8JsonWriter json, RowsRequest request)
    {
        json.WriteStartArray("probabilities");
        foreach (double probability in request.Probabilities)
        {
            json.WriteNumberValue(probability);
        }

        json.WriteEndArray();
    }

    private static bool IsCsv(HttpContext context)
    {
        string type = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? parsed) ? parsed.MediaType.ToString() : context.Request.ContentType ?? "";
        return type.Equals(Csv, StringComparison.OrdinalIgnoreCase) || (type.Equals(Json, StringComparison.OrdinalIgnoreCase) ? false : throw new RequestException(
            (type.Length == 0 ? "The request has no content type." : $"The request has the content type \"{ShownText.Of(type)}\".") + $" Say Content-Type: {Json} or {Csv}; with curl, -H 'Content-Type: {Csv}'.",
            StatusCodes.Status415UnsupportedMediaType));
    }

    private async Task AnswerAsync(HttpContext context, string property, Action<Utf8JsonWriter, RowsRequest> writeHead, Func<Utf8JsonWriter, RowsRequest, Func<Task>, Task> writeRows)
    {
        RowsRequest request = await ReadAsync(context.Request.BodyReader, context.RequestAborted);
        _ = answers.TargetsOf(request);
        context.Response.ContentType = Json;
        PipeWriter output = context.Response.BodyWriter;
        await using var json = new Utf8JsonWriter(output, JsonText.Writer);
        json.WriteStartObject();
        writeHead(json, request);
        json.WriteStartArray(property);
        await writeRows(json, request, FlushAsync);
        json.WriteEndArray();
        json.WriteEndObject();

        async Task FlushAsync()
        {
            await json.FlushAsync(context.RequestAborted);
            await output.FlushAsync(context.RequestAborted);
        }
    }

    private async Task<RowsRequest> ReadAsync(PipeReader reader, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellation);
            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            try
            {
                return RowsRequest.Read(read.Buffer, inputs, options.MaxRows);
            }
            finally
            {
                // Otherwise the connection could not go on.
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    /// <param name="level">Of intervals.</param>
    /// <param name="probabilities">Of quantiles, which are then answered instead.</param>
    private async Task AnswerCsvAsync(HttpContext context, double level, IReadOnlyList<double>? probabilities)
    {
        // A client that sends everything before it reads anything would wait for ever if the answer began earlier.
        context.Request.EnableBuffering(BytesInMemory, options.MaxBytes);
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        using (CsvTableReader check = Open(context.Request.Body))
        {
            _ = new PredictionTable(model, check, RequestName, level, conformal: false, device, probabilities);
            PredictionTable.Check(model, check, rows =>
            {
                if (rows > options.MaxRows)
                {
                    throw RequestException.TooManyRows(options.MaxRows);
                }
            });
        }

        using CsvTableReader table = Open(context.Request.Body);
        var predictions = new PredictionTable(model, table, RequestName, level, conformal: false, device, probabilities);
        context.Response.ContentType = Csv;
        using var piece = new MemoryStream();
        using CsvWriter csv = PredictionColumns.CreateWriter(piece, table.Separator);
        predictions.WriteHeader(csv);
        for (bool more = true; more;)
        {
            more = await answers.AloneAsync(() => predictions.WriteNext(csv));
            csv.Flush();
            if (!more || piece.Length >= EnoughBytes)
            {
                await context.Response.Body.WriteAsync(piece.GetBuffer().AsMemory(0, (int)piece.Length), context.RequestAborted);
                piece.SetLength(0);
            }
        }
    }

    private static CsvTableReader Open(Stream body)
    {
        body.Position = 0;
        return CsvTableReader.Of(TableSource.Of(new KeptOpen(body)), RequestName, null);
    }

    private static double Level(HttpRequest request) => QueryOf(request, "level", "/predict?level=0.9") is not { } text ? RowsRequest.DefaultLevel
        : RowsRequest.CheckedLevel(Number(text));

    private static IReadOnlyList<double> Probabilities(HttpRequest request) => QueryOf(request, "probabilities", "/quantiles?probabilities=0.05,0.5,0.95") is not { } text
        ? RowsRequest.DefaultProbabilities
        : RowsRequest.Checked([.. text.Split(',').Select(Number)]);

    private static double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;

    /// <summary>The one thing that an address may say; null where it does not.</summary>
    private static string? QueryOf(HttpRequest request, string name, string example)
    {
        string? other = request.Query.Keys.FirstOrDefault(own => own != name);
        return other is null ? request.Query[name].LastOrDefault() : throw new RequestException($"\"{ShownText.Of(other)}\" is no part of an address here. Use {example}.");
    }

    /// <summary>A stream that whoever reads it does not close.</summary>
    private sealed class KeptOpen(Stream stream) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => stream.CanSeek;

        public override bool CanWrite => false;

        public override long Length => stream.Length;

        public override long Position { get => stream.Position; set => stream.Position = value; }

        public override int Read(byte[] buffer, int offset, int count) => stream.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => stream.Read(buffer);

        public override long Seek(long offset, SeekOrigin origin) => stream.Seek(offset, origin);

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
