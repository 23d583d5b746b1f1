using System.Text;

namespace IlgpuBnn.Reporting;

/// <summary>A self-contained HTML page of texts, figures and tables, without scripts.</summary>
/// <remarks>Deterministic: the same content gives the same bytes. Has a print style.</remarks>
/// <param name="title">Of the page.</param>
public sealed class ReportPage(string title)
{
    /// <summary>File name of the page in the folder that <see cref="Save"/> writes.</summary>
    public const string FileName = "report.html";

    private const string Style =
        """
        body { font: 16px/1.5 Helvetica, Arial, sans-serif; color: #222; max-width: 990px; margin: 2em auto; padding: 0 1em }
        h1 { font-size: 1.8em; line-height: 1.2 } h2 { font-size: 1.3em; margin: 2em 0 .5em; border-bottom: 1px solid #ccc }
        p, figcaption { max-width: 46em } nav { font-size: .9em }
        figure { margin: 1.5em 0 } figure svg { max-width: 100%; height: auto } figcaption { font-size: .9em }
        .table { overflow-x: auto; margin-bottom: .5em } a { color: #0072b2 }
        table { border-collapse: collapse; font-size: .85em; font-variant-numeric: tabular-nums }
        th, td { padding: .2em .55em; border-bottom: 1px solid #ddd; text-align: left; vertical-align: bottom }
        td { white-space: nowrap } th { border-bottom: 2px solid #666 } .number { text-align: right }
        @page { margin: 15mm }
        @media print {
          body { font-size: 10.5pt; margin: 0; max-width: none } h2 { break-after: avoid } figure:has(svg), tr { break-inside: avoid }
          nav, .files { display: none } .table { overflow: visible } table { font-size: 7pt } th, td { padding: .2em .35em }
        }
        """;

    private const int MaxFileName = 100;

    // Of a table, on the page: a model may have tens of thousands of targets.
    private const int MaxRows = 500;

    private readonly StringBuilder _body = new();
    private readonly List<string> _headings = [];
    private readonly SortedDictionary<string, Action<Stream>> _files = new(StringComparer.Ordinal);
    private readonly List<(string File, Figure Figure)> _figures = [];
    private int _tables;

    /// <summary>Begins a section.</summary>
    public ReportPage AddHeading(string text)
    {
        _headings.Add(text);
        _body.Append(Invariant($"<h2 id=\"section-{_headings.Count}\">{SvgCanvas.Escape(text)}</h2>\n"));
        return this;
    }

    /// <summary>Adds a paragraph.</summary>
    public ReportPage AddText(string text)
    {
        _body.Append(Invariant($"<p>{SvgCanvas.Escape(text)}</p>\n"));
        return this;
    }

    /// <summary>Adds a numbered figure, also as an SVG file.</summary>
    /// <param name="name">
    /// Of the files, without extension. Characters other than letters, digits and dashes become dashes; a repeated name gets a number.
    /// </param>
    /// <param name="figure">The figure.</param>
    /// <param name="caption">What the figure shows and how to read it.</param>
    /// <param name="data">Its data, for a CSV file. Null (default) for none.</param>
    /// <exception cref="ArgumentException">The figure cannot be drawn, or a row of the data has a wrong number of cells.</exception>
    public ReportPage AddFigure(string name, Figure figure, string caption, ReportTable? data = null)
    {
        string svg = figure.Svg(), file = FreeName(name);
        _files[file + ".svg"] = stream => stream.Write(Encoding.UTF8.GetBytes(svg));
        _figures.Add((file, figure));
        _body.Append(Invariant($"<figure>\n{svg}<figcaption><b>Figure {_figures.Count}.</b> {SvgCanvas.Escape(caption)}\n"));
        return AddFileLinks(file, data, [file + ".svg"], "</figcaption>\n</figure>");
    }

    /// <summary>Adds a numbered table, also as a CSV file.</summary>
    /// <param name="name">Of the file, as for a figure.</param>
    /// <param name="table">The table.</param>
    /// <param name="caption">What the columns mean.</param>
    /// <param name="shownRows">Number of leading rows on the page. Null (default) for all; of more than 500 the first ones, and the caption says so.</param>
    /// <exception cref="ArgumentException">A row has a wrong number of cells.</exception>
    public ReportPage AddTable(string name, ReportTable table, string caption, int? shownRows = null)
    {
        string file = FreeName(name);
        table.Validate();
        int shown = shownRows ?? Math.Min(table.Rows.Count, MaxRows);
        string rest = shownRows is null && shown < table.Rows.Count ? $" The first {shown} of {table.Rows.Count} rows are shown; the file has all." : "";

        // A head is repeated on every sheet of paper.
        _body.Append("<figure>\n<div class=\"table\"><table>\n<thead><tr>");
        bool[] ofNumbers = [.. Enumerable.Range(0, table.Columns.Count).Select(column => table.Rows.All(row => row[column].Text is null))];
        for (int column = 0; column < ofNumbers.Length; column++)
        {
            AddCell("th", table.Columns[column].Name, ofNumbers[column]);
        }

        _body.Append("</tr></thead>");
        foreach (IReadOnlyList<TableCell> row in table.Rows.Take(shown))
        {
            _body.Append("\n<tr>");
            for (int column = 0; column < ofNumbers.Length; column++)
            {
                AddCell("td", row[column].Show(table.Columns[column].Format), ofNumbers[column]);
            }

            _body.Append("</tr>");
        }

        _body.Append(Invariant($"\n</table></div>\n<figcaption><b>Table {++_tables}.</b> {SvgCanvas.Escape(caption + rest)}\n"));
        return AddFileLinks(file, table, [], "</figcaption>\n</figure>");
    }

    /// <summary>The page itself.</summary>
    public string Html() => Html(_files.Keys);

    /// <summary>Writes the page, <see cref="FileName"/>, its figures as SVG and their data as CSV.</summary>
    /// <remarks>A new folder appears when it is complete. In an existing one only files of an earlier report are replaced or removed, the page last.</remarks>
    /// <param name="folder">Created if missing.</param>
    /// <param name="writePng">Writes a figure to a stream as PNG, as <c>PngFigures.WritePng</c> of the package IlgpuBnn.Png does: the figures are then written
    /// as PNG files, too, beside those as SVG. Null (default) for none.</param>
    /// <exception cref="ReportFolderException">The folder cannot be written to, or the report would overwrite another file.</exception>
    public void Save(string folder, Action<Figure, Stream>? writePng = null)
    {
        var files = new SortedDictionary<string, Action<Stream>>(_files, StringComparer.Ordinal);
        foreach ((string file, Figure figure) in writePng is null ? [] : _figures)
        {
            files[file + ".png"] = stream => writePng!(figure, stream);
        }

        ReportFolder.Write(folder, files, Html(files.Keys));
    }

    private string Html(IEnumerable<string> names)
    {
        string files = string.Join(' ', names), shown = SvgCanvas.Escape(title);
        IEnumerable<string> links = _headings.Select(
            (heading, i) => Invariant($"<a href=\"#section-{i + 1}\">{SvgCanvas.Escape(heading)}</a>"));
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="{ReportFolder.Mark}" content="{files}"/>
            <meta name="viewport" content="width=device-width"/>
            <title>{shown}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <h1>{shown}</h1>
            <nav>{string.Join(" · ", links)}</nav>
            {_body}</body>
            </html>

            """;
    }

    private ReportPage AddFileLinks(string file, ReportTable? data, IEnumerable<string> names, string end)
    {
        if (data is not null)
        {
            data.Validate();
            _files[file + ".csv"] = data.WriteCsv;
            names = names.Append(file + ".csv");
        }

        string links = string.Join(", ", names.Select(name => $"<a href=\"{name}\">{name}</a>"));
        _body.Append(Invariant($"<span class=\"files\">({links})</span>{end}\n"));
        return this;
    }

    private void AddCell(string element, string text, bool isNumber)
    {
        // Keeps the percent sign with its number.
        string shown = SvgCanvas.Escape(text).Replace(" %", "&#160;%", StringComparison.Ordinal);
        _body.Append(Invariant($"<{element}{(isNumber ? " class=\"number\"" : "")}>{shown}</{element}>"));
    }

    private string FreeName(string name)
    {
        string plain = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToLowerInvariant(letter) : '-'))
            .Trim('-');

        // Systems take 255 letters, of which a number, an extension and a temporary name need some.
        plain = plain[..Math.Min(plain.Length, MaxFileName)];
        return Enumerable.Range(1, int.MaxValue).Select(count => count == 1 && plain.Length > 0 ? plain : $"{plain}-{count}".Trim('-'))
            .First(candidate => !_files.ContainsKey(candidate + ".svg") && !_files.ContainsKey(candidate + ".csv"));
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
