namespace IlgpuBnn.Tests;

/// <summary>Many threads, many trainings, and what is disposed of while it is in use. Alone, as it measures memory.</summary>
[Collection(nameof(LongLifeTests))]
public sealed class LongLifeTests
{
    private static readonly Dataset _data = Runs.Smooth(40);

    private static readonly Lazy<BayesianNetwork> _model = new(() => Train(0));

    public static TheoryData<string> Devices => [.. new[] { "cpu", TestDevices.SmallestGroups }];

    [Fact]
    public void A_model_used_from_16_threads_gives_the_same_bits()
    {
        BayesianNetwork model = _model.Value;
        double[,] inputs = Runs.Smooth(333, seed: 2).Inputs, expected = model.Predict(inputs).Interval(0.9).Upper, variance = model.PredictMoments(inputs).EpistemicVariance;
        double[] row = [0.3, -0.7];
        double mean = OneRow(model, row);
        Start(16, _ =>
        {
            for (int k = 0; k < 10; k++)
            {
                Assert.Equal(expected, model.Predict(inputs).Interval(0.9).Upper);
                Assert.Equal(variance, model.PredictMoments(inputs).EpistemicVariance);
                Assert.Equal(mean, OneRow(model, row));
            }
        })();
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_device_disposed_of_while_in_use_says_so(string name)
    {
        // The CPU accelerator of ILGPU is slow.
        for (int round = name == "cpu" ? 20 : 1; round > 0; round--)
        {
            Device device = name == "cpu" ? DeviceCatalog.OpenCpu(2) : DeviceCatalog.Open("ilgpu-cpu");
            double[,] inputs = Runs.Smooth(20).Inputs, expected = _model.Value.Predict(inputs, device).Mean;
            Predictor predictor = _model.Value.CreatePredictor(device);
            using var started = new CountdownEvent(4);
            Action join = Start(4, own =>
            {
                Assert.Throws<ObjectDisposedException>(new Action(() =>
                {
                    for (int k = 0; ; k++)
                    {
                        if (own == 0)
                        {
                            predictor.Predict([0.1, 0.2]);
                        }
                        else
                        {
                            Assert.Equal(expected, _model.Value.Predict(inputs, device).Mean);
                        }

                        if (k == 0)
                        {
                            started.Signal();
                        }
                    }
                }));
            });
            started.Wait();
            device.Dispose();
            join();
            predictor.Dispose();
            Assert.Throws<ObjectDisposedException>(() => _model.Value.CreatePredictor(device));
        }
    }

    [Fact]
    public void A_predictor_disposed_of_while_in_use_says_so()
    {
        for (int round = 0; round < 20; round++)
        {
            Predictor predictor = _model.Value.CreatePredictor();
            using var started = new ManualResetEventSlim();
            Action join = Start(1, _ =>
            {
                Assert.Throws<ObjectDisposedException>(new Action(() =>
                {
                    while (true)
                    {
                        predictor.Predict([0.1, 0.2]);
                        started.Set();
                    }
                }));
            });
            started.Wait();
            predictor.Dispose();
            join();
            predictor.Dispose();
        }
    }

    [Fact]
    public void Memory_does_not_grow_with_trainings()
    {
        for (int k = 0; k < 20; k++)
        {
            Use(Train(k));
        }

        long before = GC.GetTotalMemory(forceFullCollection: true);
        int threads = System.Diagnostics.Process.GetCurrentProcess().Threads.Count;
        for (int k = 0; k < 200; k++)
        {
            Use(Train(k));
        }

        // A kept model is some 100 kB, so 200 of them 20 MB.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 1 << 20);
        Assert.InRange(System.Diagnostics.Process.GetCurrentProcess().Threads.Count, 1, threads + 20);

        // With a device of its own each time.
        static void Use(BayesianNetwork model)
        {
            using Device device = DeviceCatalog.OpenCpu(2);
            using Predictor predictor = model.CreatePredictor(device);
            predictor.Predict([0, 0]);
            model.Predict(_data, device);
        }
    }

    private static BayesianNetwork Train(int seed) => BayesianNetwork.Fit(
        _data, new TrainingOptions { MaxIterations = 10, HiddenUnits = [20, 20], Seed = seed, Method = new AnchoredEnsemble { Particles = 20, Folds = 2 }, SelectEncodings = false });

    private static double OneRow(BayesianNetwork model, double[] row)
    {
        using Predictor predictor = model.CreatePredictor();
        return predictor.Predict(row).Mean[0];
    }

    /// <returns>Waits for all, and throws what one of them did.</returns>
    private static Action Start(int threads, Action<int> work)
    {
        Exception? failure = null;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(own => new Thread(() =>
        {
            try
            {
                work(own);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }))];
        Array.ForEach(all, thread => thread.Start());
        return () =>
        {
            Array.ForEach(all, thread => thread.Join());
            Assert.Null(failure);
        };
    }
}

/// <summary>Its tests run after the others, one by one.</summary>
[CollectionDefinition(nameof(LongLifeTests), DisableParallelization = true)]
public sealed class LongLifeTestsDefinition;
