using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using IlgpuBnn.Training;

namespace IlgpuBnn.Native;

/// <summary>The options of a training as ilgpubnn.h describes them: a JSON object, all of whose members may be left out.</summary>
internal sealed record FitOptions
{
    private static readonly Dictionary<string, InferenceMethod> _methods = new()
    {
        ["anchored"] = new AnchoredEnsemble(),
        ["svgd"] = new Svgd(),
        ["independent"] = new IndependentParticles(),
        ["deterministic"] = new Deterministic(),
    };

    private static readonly Dictionary<string, bool> _optimizers = new() { ["adam"] = false, ["momentum"] = true };

    private static readonly Dictionary<string, TransformKind> _transforms = new()
    {
        ["none"] = TransformKind.None,
        ["log"] = TransformKind.Log,
        ["sqrt"] = TransformKind.SquareRoot,
        ["logit"] = TransformKind.Logit,
        ["yeo-johnson"] = TransformKind.YeoJohnson,
    };

    private static readonly Dictionary<string, Func<FitOptions, JsonElement, FitOptions>> _members = new()
    {
        ["input_names"] = (own, value) => own with { InputNames = Texts(value) },
        ["target_names"] = (own, value) => own with { TargetNames = Texts(value) },
        ["groups"] = (own, value) => own with { Groups = [.. value.EnumerateArray().Select(group => group.GetInt32())] },
        ["levels"] = (own, value) => own with { Levels = value.EnumerateObject().ToDictionary(input => input.Name, input => Texts(input.Value)) },
        ["method"] = (own, value) => own with { Method = Choice(value, _methods) },
        ["particles"] = (own, value) => own with { Particles = value.GetInt32() },
        ["folds"] = (own, value) => own with { Folds = value.GetInt32() },
        ["device"] = (own, value) => own with { DeviceId = Text(value) },
        ["network"] = (own, value) => own.With(own.Training with { Layers = NetworkDescription.Parse(Text(value)) }),
        ["seed"] = (own, value) => own.With(own.Training with { Seed = value.GetInt32() }),
        ["max_iterations"] = (own, value) => own.With(own.Training with { MaxIterations = value.GetInt32() }),
        ["batch_size"] = (own, value) => own.With(own.Training with { BatchSize = value.GetInt32() }),
        ["step_size"] = (own, value) => own with { StepSize = value.GetDouble() },
        ["optimizer"] = (own, value) => own with { IsMomentum = Choice(value, _optimizers) },
        ["degrees_of_freedom"] = (own, value) => own.With(own.Training with { Likelihood = new StudentTLikelihood(value.GetDouble()) }),
        ["log_inputs"] = (own, value) => own.With(own.Training with { LogInputs = Texts(value) }),
        ["categories"] = (own, value) => own.With(own.Training with { Categories = Texts(value) }),
        ["transforms"] = (own, value) => own.With(own.Training with
        {
            Transforms = value.EnumerateObject().ToDictionary(target => target.Name, target => Choice(target.Value, _transforms)),
        }),
        ["select_encodings"] = (own, value) => own.With(own.Training with { SelectEncodings = value.GetBoolean() }),
        ["positive"] = (own, value) => own.WithConstraints(Texts(value).Select(target => new Limits(target, 0))),
        ["limits"] = (own, value) => own.WithConstraints(value.EnumerateObject().Select(target => LimitsOf(target.Name, target.Value))),
        ["monotone"] = (own, value) => own with { Monotone = value.EnumerateObject().ToDictionary(target => target.Name, target => Texts(target.Value)) },
        ["sums"] = (own, value) => own.WithConstraints(value.EnumerateArray().Select(SumOf)),
        ["components"] = (own, value) => own.With(own.Training with
        {
            Components = value.ValueKind == JsonValueKind.Number ? new PrincipalComponents(value.GetInt32())
                : Text(value) == "auto" ? new PrincipalComponents()
                : throw new ArgumentException($"it is \"{value}\"; it must be a whole number, or auto"),
        }),
    };

    /// <summary>All that is said of the training itself.</summary>
    public TrainingOptions Training { get; private init; } = new();

    private IReadOnlyList<string>? InputNames { get; init; }

    private IReadOnlyList<string>? TargetNames { get; init; }

    private IReadOnlyList<int>? Groups { get; init; }

    /// <summary>By input: texts, whose indices are its values.</summary>
    private Dictionary<string, string[]> Levels { get; init; } = [];

    private InferenceMethod Method { get; init; } = _methods["anchored"];

    private int? Particles { get; init; }

    private int? Folds { get; init; }

    private string? DeviceId { get; init; }

    private double? StepSize { get; init; }

    private bool IsMomentum { get; init; }

    /// <summary>By target: inputs that it never falls with, or, after a minus, never rises with.</summary>
    private Dictionary<string, string[]> Monotone { get; init; } = [];

    /// <exception cref="ArgumentException">It is no JSON object, or a member is unknown, of another type or out of range; the message names it.</exception>
    public static FitOptions Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null).Aggregate(new FitOptions(), Read).WithOptimizer().WithMonotone().WithMethod();
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            throw new ArgumentException($"The options are no JSON object: {cause.Message.TrimEnd('.')}.", cause);
        }
    }

    /// <exception cref="ArgumentException">Names or groups do not fit the tables, or a value cannot be used.</exception>
    /// <exception cref="DataException">A target has fewer than two values, or a value is no index of the input's levels.</exception>
    public Dataset DatasetOf(double[,] inputs, double[,] targets)
    {
        var data = new Dataset(inputs, targets, InputNames, TargetNames, "data", Groups);
        data.RequireTargetsPresent();
        return Levels.Count == 0 ? data : data.With(inputs, data.InputNames, targets, [.. data.InputNames.Select(LevelsOf)]);

        string[]? LevelsOf(string name, int input)
        {
            if (!Levels.TryGetValue(name, out string[]? texts))
            {
                return null;
            }

            for (int row = 0; row < data.RowCount; row++)
            {
                if (!double.IsInteger(inputs[row, input]) || !(inputs[row, input] >= 0 && inputs[row, input] < texts.Length))
                {
                    throw new DataException("data", $"{inputs[row, input]} is no index of its {texts.Length} levels.", data.LineNumber(row), name);
                }
            }

            return texts;
        }
    }

    /// <summary>To be disposed of; null for the shared default.</summary>
    /// <exception cref="DeviceException">There is no such device.</exception>
    public Device? OpenDevice() => DeviceId is null ? null : DeviceCatalog.Open(DeviceId);

    private static FitOptions Read(FitOptions options, JsonProperty member)
    {
        if (!_members.TryGetValue(member.Name, out Func<FitOptions, JsonElement, FitOptions>? read))
        {
            throw new ArgumentException(
                $"There is no option \"{ShownText.Of(member.Name)}\".{ColumnSelection.Suggestion([.. _members.Keys], member.Name)} The options are {string.Join(", ", _members.Keys)}.");
        }

        try
        {
            return read(options, member.Value);
        }
        catch (Exception cause) when (cause is InvalidOperationException or FormatException or ArgumentException)
        {
            string problem = cause is InvalidOperationException || (cause is FormatException && member.Name != "network") ? $"it cannot be {ShownText.Of(member.Value.ToString())}" : cause.Message;
            throw new ArgumentException($"Option {member.Name}: {problem.TrimEnd('.')}.", cause);
        }
    }

    private static string Text(JsonElement value) => value.GetString() ?? throw new InvalidOperationException();

    private static string[] Texts(JsonElement value) => [.. value.EnumerateArray().Select(Text)];

    private static T Choice<T>(JsonElement value, Dictionary<string, T> choices) => choices.TryGetValue(Text(value), out T? choice)
        ? choice
        : throw new ArgumentException($"it is \"{ShownText.Of(Text(value))}\"; it must be one of {string.Join(", ", choices.Keys)}");

    private FitOptions With(TrainingOptions training) => this with { Training = training };

    private static Limits LimitsOf(string target, JsonElement value)
    {
        JsonElement[] ends = [.. value.EnumerateArray()];
        return ends.Length == 2 ? new Limits(target, End(ends[0]), End(ends[1]))
            : throw new ArgumentException($"of \"{ShownText.Of(target)}\" there are {ends.Length}; give two, of which one may be null");

        static double? End(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
    }

    /// <param name="value">[object of target to factor, total].</param>
    private static FixedSum SumOf(JsonElement value)
    {
        JsonElement[] parts = [.. value.EnumerateArray()];
        return parts.Length == 2 ? new FixedSum([.. parts[0].EnumerateObject().Select(term => new SumTerm(term.Name, term.Value.GetDouble()))], parts[1].GetDouble())
            : throw new ArgumentException("each must be an object of targets to factors, and a total");
    }

    private FitOptions WithConstraints(IEnumerable<Constraint> more)
    {
        Constraint[] all = [.. Training.Constraints?.Constraints ?? [], .. more];
        return With(Training with { Constraints = all.Length > 0 ? new ConstraintPrior(all) : null });
    }

    /// <summary>After all names are known: one may begin with a minus.</summary>
    private FitOptions WithMonotone() => WithConstraints(Monotone.SelectMany(target => target.Value.Select(input =>
    {
        bool falls = input.StartsWith('-') && InputNames?.Contains(input) != true;
        return new Monotone(target.Key, falls ? input[1..] : input, !falls);
    })));

    private FitOptions WithOptimizer() => With(IsMomentum
        ? Training with { GradientDescent = new GradientDescent(StepSize) }
        : Training with { Adam = Training.Adam with { StepSize = StepSize } });

    private FitOptions WithMethod()
    {
        InferenceMethod method = Particles is { } particles ? Method with { Particles = particles } : Method;
        return Folds is not { } folds ? With(Training with { Method = method })
            : method is AnchoredEnsemble anchored ? With(Training with { Method = anchored with { Folds = folds } })
            : throw new ArgumentException("Option folds is one of the method anchored. Leave it out, or change the method.");
    }
}
