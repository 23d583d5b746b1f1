using System.Net;

namespace IlgpuBnn.Serve;

/// <summary>Where a server listens, and how much it takes.</summary>
public sealed record ServerOptions
{
    /// <summary>Address without <see cref="Urls"/>: this machine alone reaches it.</summary>
    public const string DefaultUrl = "http://127.0.0.1:5005";

    /// <summary>Addresses such as http://127.0.0.1:5005; port 0 takes a free one. Default: <see cref="DefaultUrl"/>.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [DefaultUrl];

    /// <summary>Rows of a request, at least 1. Default: 100,000.</summary>
    public int MaxRows { get; init; } = 100_000;

    /// <summary>Bytes of a request, at least 1. Default: 32 MiB.</summary>
    public long MaxBytes { get; init; } = 32 << 20;

    /// <summary>What the model is called. Default: "model".</summary>
    public string Title { get; init; } = "model";

    /// <summary>Whether only this machine reaches it.</summary>
    public bool IsLoopback => Urls.All(url => IsLoopbackHost(new Uri(url).DnsSafeHost));

    /// <summary>What is wrong with an address; null if nothing is.</summary>
    public static string? ProblemOf(string url) =>
        !Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) ? "it must be an address such as http://127.0.0.1:5005"
        : parsed.Scheme != Uri.UriSchemeHttp ? "it must begin with http://; for https, put a web server with a certificate in front"
        : parsed is { AbsolutePath: not "/" } or { Query.Length: > 0 } or { UserInfo.Length: > 0 } ? "it must be no more than http://, a host and a port"
        : null;

    /// <exception cref="ArgumentException">An option is out of range; every one is named.</exception>
    public void Validate()
    {
        string[] problems =
        [
            .. Urls.Count == 0 ? ["Urls is empty: name at least one address."] : Array.Empty<string>(),
            .. Urls.Select(url => (url, Problem: ProblemOf(url))).Where(own => own.Problem is not null).Select(own => $"Urls has \"{own.url}\"; {own.Problem}."),
            .. MaxRows < 1 ? [$"MaxRows is {MaxRows}; it must be at least 1."] : Array.Empty<string>(),
            .. MaxBytes < 1 ? [$"MaxBytes is {MaxBytes}; it must be at least 1."] : Array.Empty<string>(),
        ];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems));
        }
    }

    internal static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
