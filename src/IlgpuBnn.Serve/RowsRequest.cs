using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using IlgpuBnn.Data;
using Microsoft.AspNetCore.Http;

namespace IlgpuBnn.Serve;

/// <summary>A request in JSON: rows, and what is asked of them.</summary>
internal sealed class RowsRequest
{
    public const double DefaultLevel = 0.95;

    private const int MaxProbabilities = 100;

    public static IReadOnlyList<double> DefaultProbabilities { get; } = [0.05, 0.25, 0.5, 0.75, 0.95];

    private readonly List<double> _values;

    private RowsRequest(List<double> values, int rows) => (_values, Rows) = (values, rows);

    public int Rows { get; }

    public double Level { get; private init; } = DefaultLevel;

    public IReadOnlyList<double> Probabilities { get; private init; } = DefaultProbabilities;

    /// <summary>Names of the targets asked for; null for all.</summary>
    public IReadOnlyList<string>? Targets { get; private init; }

    /// <summary>[row, input] of some rows, raw units.</summary>
    public ReadOnlySpan<double> Values(int firstRow, int rows) =>
        CollectionsMarshal.AsSpan(_values).Slice(firstRow * (_values.Count / Rows), rows * (_values.Count / Rows));

    /// <exception cref="RequestException">It is no such request, or has too many rows.</exception>
    public static RowsRequest Read(ReadOnlySequence<byte> body, ModelInputs inputs, int maxRows)
    {
        if (body.IsEmpty)
        {
            throw new RequestException($"The request is empty. Send JSON such as {inputs.Example}.");
        }

        var rows = new RowsReader(inputs, maxRows);
        double level = DefaultLevel;
        IReadOnlyList<double> probabilities = DefaultProbabilities;
        string[]? targets = null;
        var json = new Utf8JsonReader(body);
        try
        {
            json.Read();
            if (json.TokenType == JsonTokenType.StartArray)
            {
                rows.Read(ref json);
            }
            else if (json.TokenType == JsonTokenType.StartObject)
            {
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    string name = json.GetString()!;
                    json.Read();
                    switch (name)
                    {
                        case "rows":
                            rows.Read(ref json);
                            break;
                        case "level":
                            level = Number(ref json, name);
                            break;
                        case "probabilities":
                            probabilities = [.. List(ref json, name, JsonTokenType.Number, "numbers", (ref Utf8JsonReader own) => own.GetDouble())];
                            break;
                        case "targets":
                            targets = [.. List(ref json, name, JsonTokenType.String, "names of targets", (ref Utf8JsonReader own) => own.GetString()!)];
                            break;
                        default:
                            throw new RequestException($"\"{ShownText.Of(name)}\" is no part of a request, which has rows, level, probabilities and targets. Leave it out.");
                    }
                }
            }

            // What follows the request is wrong too.
            while (json.Read())
            {
            }
        }
        catch (InvalidOperationException)
        {
            throw new RequestException("The request has a text that is not valid UTF-8. Send JSON in UTF-8.");
        }
        catch (JsonException exception)
        {
            throw new RequestException(
                $"The request is no valid JSON in line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}. Send JSON such as {inputs.Example}, or CSV with the content type text/csv.");
        }

        return rows.Count > 0 || rows.HasProblems
            ? new RowsRequest(rows.Values(), rows.Count) { Level = CheckedLevel(level), Probabilities = Checked(probabilities), Targets = targets }
            : throw new RequestException($"The request has no rows. Send JSON such as {inputs.Example}.");
    }

    /// <exception cref="RequestException">It is out of range.</exception>
    public static double CheckedLevel(double level) => Prediction.Probabilities.IsLevel(level)
        ? level
        : throw new RequestException($"level is {level}; it must be a number {Prediction.Probabilities.LevelRange}, such as 0.95 for 95 %.");

    /// <exception cref="RequestException">There is none, or one is out of range.</exception>
    public static IReadOnlyList<double> Checked(IReadOnlyList<double> probabilities) => probabilities.Count is > 0 and <= MaxProbabilities && probabilities.All(own => own is > 0 and < 1)
        ? probabilities
        : throw new RequestException($"probabilities must be 1 to {MaxProbabilities} numbers above 0 and below 1, such as [0.05, 0.5, 0.95].");

    private static double Number(ref Utf8JsonReader json, string name) => json.TokenType == JsonTokenType.Number
        ? json.GetDouble()
        : throw new RequestException($"{name} must be a number.");

    private delegate T ReadValue<T>(ref Utf8JsonReader json);

    private static List<T> List<T>(ref Utf8JsonReader json, string name, JsonTokenType kind, string needed, ReadValue<T> read)
    {
        List<T> values = [];
        bool isList = json.TokenType == JsonTokenType.StartArray;
        while (isList && json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            values.Add(json.TokenType == kind ? read(ref json) : throw Wrong());
        }

        return isList ? values : throw Wrong();

        RequestException Wrong() => new($"{name} must be a list of {needed}.");
    }
}

/// <summary>Inputs of a model, as requests name them.</summary>
internal sealed class ModelInputs
{
    private readonly byte[][] _utf8;

    public ModelInputs(TableEncoding encoding)
    {
        Encoding = encoding;
        _utf8 = [.. encoding.InputNames.Select(System.Text.Encoding.UTF8.GetBytes)];
        Example = "{\"rows\": [{" + string.Join(", ", Enumerable.Range(0, Math.Min(Count, 2)).Select(input => $"{JsonText.Of(Names[input])}: {ExampleOf(input)}"))
            + (Count > 2 ? ", ..." : "") + "}]}";
    }

    public TableEncoding Encoding { get; }

    public IReadOnlyList<string> Names => Encoding.InputNames;

    public int Count => Names.Count;

    /// <summary>A request with the first inputs.</summary>
    public string Example { get; }

    /// <summary>The input whose name a property is; -1 for none.</summary>
    /// <param name="guess">Looked at first.</param>
    public int Find(ref Utf8JsonReader property, int guess)
    {
        if (guess < Count && property.ValueTextEquals(_utf8[guess]))
        {
            return guess;
        }

        for (int input = 0; input < Count; input++)
        {
            if (property.ValueTextEquals(_utf8[input]))
            {
                return input;
            }
        }

        return -1;
    }

    private string ExampleOf(int input) => Encoding.Texts(input) is { } texts
        ? JsonText.Of(texts[0])
        : Encoding.Range.Smallest[input].ToString(CultureInfo.InvariantCulture);
}

/// <summary>Reads rows of JSON: objects with inputs by name, or arrays in the model's order.</summary>
internal sealed class RowsReader(ModelInputs inputs, int maxRows)
{
    private const int MaxProblems = 10;

    private readonly List<double> _values = [];
    private readonly List<RequestProblem> _problems = [];
    private readonly bool[] _found = new bool[inputs.Count];
    private int _problemCount;

    public int Count { get; private set; }

    public bool HasProblems => _problemCount > 0;

    /// <param name="json">At the beginning of the array.</param>
    public void Read(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray || Count > 0)
        {
            throw new RequestException(Count > 0 ? "\"rows\" is there twice. Leave one out." : $"rows must be a list. Send JSON such as {inputs.Example}.");
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (Count == maxRows)
            {
                throw RequestException.TooManyRows(maxRows);
            }

            Count++;
            if (json.TokenType == JsonTokenType.StartObject)
            {
                ReadObject(ref json);
            }
            else if (json.TokenType == JsonTokenType.StartArray)
            {
                ReadArray(ref json);
            }
            else
            {
                Add(null, $"is neither an object of inputs nor a list of them. Send JSON such as {inputs.Example}.");
                json.Skip();
            }
        }
    }

    /// <summary>[row, input].</summary>
    /// <exception cref="RequestException">Some cannot be used.</exception>
    public List<double> Values() => _problemCount == 0 ? _values : throw new RequestException(
        StatusCodes.Status400BadRequest, _problemCount <= MaxProblems ? _problems : [.. _problems, new RequestProblem($"{_problemCount - MaxProblems} more values cannot be used.")]);

    private void ReadObject(ref Utf8JsonReader json)
    {
        int start = _values.Count, found = 0;
        Array.Clear(_found);
        for (int input = 0; input < inputs.Count; input++)
        {
            _values.Add(double.NaN);
        }

        for (int property = 0; json.Read() && json.TokenType == JsonTokenType.PropertyName; property++)
        {
            int input = inputs.Find(ref json, property);
            json.Read();
            if (input < 0)
            {
                // As other columns of a table.
                json.Skip();
            }
            else if (_found[input])
            {
                Add(input, "is there twice. Leave one out.");
                json.Skip();
            }
            else
            {
                _found[input] = true;
                found++;
                _values[start + input] = Value(ref json, input);
            }
        }

        if (found < inputs.Count)
        {
            string[] missing = [.. inputs.Names.Where((_, input) => !_found[input])];
            Add(missing.Length == 1 ? Array.IndexOf(_found, false) : null,
                missing.Length == 1 ? "is missing. A prediction needs every input." : $"lacks {ColumnSelection.List(missing)}. A prediction needs every input.");
        }
    }

    private void ReadArray(ref Utf8JsonReader json)
    {
        int found = 0;
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; found++)
        {
            if (found < inputs.Count)
            {
                _values.Add(Value(ref json, found));
            }
            else
            {
                json.Skip();
            }
        }

        if (found != inputs.Count)
        {
            Add(null, $"has {found} values; the model has {inputs.Count} inputs: {ColumnSelection.List(inputs.Names)}. Give one of each, in this order.");
            _values.AddRange(Enumerable.Repeat(double.NaN, Math.Max(0, inputs.Count - found)));
        }
    }

    private double Value(ref Utf8JsonReader json, int input)
    {
        if (inputs.Encoding.Texts(input) is { } levels)
        {
            string? text = json.TokenType == JsonTokenType.String ? json.GetString() : null;
            int level = text is null ? -1 : ColumnSelection.IndexOf(levels, text);
            if (level < 0)
            {
                Add(input, $"is {Shown(ref json)}, and must be one of the texts that the model was trained on: {ColumnSelection.List(levels)}.");
                json.Skip();
            }

            return level;
        }

        if (json.TokenType != JsonTokenType.Number)
        {
            Add(input, $"is {Shown(ref json)}. Give a number{(json.TokenType == JsonTokenType.String ? ", without quotes" : "")}.");
            json.Skip();
            return double.NaN;
        }

        double value = json.TryGetDouble(out double read) ? read : double.NaN;
        if (!double.IsFinite(value))
        {
            Add(input, $"is {Encoding.UTF8.GetString(Bytes(ref json))}. Give a finite number.");
        }
        else if (!inputs.Encoding.Inputs[input].Accepts(value))
        {
            Add(input, $"is {value}. The model takes its logarithm: give {inputs.Encoding.Inputs[input].Domain}.");
        }

        return value;
    }

    private static string Shown(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => $"the text \"{ShownText.Of(json.GetString()!)}\"",
        _ => ShownText.Of(Encoding.UTF8.GetString(Bytes(ref json))),
    };

    private static byte[] Bytes(ref Utf8JsonReader json) => json.HasValueSequence ? json.ValueSequence.ToArray() : json.ValueSpan.ToArray();

    private void Add(int? input, string problem)
    {
        if (_problemCount++ < MaxProblems)
        {
            string place = $"Row {Count} (rows[{Count - 1}])" + (input is { } known ? $", input \"{ShownText.Of(inputs.Names[known])}\"" : "");
            _problems.Add(new RequestProblem($"{place} {problem}", Count, input is { } own ? inputs.Names[own] : null));
        }
    }
}
