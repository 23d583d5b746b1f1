using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using MathNet.Numerics;

namespace IlgpuBnn.Training;

/// <summary>Rows of each iteration: all, or batches of equal size (to one row), reshuffled every epoch.</summary>
internal sealed class Batches : IDisposable
{
    private readonly Device _device;
    private readonly DeviceRows _all;
    private readonly DeviceRows? _shuffled;
    private readonly int _count;
    private readonly int _padded;
    private readonly int _seed;
    private readonly int[] _rows;
    private readonly int[] _order;
    private int _iteration;

    /// <param name="all">Owned by the caller.</param>
    /// <param name="count">Batches per epoch.</param>
    public Batches(Device device, DeviceRows all, int count, int seed)
    {
        (_device, _all, _seed, _count) = (device, all, seed, count);
        _padded = Alignment.Pad((all.Rows + _count - 1) / _count);
        _rows = [.. Enumerable.Range(0, all.Rows)];
        _order = new int[_count * _padded];
        _shuffled = _count == 1 ? null : DeviceRows.Empty(device, _order.Length, all.InputCount, all.TargetCount, all.MissingTargets, all.TargetSets);
    }

    /// <summary>Rows of the largest batch, padding included.</summary>
    public int LargestBatch => _padded;

    public Batch Next()
    {
        if (_shuffled is null)
        {
            return new Batch(_all, new RowRange(0, _all.Stride), 1.0);
        }

        int batch = _iteration % _count;
        if (batch == 0)
        {
            Shuffle(_iteration / _count);
            Gather();
        }

        _iteration++;
        return new Batch(_shuffled, new RowRange(batch * _padded, _padded), (double)_all.Rows / Size(batch));
    }

    /// <summary>Goes on as after so many batches.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Skip(int batches, CancellationToken cancellation = default)
    {
        _iteration = batches;
        if (_shuffled is null || batches == 0)
        {
            return;
        }

        for (int epoch = 0; epoch <= (batches - 1) / _count; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();

            // Each shuffles the rows as the one before left them.
            Shuffle(epoch);
        }

        Gather();
    }

    public void Dispose() => _shuffled?.Dispose();

    private int Size(int batch) => (_all.Rows / _count) + (batch < _all.Rows % _count ? 1 : 0);

    private void Shuffle(int epoch) =>
        Combinatorics.SelectPermutationInplace(_rows, RandomStreams.Open(_seed, RandomStreams.Purpose.Batches, epoch));

    private void Gather()
    {
        Array.Fill(_order, -1);
        for (int batch = 0, next = 0; batch < _count; batch++)
        {
            for (int n = 0; n < Size(batch); n++)
            {
                _order[(batch * _padded) + n] = _rows[next++];
            }
        }

        _device.GatherRows(_all, _order, _shuffled!);
    }
}
