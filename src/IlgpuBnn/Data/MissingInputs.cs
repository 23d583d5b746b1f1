namespace IlgpuBnn.Data;

/// <summary>What becomes of rows with a missing input, when a dataset is read.</summary>
public enum MissingInputs
{
    /// <summary>They are left out, with a count in <see cref="Dataset.Notes"/>.</summary>
    Drop,

    /// <summary>
    /// A missing number becomes the mean of the column over the other rows; a row with a missing category is left out. Rows to predict are never filled:
    /// a network is as sure of a mean as of a measurement.
    /// </summary>
    Mean,

    /// <summary>They are refused.</summary>
    Error,
}
