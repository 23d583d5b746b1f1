using System.Globalization;
using System.Text.Json.Serialization;

namespace IlgpuBnn.Data;

/// <summary>How networks see an input: as features, one or more.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(NumericEncoding), "numeric")]
[JsonDerivedType(typeof(LogEncoding), "log")]
[JsonDerivedType(typeof(CategoryEncoding), "category")]
public abstract record InputEncoding
{
    private protected InputEncoding()
    {
    }

    /// <summary>Number of features.</summary>
    internal virtual int Width => 1;

    /// <summary>Which values it takes, in words.</summary>
    internal virtual string Domain => "any number";

    internal abstract IEnumerable<string> FeatureNames(string input);

    /// <summary>Writes the features of a value, which is finite.</summary>
    internal abstract void Encode(double value, Span<double> features);

    internal virtual bool Accepts(double value) => true;

    /// <summary>Derivative of its one feature; NaN where there is none.</summary>
    internal virtual double Derivative(double value) => 1;
}

/// <summary>The number itself.</summary>
public sealed record NumericEncoding : InputEncoding
{
    internal override IEnumerable<string> FeatureNames(string input) => [input];

    internal override void Encode(double value, Span<double> features) => features[0] = value;
}

/// <summary>The natural logarithm, for positive values over decades.</summary>
public sealed record LogEncoding : InputEncoding
{
    internal override string Domain => "numbers above 0";

    internal override IEnumerable<string> FeatureNames(string input) => [$"ln {input}"];

    internal override void Encode(double value, Span<double> features) => features[0] = Math.Log(value);

    internal override bool Accepts(double value) => value > 0;

    internal override double Derivative(double value) => 1 / value;
}

/// <summary>A feature of 0 or 1 for each level of a category, whose order and distances mean nothing.</summary>
/// <param name="Levels">Of the training rows, rising. A value that is none of them has only zeros, and lies outside the training range.</param>
public sealed record CategoryEncoding(IReadOnlyList<double> Levels) : InputEncoding
{
    /// <summary>[level]: what a table has as text, where the values of the input are only indices 0, 1, 2, ...; null for a category written as numbers.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Texts { get; init; }

    internal override int Width => Levels.Count;

    internal override double Derivative(double value) => double.NaN;

    /// <summary>A category written as text.</summary>
    internal static CategoryEncoding OfTexts(IReadOnlyList<string> texts) => new([.. texts.Select((_, level) => (double)level)]) { Texts = texts };

    internal override IEnumerable<string> FeatureNames(string input) =>
        Levels.Select((level, k) => Texts is null ? string.Create(CultureInfo.InvariantCulture, $"{input}={level}") : $"{input}={Texts[k]}");

    internal override void Encode(double value, Span<double> features)
    {
        for (int k = 0; k < Levels.Count; k++)
        {
            features[k] = value == Levels[k] ? 1 : 0;
        }
    }

    /// <summary>Has the same levels.</summary>
    public bool Equals(CategoryEncoding? other) =>
        other is not null && Levels.SequenceEqual(other.Levels) && (Texts ?? []).SequenceEqual(other.Texts ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => Levels.Count;
}
