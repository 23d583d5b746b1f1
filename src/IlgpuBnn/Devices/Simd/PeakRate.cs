using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Measured peak rate of multiply-adds, to compare a benchmark with.</summary>
internal static class PeakRate
{
    private const int Chains = 16;
    private const int Steps = 2_000_000;

    /// <summary>GFLOP/s (a multiply-add is two) of all threads together, with the widest vectors.</summary>
    /// <param name="threads">0 for one per core.</param>
    public static double Measure(int threads) => DeviceCatalog.WithWidestVectors(new Measurement(threads == 0 ? Environment.ProcessorCount : threads));

    private sealed class Measurement(int threads) : IVectorWork<double>
    {
        public double Run<TSimd, V>()
            where TSimd : struct, ISimd<V>
            where V : struct
        {
            var seconds = new double[threads];
            using var start = new Barrier(threads);
            Thread[] all = [.. Enumerable.Range(0, threads).Select(t => new Thread(() =>
            {
                start.SignalAndWait();
                long began = Stopwatch.GetTimestamp();
                float sum = MultiplyAdds<TSimd, V>();
                seconds[t] = Stopwatch.GetElapsedTime(began).TotalSeconds + (sum == 0 ? double.NaN : 0);
            }))];
            Array.ForEach(all, thread => thread.Start());
            Array.ForEach(all, thread => thread.Join());
            return seconds.Sum(s => 2.0 * Chains * Steps * TSimd.Width / s) / 1e9;
        }
    }

    // Sixteen independent chains hide the latency of a multiply-add on current processors.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdds<TSimd, V>()
        where TSimd : struct, ISimd<V>
        where V : struct
    {
        V factor = TSimd.Create(0.9999f), term = TSimd.Create(1e-4f);
        V a = TSimd.Create(1f), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a, m = a, n = a, o = a, p = a;
        for (int step = 0; step < Steps; step++)
        {
            a = TSimd.MultiplyAdd(a, factor, term);
            b = TSimd.MultiplyAdd(b, factor, term);
            c = TSimd.MultiplyAdd(c, factor, term);
            d = TSimd.MultiplyAdd(d, factor, term);
            e = TSimd.MultiplyAdd(e, factor, term);
            f = TSimd.MultiplyAdd(f, factor, term);
            g = TSimd.MultiplyAdd(g, factor, term);
            h = TSimd.MultiplyAdd(h, factor, term);
            i = TSimd.MultiplyAdd(i, factor, term);
            j = TSimd.MultiplyAdd(j, factor, term);
            k = TSimd.MultiplyAdd(k, factor, term);
            l = TSimd.MultiplyAdd(l, factor, term);
            m = TSimd.MultiplyAdd(m, factor, term);
            n = TSimd.MultiplyAdd(n, factor, term);
            o = TSimd.MultiplyAdd(o, factor, term);
            p = TSimd.MultiplyAdd(p, factor, term);
        }

        V first = TSimd.Add(TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d)), TSimd.Add(TSimd.Add(e, f), TSimd.Add(g, h)));
        V second = TSimd.Add(TSimd.Add(TSimd.Add(i, j), TSimd.Add(k, l)), TSimd.Add(TSimd.Add(m, n), TSimd.Add(o, p)));
        return TSimd.Sum(TSimd.Add(first, second));
    }
}
