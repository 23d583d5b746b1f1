using System.Diagnostics;

namespace IlgpuBnn.Training;

/// <summary>What a training does when: spans of the activity source <c>IlgpuBnn</c>, for OpenTelemetry or any <see cref="ActivityListener"/>.</summary>
/// <remarks>Without a listener they cost nothing. Spans lie within each other: a training's time is that of its span.</remarks>
public static class TrainingTrace
{
    /// <summary>Name of the activity source.</summary>
    public const string SourceName = "IlgpuBnn";

    /// <summary>A whole training.</summary>
    public const string Training = "training";

    /// <summary>Short trainings before it that choose encodings, frequencies and targets apart.</summary>
    public const string Choices = "choices";

    /// <summary>Iterations, with their evaluations inside.</summary>
    public const string Iterations = "iterations";

    /// <summary>What is done every <see cref="TrainingOptions.EvaluationInterval"/> iterations: statistics, scores, the best state.</summary>
    public const string Evaluation = "evaluation";

    /// <summary>Calibration on out-of-fold rows.</summary>
    public const string Calibration = "calibration";

    private static readonly ActivitySource _source = new(SourceName);

    internal static Activity? Start(string name) => _source.StartActivity(name);
}
