namespace IlgpuBnn.Devices;

/// <summary>A recurrent layer. Its sums are those of two convolutions of one tap, over a step's inputs and over the state before it.</summary>
/// <param name="IsLstm">Otherwise a GRU.</param>
/// <param name="OfInputs">Its outputs are the sums of the inputs, gate by gate; they become the gates, then the gradient of the sums.</param>
/// <param name="OfStates">
/// Of the states, position 0 of which is zero and position t + 1 that after step t. Its outputs are the same units for an LSTM, which adds to them; others for a GRU.
/// </param>
/// <param name="Cells">First unit of an LSTM's cells c, placed as the states; -1 for none.</param>
/// <param name="Gradients">First of 2 H units for the gradients of state and cell on the way back.</param>
/// <param name="Outputs">The last state, or all of them.</param>
/// <param name="IsSequence">All of them.</param>
/// <param name="Truncation">Steps of a stretch, counted from the last step, that no gradient leaves.</param>
/// <param name="Mask">The field whose last channel is not negative where there is a step; null if there is one everywhere.</param>
internal sealed record RecurrentTerm(
    bool IsLstm, ConvolutionTerm OfInputs, ConvolutionTerm OfStates, int Cells, int Gradients, Units Outputs, bool IsSequence, int Truncation, FieldUnits? Mask)
{
    /// <summary>H.</summary>
    public int Units => OfStates.Inputs.Channels;

    /// <summary>Sums of a step, a multiple of H.</summary>
    public int Sums => OfStates.Outputs.Channels;

    public int Steps => OfInputs.Map.Outputs;

    /// <summary>First unit of the inputs' sums at a step.</summary>
    public int SumsAt(int step) => OfInputs.Outputs.Units.Slot + (step * Sums);

    /// <summary>First unit of the states' sums at a step.</summary>
    public int StateSumsAt(int step) => OfStates.Outputs.Units.Slot + (step * Sums);

    /// <summary>First unit of the state before a step.</summary>
    public int StateBefore(int step) => OfStates.Inputs.Units.Slot + (step * Units);

    /// <summary>First unit of the cell before a step.</summary>
    public int CellBefore(int step) => Cells + (step * Units);

    /// <summary>First unit of a step's outputs; -1 for none.</summary>
    public int OutputsAt(int step) => IsSequence ? Outputs.Slot + (step * Units) : step == Steps - 1 ? Outputs.Slot : -1;

    /// <summary>Whether no gradient goes from a step to the one before it.</summary>
    public bool StartsStretch(int step) => step == 0 || (Steps - step) % Truncation == 0;
}
