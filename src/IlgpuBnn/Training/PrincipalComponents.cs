namespace IlgpuBnn.Training;

/// <summary>
/// Networks learn principal components (empirical orthogonal functions) of the targets, and predictions are carried back to every one of them: for hundreds to tens
/// of thousands of targets that vary together, such as the cells of a map or the steps of a series.
/// </summary>
/// <param name="Count">
/// How many; fewer are used where the training rows of a fold, or of 500 of many rows, have no more. Null (default) for as many as predict out-of-fold rows of a short training best, or none
/// where up to 100 targets are predicted better without.
/// </param>
public sealed record PrincipalComponents(int? Count = null);
