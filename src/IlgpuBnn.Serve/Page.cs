using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace IlgpuBnn.Serve;

/// <summary>The page at /: one file, which asks the server for the rest. A browser runs no script but its own.</summary>
internal sealed partial class Page
{
    private readonly byte[] _html;
    private readonly string _policy;

    private Page(string html)
    {
        _html = Encoding.UTF8.GetBytes(html);
        _policy = $"default-src 'none'; script-src {Hash(Script(), html)}; style-src {Hash(Style(), html)}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    public static Page Read()
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream("page.html")!);
        return new Page(reader.ReadToEnd().ReplaceLineEndings("\n"));
    }

    public Task SendAsync(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = _policy;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Endpoints.SendAsync(context, "text/html; charset=utf-8", _html);
    }

    private static string Hash(Regex element, string html) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(element.Match(html).Groups[1].Value)))}'";

    [GeneratedRegex("<script>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
