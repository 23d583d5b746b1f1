using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using IlgpuBnn.Native;

namespace IlgpuBnn.Tests.Native;

/// <summary>The C functions, called as C calls them.</summary>
public sealed unsafe class ExportsTests
{
    private const int Rows = 40, Inputs = 2;
    private const string Options = """{"particles":8,"folds":4,"max_iterations":60,"network":"dense(8,tanh)","seed":3,"input_names":["rain","warmth"],"target_names":["yield"]}""";

    private static readonly Dataset _runs = Runs.Of(Rows, Inputs, 1, (random, x) => [(3 * x[0]) + x[1] + (0.1 * random.NextDouble())]);

    private static string LastError
    {
        get
        {
            delegate* unmanaged[Cdecl]<nint> call = &Exports.LastErrorMessage;
            return Marshal.PtrToStringUTF8(call())!;
        }
    }

    private static int LastStatus
    {
        get
        {
            delegate* unmanaged[Cdecl]<int> call = &Exports.LastStatus;
            return call();
        }
    }

    [Fact]
    public void A_model_trains_predicts_and_comes_back_from_its_file_as_in_the_library()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("own.safetensors");
        nint model = Fit(Options);
        Assert.Equal((0, ""), (LastStatus, LastError));
        var same = new TrainingOptions { Layers = [new Dense(8, Activation.Tanh)], MaxIterations = 60, Seed = 3, Method = new AnchoredEnsemble { Particles = 8, Folds = 4 } };
        PredictiveDistribution expected = BayesianNetwork.Fit(new Dataset(_runs.Inputs, _runs.Targets, ["rain", "warmth"], ["yield"]), same).Predict(_runs.Inputs);

        (double[] mean, double[] sd, double[] aleatoric) = Predict(model, _runs.Inputs);
        Assert.Equal(expected.Mean.Cast<double>(), mean);
        Assert.Equal(expected.Variance.Cast<double>().Select(Math.Sqrt), sd);
        Assert.Equal(expected.AleatoricVariance.Cast<double>().Select(Math.Sqrt), aleatoric);

        delegate* unmanaged[Cdecl]<nint, nint, int> save = &Exports.Save;
        delegate* unmanaged[Cdecl]<nint, nint> load = &Exports.Load;
        nint name = Exports.Utf8(path);
        Assert.Equal(0, save(model, name));
        nint loaded = load(name);
        Assert.Equal(mean, Predict(loaded, _runs.Inputs).Mean);
        Assert.Equal(mean, BayesianNetwork.Load(path).Predict(_runs.Inputs).Mean.Cast<double>());

        double[,] row = { { _runs.Inputs[7, 0], _runs.Inputs[7, 1] } };
        (double[] meanOfRow, double[] sdOfRow, _) = Predict(loaded, row);
        Assert.Equal(mean[7], meanOfRow[0], 1e-5 * sd[7]);
        Assert.Equal(sd[7], sdOfRow[0], 1e-5 * sd[7]);

        double[] probabilities = [0.1, 0.5, 0.9], quantiles = new double[3 * Rows], draws = new double[5 * Rows];
        delegate* unmanaged[Cdecl]<nint, double*, long, int, double*, int, double*, int> quantilesOf = &Exports.Quantiles;
        delegate* unmanaged[Cdecl]<nint, double*, long, int, int, int, double*, int> sample = &Exports.Sample;
        fixed (double* inputs = _runs.Inputs, at = probabilities, found = quantiles, drawn = draws)
        {
            Assert.Equal(0, quantilesOf(loaded, inputs, Rows, Inputs, at, 3, found));
            Assert.Equal(0, sample(loaded, inputs, Rows, Inputs, 5, 11, drawn));
        }

        Assert.Equal(expected.Quantile(0.9).Cast<double>(), quantiles[(2 * Rows)..]);
        Assert.Equal(expected.Sample(5, 11).Cast<double>(), draws);
        Free(model, loaded);
        NativeMemory.Free((void*)name);
    }

    [Fact]
    public void What_is_known_of_targets_and_momentum_are_those_of_the_library()
    {
        nint model = Fit(Options[..^1] + ""","optimizer":"momentum","step_size":0.00001,"limits":{"yield":[null,50]},"monotone":{"yield":["rain","-warmth"]}}""");
        Assert.Equal((0, ""), (LastStatus, LastError));
        var same = new TrainingOptions
        {
            Layers = [new Dense(8, Activation.Tanh)],
            MaxIterations = 60,
            Seed = 3,
            Method = new AnchoredEnsemble { Particles = 8, Folds = 4 },
            GradientDescent = new GradientDescent(0.00001),
            Constraints = new ConstraintPrior([new Limits("yield", null, 50), new Monotone("yield", "rain"), new Monotone("yield", "warmth", Rising: false)]),
        };
        PredictiveDistribution expected = BayesianNetwork.Fit(new Dataset(_runs.Inputs, _runs.Targets, ["rain", "warmth"], ["yield"]), same).Predict(_runs.Inputs);
        Assert.Equal(expected.Mean.Cast<double>(), Predict(model, _runs.Inputs).Mean);
        Free(model);
    }

    [Fact]
    public void A_description_has_names_ranges_levels_and_scores()
    {
        double[,] inputs = (double[,])_runs.Inputs.Clone();
        for (int row = 0; row < Rows; row++)
        {
            inputs[row, 1] = row % 3;
        }

        nint model = Fit(Options[..^1] + ",\"levels\":{\"warmth\":[\"cold\",\"mild\",\"warm\"]}}", inputs);
        delegate* unmanaged[Cdecl]<nint, nint> describe = &Exports.Describe;
        delegate* unmanaged[Cdecl]<nint, void> freeText = &Exports.FreeText;
        nint text = describe(model);
        using var description = JsonDocument.Parse(Marshal.PtrToStringUTF8(text)!);
        freeText(text);
        JsonElement root = description.RootElement, columns = root.GetProperty("inputs");
        Assert.Equal(["cold", "mild", "warm"], columns[1].GetProperty("levels").EnumerateArray().Select(own => own.GetString()));
        Assert.Equal(inputs.Cast<double>().Where((_, k) => k % 2 == 0).Max(), columns[0].GetProperty("largest").GetDouble());
        Assert.Equal("yield", root.GetProperty("targets")[0].GetProperty("name").GetString());
        Assert.Equal(("anchored", "dense(8,tanh)", 8, 4), (root.GetProperty("method").GetString(), root.GetProperty("network").GetString(), root.GetProperty("particles").GetInt32(), root.GetProperty("folds").GetInt32()));
        Assert.Equal("out-of-fold", root.GetProperty("scores").GetProperty("rows").GetString());
        Assert.InRange(root.GetProperty("scores").GetProperty("targets").GetProperty("yield").GetProperty("r2").GetDouble(), -1, 1);
        Free(model);
    }

    [Theory]
    [InlineData("""{"netwrk":"linear"}""", "no option \"netwrk\". Did you mean \"network\"?")]
    [InlineData("""{"network":"dense(x)"}""", "Option network: At position 7, \"x\"")]
    [InlineData("""{"particles":"many"}""", "Option particles: it cannot be many.")]
    [InlineData("""{"particles":1.5}""", "Option particles: it cannot be 1.5.")]
    [InlineData("""{"particles":0}""", "Particles is 0")]
    [InlineData("""{"method":"hmc"}""", "Option method: it is \"hmc\"; it must be one of anchored, svgd")]
    [InlineData("""{"method":"svgd","folds":3}""", "Option folds is one of the method anchored")]
    [InlineData("""{"method":"deterministic","particles":7}""", "Particles is 7; a deterministic network is 1.")]
    [InlineData("""{"input_names":["rain"]}""", "input")]
    [InlineData("""{"log_inputs":["rainn"],"input_names":["rain","warmth"]}""", "rainn")]
    [InlineData("""{"levels":{"x2":["only"]}}""", "row 1, column \"x2\"")]
    [InlineData("""{"groups":[1,2]}""", "group")]
    [InlineData("""{"transforms":{"y1":"cube"}}""", "Option transforms: it is \"cube\"")]
    [InlineData("""{"device":"gpu"}""", "No device \"gpu\"")]
    [InlineData("""{"optimizer":"sgd"}""", "Option optimizer: it is \"sgd\"; it must be one of adam, momentum")]
    [InlineData("""{"limits":{"y1":[0]}}""", "Option limits: of \"y1\" there are 1; give two")]
    [InlineData("""{"limits":{"y1":[null,null]}}""", "The limits of y1 are none.")]
    [InlineData("""{"monotone":{"y1":["-x9"]}}""", "x9")]
    [InlineData("""{"positive":["y7"]}""", "y7")]
    [InlineData("""{"sums":[[{"y1":1}]]}""", "Option sums: each must be an object of targets to factors, and a total")]
    [InlineData("[1]", "The options are no JSON object")]
    [InlineData("{", "The options are no JSON object")]
    public void Options_that_cannot_be_used_are_named(string options, string expected)
    {
        Assert.Equal(0, Fit(options));
        Assert.Equal((int)Status.InvalidArgument, LastStatus);
        Assert.Contains(expected, LastError, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter '", LastError, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_has_a_status_and_stays_in_its_thread()
    {
        nint name = Exports.Utf8("/no/such/model.safetensors");
        delegate* unmanaged[Cdecl]<nint, nint> load = &Exports.Load;
        Assert.Equal(0, load(name));
        NativeMemory.Free((void*)name);
        Assert.Equal((int)Status.ModelFile, LastStatus);
        Assert.StartsWith("/no/such/model.safetensors: could not be read", LastError, StringComparison.Ordinal);
        (int Status, string Message) elsewhere = (-1, "");
        var thread = new Thread(() => elsewhere = (LastStatus, LastError));
        thread.Start();
        thread.Join();
        Assert.Equal((0, ""), elsewhere);

        nint model = Fit(Options);
        double[,] unknown = { { 1, double.NaN }, { 1, 1 } };
        Assert.Equal(-1, Predict(model, unknown).Mean[0]);
        Assert.Contains("inputs[0, 1] (\"warmth\") is NaN", LastError, StringComparison.Ordinal);
        Assert.Equal(-1, Predict(model, new double[2, 3]).Mean[0]);
        Assert.Contains("3 columns; the model has 2 inputs", LastError, StringComparison.Ordinal);
        Assert.Equal(-1, Predict(0, new double[2, 2]).Mean[0]);
        Assert.Contains("model is NULL", LastError, StringComparison.Ordinal);
        Free(model, 0);
    }

    [Fact]
    public void A_callback_stops_a_training()
    {
        _calls = 0;
        Assert.Equal(0, Fit("""{"max_iterations":10000000}""", progress: &StopAtThirdCall));
        Assert.Equal((int)Status.Cancelled, LastStatus);
        Assert.Equal(3, _calls);
        Assert.Equal(Environment.CurrentManagedThreadId, _thread);
    }

    [ThreadStatic]
    private static int _calls, _thread;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int StopAtThirdCall(int completed, int total, double score, nint context)
    {
        _thread = Environment.CurrentManagedThreadId;
        return ++_calls == 3 && context == 77 ? 1 : 0;
    }

    private static nint Fit(string options, double[,]? table = null, delegate* unmanaged[Cdecl]<int, int, double, nint, int> progress = null)
    {
        delegate* unmanaged[Cdecl]<double*, double*, long, int, int, nint, delegate* unmanaged[Cdecl]<int, int, double, nint, int>, nint, nint> fit = &Exports.Fit;
        nint text = Exports.Utf8(options);
        fixed (double* inputs = table ?? _runs.Inputs, targets = _runs.Targets)
        {
            nint model = fit(inputs, targets, Rows, Inputs, 1, text, progress, 77);
            NativeMemory.Free((void*)text);
            return model;
        }
    }

    /// <summary>-1 where nothing was written.</summary>
    private static (double[] Mean, double[] Sd, double[] Aleatoric) Predict(nint model, double[,] inputs)
    {
        int rows = inputs.GetLength(0);
        double[] mean = [.. Enumerable.Repeat(-1.0, rows)], sd = [.. mean], aleatoric = [.. mean];
        delegate* unmanaged[Cdecl]<nint, double*, long, int, double*, double*, double*, int> predict = &Exports.Predict;
        fixed (double* own = inputs, toMean = mean, toSd = sd, toAleatoric = aleatoric)
        {
            int status = predict(model, own, rows, inputs.GetLength(1), toMean, toSd, toAleatoric);
            Assert.Equal(status, LastStatus);
        }

        return (mean, sd, aleatoric);
    }

    private static void Free(params ReadOnlySpan<nint> models)
    {
        delegate* unmanaged[Cdecl]<nint, void> free = &Exports.Free;
        foreach (nint model in models)
        {
            free(model);
        }
    }
}
