using SkiaSharp;

namespace IlgpuBnn.Png;

/// <summary>The fonts of a machine, by their files: the same on every system, without a library that lists fonts.</summary>
/// <param name="folders">Searched with all below them; missing ones are passed over.</param>
internal sealed class FontFiles(IReadOnlyList<string> folders)
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // Names of files, regular and bold, best first: those of the SVG's families, and what systems have in their place.
    private static readonly (string Regular, string Bold)[] Preferred =
    [
        ("arial", "arialbd"), ("Arial", "Arial Bold"), ("Helvetica", "Helvetica-Bold"), ("LiberationSans-Regular", "LiberationSans-Bold"),
        ("Arimo-Regular", "Arimo-Bold"), ("DejaVuSans", "DejaVuSans-Bold"), ("NotoSans-Regular", "NotoSans-Bold"),
    ];

    private readonly Lazy<Dictionary<string, string>> _files = new(() => Find(folders));
    private readonly Dictionary<string, SKTypeface?> _opened = [];
    private readonly Lock _lock = new();

    /// <summary>Where this system keeps fonts.</summary>
    public static IReadOnlyList<string> Folders()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        if (OperatingSystem.IsWindows())
        {
            return [Environment.GetFolderPath(Environment.SpecialFolder.Fonts), Path.Combine(data, "Microsoft", "Windows", "Fonts")];
        }

        return OperatingSystem.IsMacOS()
            ? ["/System/Library/Fonts", "/Library/Fonts", Path.Combine(home, "Library", "Fonts")]
            : ["/usr/share/fonts", "/usr/local/share/fonts", Path.Combine(data, "fonts"), Path.Combine(home, ".fonts")];
    }

    /// <summary>The first font that has all characters of a text; where none has, the first one.</summary>
    /// <returns>The font, and whether it is regular where bold was asked for.</returns>
    /// <exception cref="PngException">There is no font.</exception>
    public (SKTypeface Typeface, bool IsThin) Choose(string text, bool bold)
    {
        lock (_lock)
        {
            (SKTypeface, bool)? first = null;
            foreach ((string regular, string bolder) in Names())
            {
                SKTypeface? heavy = bold && bolder.Length > 0 ? Open(bolder) : null;
                if ((heavy ?? Open(regular)) is { } typeface)
                {
                    first ??= (typeface, bold && heavy is null);
                    if (Has(typeface, text))
                    {
                        return (typeface, bold && heavy is null);
                    }
                }
            }

            return first ?? throw new PngException(
                $"There is no font in {string.Join(", ", folders)}, and a PNG would be without its text: install one, such as the package fonts-dejavu-core of Debian and Ubuntu.");
        }
    }

    private IEnumerable<(string Regular, string Bold)> Names() =>
        Preferred.Where(names => _files.Value.ContainsKey(names.Regular)).Concat(_files.Value.Keys.Order(StringComparer.Ordinal).Select(name => (name, "")));

    private SKTypeface? Open(string name)
    {
        if (!_opened.TryGetValue(name, out SKTypeface? typeface))
        {
            // Symbols are no letters. A file may be damaged.
            typeface = _files.Value.TryGetValue(name, out string? path) ? SKTypeface.FromFile(path) : null;
            _opened[name] = typeface = typeface is not null && Has(typeface, Letters) ? typeface : null;
        }

        return typeface;
    }

    private static bool Has(SKTypeface typeface, string text)
    {
        using var font = new SKFont(typeface);
        return font.ContainsGlyphs(text);
    }

    /// <summary>Paths by names without extension.</summary>
    private static Dictionary<string, string> Find(IReadOnlyList<string> folders)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        foreach (string path in folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*", everywhere)))
        {
            if (Path.GetExtension(path).ToUpperInvariant() is ".TTF" or ".OTF" or ".TTC")
            {
                files.TryAdd(Path.GetFileNameWithoutExtension(path), path);
            }
        }

        return files;
    }
}
