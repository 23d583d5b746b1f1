using IlgpuBnn.Tests.Training;

namespace IlgpuBnn.Tests.Devices;

public sealed class ParticleExchangeTests
{
    // Pieces of all particles, of some, of one, and of a part of one.
    [Theory]
    [InlineData(1, 3, 5, 1000)]
    [InlineData(2, 7, 3, 1000)]
    [InlineData(4, 5, 1, 1000)]
    [InlineData(2, 9, 10, 170)]
    [InlineData(3, 7, 64, 800)]
    [InlineData(3, 4, 64, 130)]
    [InlineData(2, 3, 7, 1)]
    public void Particles_of_all_processes_stand_in_their_order(int processes, int particles, int stride, int pieceBytes)
    {
        float[] expected = [.. Enumerable.Range(0, particles * stride)];
        Assert.All(
            ThreadGroup.Results(processes, group =>
            {
                float[] own = new ParticleShare(group.Rank, group.Size).Of(expected, stride), all = new float[expected.Length];
                new ParticleExchange<float>(group, particles, stride, pieceBytes).Run(
                    (piece, at) => own.AsSpan((int)at, piece.Length).CopyTo(piece), (piece, at) => piece.CopyTo(all.AsSpan((int)at)));
                return all.AsSpan().SequenceEqual(expected);
            }),
            Assert.True);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 5)]
    [InlineData(5, 3)]
    public void Results_of_independent_runs_stand_in_their_order_whatever_their_length(int processes, int runs)
    {
        double[][] expected = [.. Enumerable.Range(0, runs).Select(Result)];
        Assert.All(
            ThreadGroup.Results(processes, group => group.Runs(runs, Result, one => one, one => one)),
            all => Assert.Equal(expected, all));
        Assert.Equal(expected, ((IProcessGroup?)null).Runs(runs, Result, one => one, one => one));

        static double[] Result(int run) => [.. Enumerable.Range(100 * run, run == 1 ? 0 : 3 + (run * run)).Select(k => (double)k)];
    }
}
