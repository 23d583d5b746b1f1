namespace IlgpuBnn.Tests.Devices;

/// <summary>The oracle of a network with branches: first that of all targets, then one for each target apart, of half as many units; then the mean of the two.</summary>
internal static class BranchCase
{
    public static ReferenceNetwork NetworkOf(IReadOnlyList<Layer> hidden, int inputs, int outputs, int[] apart)
    {
        Dense[] layers = [.. hidden.Cast<Dense>()];
        List<int> sizes = [inputs];
        List<ReferenceFieldLayer?> branches = [];
        (int First, int Apart) before = default;
        for (int l = 0; l <= layers.Length; l++)
        {
            (int First, int Apart) own = l == layers.Length ? (outputs, 1) : (layers[l].Units, (layers[l].Units + 1) / 2);
            List<(int First, int Count, int[] Outputs)> parts = [(0, l == 0 ? inputs : before.First, Some(0, own.First))];
            parts.AddRange(l == 0
                ? [(0, inputs, Some(own.First, apart.Length * own.Apart))]
                : apart.Select((_, k) => (before.First + (k * before.Apart), before.Apart, Some(own.First + (k * own.Apart), own.Apart))));
            branches.Add(new ReferenceBranches(sizes[^1], [.. parts]));
            sizes.Add(branches[^1]!.OutputCount);
            before = own;
        }

        branches.Add(new ReferenceFieldMeans(
            1, 1, outputs + apart.Length, readsData: false, 1, outputs,
            (to, from) => from.Column == to.Column || (from.Column >= outputs && apart[from.Column - outputs] == to.Column)));
        return new ReferenceNetwork(
            [.. sizes, outputs], [.. layers.Select(layer => (ReferenceActivation)layer.Activation), ReferenceActivation.Identity], new bool[layers.Length + 2],
            fields: [.. branches]);

        static int[] Some(int first, int count) => [.. Enumerable.Range(first, count)];
    }

    /// <summary>Relevances of the inputs in the first branch, then of each input in each branch apart.</summary>
    public static (int Weight, int Relevance)[] Weighed(IReadOnlyList<int> hidden, int inputs, int[] apart)
    {
        int units = hidden[0], own = (units + 1) / 2, first = (inputs + 1) * units;
        return
        [
            .. Enumerable.Range(0, inputs * units).Select(weight => (weight, weight / units)),
            .. from input in Enumerable.Range(0, inputs)
               from branch in Enumerable.Range(0, apart.Length)
               from unit in Enumerable.Range(0, own)
               select (first + (((input * apart.Length) + branch) * own) + unit, inputs + (input * apart.Length) + branch),
        ];
    }
}
