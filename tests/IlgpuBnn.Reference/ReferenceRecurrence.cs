namespace IlgpuBnn.Reference;

/// <summary>A long short-term memory or a gated recurrent unit over the columns of a line, one row at a time.</summary>
/// <remarks>
/// Weights [channel, gate, unit], biases [gate, unit], then the same of the state, [unit before, gate, unit] and [gate, unit]. Gates: input, forget (of its sum + 1), candidate and
/// output; reset, update and candidate.
/// </remarks>
/// <param name="isLstm">Otherwise a gated recurrent unit.</param>
/// <param name="everyStep">Whether the outputs are [step, unit]; otherwise the last step's.</param>
/// <param name="stretch">Steps of a stretch, counted from the last step, that no gradient leaves.</param>
/// <param name="masked">Whether the state stays where the last channel is negative.</param>
public sealed class ReferenceRecurrence(int channels, int steps, bool readsData, bool isLstm, int units, bool everyStep, int stretch, bool masked)
    : ReferenceFieldLayer(channels, 1, steps, readsData)
{
    private readonly int gates = isLstm ? 4 : 3;

    public override int OutputCount => everyStep ? Width * units : units;

    public override int ParameterCount => (Channels + units + 2) * gates * units;

    private int StateStart => (Channels + 1) * gates * units;

    public override double[] Forward(ReadOnlySpan<double> parameters, double[] entered)
    {
        Step[] all = Steps(parameters, entered);
        return everyStep ? [.. all.SelectMany(step => step.State)] : all[^1].State;
    }

    public override double[] Backward(ReadOnlySpan<double> parameters, double[] entered, double[] sumGradient, Span<double> gradient)
    {
        Step[] all = Steps(parameters, entered);
        double[] enteredGradient = new double[entered.Length], ofState = new double[units], ofCell = new double[units], zeros = new double[units];
        for (int t = Width - 1; t >= 0; t--)
        {
            Step step = all[t];
            for (int u = 0; u < units; u++)
                ofState[u] += everyStep ? sumGradient[t * units + u] : t == Width - 1 ? sumGradient[u] : 0;
            double[] before = t > 0 ? all[t - 1].State : zeros, cellBefore = t > 0 ? all[t - 1].Cell : zeros;
            double[] nextState = new double[units], nextCell = new double[units];
            if (step.IsAbsent)
            {
                (nextState, nextCell) = (ofState, ofCell);
            }
            else
            {
                // By the sums of the inputs, and by those of the state before.
                double[] a = new double[gates * units], b = new double[gates * units];
                for (int u = 0; u < units; u++)
                {
                    double G(int gate) => step.Gates[gate * units + u];
                    if (isLstm)
                    {
                        double c = Math.Tanh(step.Cell[u]), d = ofCell[u] + ofState[u] * G(3) * (1 - c * c);
                        a[u] = d * G(2) * G(0) * (1 - G(0));
                        a[units + u] = d * cellBefore[u] * G(1) * (1 - G(1));
                        a[2 * units + u] = d * G(0) * (1 - G(2) * G(2));
                        a[3 * units + u] = ofState[u] * c * G(3) * (1 - G(3));
                        nextCell[u] = d * G(1);
                        for (int gate = 0; gate < 4; gate++)
                            b[gate * units + u] = a[gate * units + u];
                    }
                    else
                    {
                        double n = ofState[u] * (1 - G(1)) * (1 - G(2) * G(2));
                        a[u] = b[u] = n * step.StateSums[2 * units + u] * G(0) * (1 - G(0));
                        a[units + u] = b[units + u] = ofState[u] * (before[u] - G(2)) * G(1) * (1 - G(1));
                        a[2 * units + u] = n;
                        b[2 * units + u] = n * G(0);
                        nextState[u] = ofState[u] * G(1);
                    }
                }
                for (int k = 0; k < gates * units; k++)
                {
                    for (int channel = 0; channel < Channels; channel++)
                    {
                        gradient[channel * gates * units + k] += a[k] * entered[InputIndex(channel, 0, t)];
                        enteredGradient[InputIndex(channel, 0, t)] += a[k] * parameters[channel * gates * units + k];
                    }
                    gradient[Channels * gates * units + k] += a[k];
                    for (int u = 0; u < units; u++)
                    {
                        gradient[StateStart + u * gates * units + k] += b[k] * before[u];
                        nextState[u] += b[k] * parameters[StateStart + u * gates * units + k];
                    }
                    gradient[StateStart + units * gates * units + k] += b[k];
                }
            }
            bool cut = (Width - t) % stretch == 0;
            (ofState, ofCell) = cut ? (new double[units], new double[units]) : (nextState, nextCell);
        }
        return enteredGradient;
    }

    private Step[] Steps(ReadOnlySpan<double> parameters, double[] entered)
    {
        Step[] all = new Step[Width];
        double[] state = new double[units], cell = new double[units];
        for (int t = 0; t < Width; t++)
        {
            double[] a = new double[gates * units], b = new double[gates * units];
            for (int k = 0; k < gates * units; k++)
            {
                a[k] = parameters[Channels * gates * units + k];
                b[k] = parameters[StateStart + units * gates * units + k];
                for (int channel = 0; channel < Channels; channel++)
                    a[k] += parameters[channel * gates * units + k] * entered[InputIndex(channel, 0, t)];
                for (int u = 0; u < units; u++)
                    b[k] += parameters[StateStart + u * gates * units + k] * state[u];
            }
            bool absent = masked && entered[InputIndex(Channels - 1, 0, t)] < 0;
            double[] own = new double[gates * units], newState = new double[units], newCell = new double[units];
            for (int u = 0; u < units; u++)
            {
                if (isLstm)
                {
                    own[u] = Sigmoid(a[u] + b[u]);
                    own[units + u] = Sigmoid(a[units + u] + b[units + u] + 1);
                    own[2 * units + u] = Math.Tanh(a[2 * units + u] + b[2 * units + u]);
                    own[3 * units + u] = Sigmoid(a[3 * units + u] + b[3 * units + u]);
                    newCell[u] = own[units + u] * cell[u] + own[u] * own[2 * units + u];
                    newState[u] = own[3 * units + u] * Math.Tanh(newCell[u]);
                }
                else
                {
                    own[u] = Sigmoid(a[u] + b[u]);
                    own[units + u] = Sigmoid(a[units + u] + b[units + u]);
                    own[2 * units + u] = Math.Tanh(a[2 * units + u] + own[u] * b[2 * units + u]);
                    newState[u] = (1 - own[units + u]) * own[2 * units + u] + own[units + u] * state[u];
                }
            }
            (state, cell) = absent ? (state, cell) : (newState, newCell);
            all[t] = new Step(own, b, state, cell, absent);
        }
        return all;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private sealed record Step(double[] Gates, double[] StateSums, double[] State, double[] Cell, bool IsAbsent);
}
