namespace IlgpuBnn;

/// <summary>What rows of a class count for in training, in its length and in calibration.</summary>
public enum ClassWeights
{
    /// <summary>1, so that probabilities are those of rows like the training rows.</summary>
    None,

    /// <summary>The inverse of the class's frequency, so that probabilities are those of a table in which all classes are as frequent.</summary>
    Balanced,
}
