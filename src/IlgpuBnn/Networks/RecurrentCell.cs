namespace IlgpuBnn.Networks;

/// <summary>How a <see cref="Recurrence"/> goes from one step to the next.</summary>
public enum RecurrentCell
{
    /// <summary>
    /// Long short-term memory with a forget gate (Hochreiter and Schmidhuber 1997; Gers et al. 2000): c = f c' + i g, h = o tanh c, with i, f, o logistic and g tanh of
    /// weights' inputs and state before. 1 is added to what f is of, so that a network starts by remembering (Jozefowicz et al. 2015).
    /// </summary>
    Lstm,

    /// <summary>Gated recurrent unit (Cho et al. 2014): h = (1 - z) n + z h', with n = tanh(W x + b + r (U h' + b')), and r, z logistic.</summary>
    Gru,
}
