using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace IlgpuBnn.Benchmarks;

/// <summary>Single rows asked of a running <c>ilgpubnn serve</c>: requests a second as fast as they go, and times at a given rate.</summary>
internal static class ServerLoad
{
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(3), _measured = TimeSpan.FromSeconds(10);

    public static void Run(Uri url, IEnumerable<int> rates)
    {
        byte[] request = Request(url);
        foreach (int connections in (int[])[1, 4, 16])
        {
            Print($"{connections} connections, as fast as they go", Measure(url, request, connections, 0));
        }

        foreach (int rate in rates)
        {
            Print($"{rate} requests a second on 16 connections", Measure(url, request, 16, rate));
        }
    }

    private static void Print(string what, double[] milliseconds)
    {
        Array.Sort(milliseconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {milliseconds.Length / _measured.TotalSeconds:F0} a second, median {At(0.5):F2} ms, p99 {At(0.99):F2} ms, p99.9 {At(0.999):F2} ms"));

        double At(double probability) => milliseconds[(int)(probability * (milliseconds.Length - 1))];
    }

    /// <summary>One row in the middle of the training range.</summary>
    private static byte[] Request(Uri url)
    {
        using var client = new HttpClient();
        JsonNode model = JsonNode.Parse(client.GetStringAsync(new Uri(url, "model")).GetAwaiter().GetResult())!;
        var row = new JsonObject();
        foreach (JsonNode? input in model["inputs"]!.AsArray())
        {
            row[input!["name"]!.GetValue<string>()] = (input["mean"] ?? input["levels"]![0]!).DeepClone();
        }

        string body = new JsonObject { ["rows"] = new JsonArray(row) }.ToJsonString();
        return Encoding.UTF8.GetBytes($"POST /predict HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }

    /// <param name="rate">Requests a second, each due at its own time, from which its wait counts; 0 for as many as there can be.</param>
    private static double[] Measure(Uri url, byte[] request, int connections, int rate)
    {
        var all = new ConcurrentBag<List<double>>();
        long start = Stopwatch.GetTimestamp(), measured = start + Ticks(_warmUp), end = measured + Ticks(_measured);
        Thread[] threads = [.. Enumerable.Range(0, connections).Select(k => new Thread(() => all.Add(Ask(k))))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return [.. all.SelectMany(own => own)];

        List<double> Ask(int connection)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(url.Host, url.Port);
            var times = new List<double>();
            var buffer = new byte[1 << 16];
            for (long asked = 0; ; asked++)
            {
                long due = rate == 0 ? Stopwatch.GetTimestamp() : start + (long)(((asked * connections) + connection) * (double)Stopwatch.Frequency / rate);
                if (due >= end)
                {
                    return times;
                }

                while (Stopwatch.GetTimestamp() is var now && now < due)
                {
                    Thread.Sleep(due - now > Stopwatch.Frequency / 500 ? 1 : 0);
                }

                socket.Send(request);
                Receive(socket, buffer);
                if (due >= measured)
                {
                    times.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
                }
            }
        }

        static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>Reads to the end of a chunked answer.</summary>
    private static void Receive(Socket socket, byte[] buffer)
    {
        int filled = 0;
        do
        {
            int read = socket.Receive(buffer.AsSpan(filled));
            filled += read > 0 ? read : throw new IOException("The server closed the connection.");
        }
        while (!buffer.AsSpan(0, filled).EndsWith("0\r\n\r\n"u8));
        if (!buffer.AsSpan().StartsWith("HTTP/1.1 200"u8))
        {
            throw new IOException(Encoding.UTF8.GetString(buffer, 0, filled));
        }
    }
}
