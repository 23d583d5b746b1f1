using IlgpuBnn.Fuzz;

namespace IlgpuBnn.Tests.Persistence;

/// <summary>A small run of what <c>eng/fuzz</c> does at length.</summary>
[Long]
public sealed class FuzzTests : IDisposable
{
    private const int Cases = 500;

    // Of processor time: a hang, not a slow machine.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutated_model_files_are_refused_as_such_or_predict() => AssertSound(new ModelFiles(), Cases / 10);

    [Fact]
    public void Mutated_checkpoints_are_refused_as_such_or_gone_on_from() => AssertSound(new CheckpointFiles(), 20, cases: 200);

    [Fact]
    public void Mutated_shards_are_refused_as_such_or_merged() => AssertSound(new ShardFiles(), 10, cases: 120);

    [Fact]
    public void Mutated_tables_are_refused_as_such_or_read() => AssertSound(new Tables(), Cases / 20);

    /// <summary>What a fuzzer would not find is not guarded: faults of every kind are told.</summary>
    [Fact]
    public void Every_kind_of_fault_is_found()
    {
        Assert.Contains("OverflowException", Assert.Single(Faults(_ => throw new OverflowException())), StringComparison.Ordinal);
        Assert.Contains("a message of 300 characters", Assert.Single(Faults(_ => new string('x', 300))), StringComparison.Ordinal);
        Assert.Contains("control characters: a%1B", Assert.Single(Faults(_ => "a\u001b")), StringComparison.Ordinal);
        Assert.Contains("allocated", Assert.Single(Faults(_ => new byte[20 << 20].Length > 0 ? null : "")), StringComparison.Ordinal);
        Assert.Empty(Faults(_ => "refused"));

        IReadOnlyList<string> Faults(Func<string, string?> read) => new Fuzzer(_folder.Path, _limit).Run(new Other(read), 3, 1).Faults;
    }

    private void AssertSound(FuzzTarget target, int fewestRead, int cases = Cases)
    {
        FuzzResult result = new Fuzzer(_folder.Path, _limit).Run(target, cases, seed: 3);
        Assert.True(result.Faults.Count == 0, string.Join(Environment.NewLine, result.Faults));
        Assert.Equal(cases, result.Read + result.Refused);
        Assert.InRange(result.Read, fewestRead, cases / 2);
        Assert.InRange(result.Messages.Count, 20, cases);
    }

    private sealed class Other(Func<string, string?> read) : FuzzTarget
    {
        private bool _compiled;

        public override string Name => "others";

        public override IReadOnlyList<byte[]> Seeds => [[1, 2, 3]];

        public override int MaxMessage => 299;

        public override byte[]? Mutate(byte[] file, Random random) => null;

        public override string? Read(string path)
        {
            // The first is the seed's.
            (bool first, _compiled) = (!_compiled, true);
            return first ? null : read(path);
        }
    }
}
