using IlgpuBnn.Devices;

namespace IlgpuBnn.Equations;

/// <summary>What a field is by construction: offset + factor * network.</summary>
/// <remarks>
/// Where the factor is 0, the field is the offset, whatever the network: a boundary or initial condition that holds exactly (Lagaris, Likas and Fotiadis 1998, <em>Artificial
/// neural networks for solving ordinary and partial differential equations</em>). Written once, generic over the number; derivatives come by themselves.
/// </remarks>
public interface IFieldForm
{
    /// <summary>Takes the conditions' values where the factor is 0. Smooth; raw units of the field.</summary>
    /// <param name="at">[coordinate], raw units.</param>
    static abstract T Offset<T>(ReadOnlySpan<T> at)
        where T : struct, IReal<T>;

    /// <summary>Is 0 where the conditions hold, and not 0 elsewhere, such as a distance; best of about 1. Smooth.</summary>
    /// <param name="at">[coordinate], raw units.</param>
    static abstract T Factor<T>(ReadOnlySpan<T> at)
        where T : struct, IReal<T>;
}

/// <summary>A form that a field is given by <see cref="Field.Form"/>.</summary>
public abstract record FieldForm
{
    private protected FieldForm()
    {
    }

    /// <summary>The form that a type describes.</summary>
    public static FieldForm Of<TForm>()
        where TForm : IFieldForm => new FieldForm<TForm>();

    /// <summary>The field from its network, in raw units.</summary>
    /// <param name="at">[coordinate].</param>
    /// <param name="network">The network's output in raw units.</param>
    internal double Apply(ReadOnlySpan<double> at, double network)
    {
        (HyperDual offset, HyperDual factor) = Derivatives(at, -1, -1);
        return offset.Value + (factor.Value * network);
    }

    /// <summary>Field streams as a linear map of the network's.</summary>
    /// <param name="map">[stream of the field, 1 + stream of the network], written: a constant, then factors.</param>
    internal void WriteMap(StreamPlan plan, ReadOnlySpan<double> at, Span<double> map)
    {
        int width = plan.Count + 1;
        map.Clear();
        (HyperDual offset, HyperDual factor) = Derivatives(at, -1, -1);
        (map[0], map[1]) = (offset.Value, factor.Value);
        for (int i = 0; i < plan.Directions.Length; i++)
        {
            // u_i = a_i + d_i N + d N_i.
            (offset, factor) = Derivatives(at, plan.Directions[i], -1);
            Span<double> own = map.Slice((1 + i) * width, width);
            (own[0], own[1], own[2 + i]) = (offset.First, factor.First, factor.Value);
        }

        for (int k = 0; k < plan.Pairs.Length; k++)
        {
            // u_ij = a_ij + d_ij N + d_j N_i + d_i N_j + d N_ij.
            (int i, int j) = plan.Pairs[k];
            int stream = 1 + plan.Directions.Length + k;
            (offset, factor) = Derivatives(at, plan.Directions[i], plan.Directions[j]);
            Span<double> own = map.Slice(stream * width, width);
            (own[0], own[1], own[1 + stream]) = (offset.Mixed, factor.Mixed, factor.Value);
            own[2 + i] += factor.Second;
            own[2 + j] += factor.First;
        }
    }

    /// <summary>Offset and factor with their derivatives by two coordinates; -1 for none.</summary>
    private protected abstract (HyperDual Offset, HyperDual Factor) Derivatives(ReadOnlySpan<HyperDual> at);

    private (HyperDual Offset, HyperDual Factor) Derivatives(ReadOnlySpan<double> at, int first, int second)
    {
        var numbers = new HyperDual[at.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = new HyperDual(at[i], i == first ? 1 : 0, i == second ? 1 : 0, 0);
        }

        return Derivatives(numbers);
    }
}

/// <summary>Of one type.</summary>
internal sealed record FieldForm<TForm> : FieldForm
    where TForm : IFieldForm
{
    private protected override (HyperDual Offset, HyperDual Factor) Derivatives(ReadOnlySpan<HyperDual> at) => (TForm.Offset(at), TForm.Factor(at));
}
