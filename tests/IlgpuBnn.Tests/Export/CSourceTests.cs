using System.Globalization;
using System.Runtime.InteropServices;
using IlgpuBnn.Export;

namespace IlgpuBnn.Tests.Export;

public sealed unsafe class CSourceTests
{
    // Of a standard deviation. Networks are in single precision, summed in another order.
    private const double Tolerance = 1e-5;

    private static readonly string[] _strict = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"];

    [CompilerFact("gcc")]
    public void Compiled_sources_predict_as_the_library()
    {
        using var folder = new TemporaryFolder();
        string[] names = [.. ExportedModels.Names], sources = [.. names.Select(name => folder.File($"{name}.c"))];
        for (int k = 0; k < names.Length; k++)
        {
            ModelExport.WriteC(ExportedModels.Get(names[k]), sources[k]);
        }

        string library = folder.File("models.so");
        Compilers.Run("gcc", [.. _strict, "-shared", "-fPIC", "-o", library, .. sources, "-lm"]);
        nint handle = NativeLibrary.Load(library);
        try
        {
            Assert.All(names, name => AssertSame(name, handle));
        }
        finally
        {
            NativeLibrary.Free(handle);
        }
    }

    [CompilerFact("gcc", "gfortran")]
    public void Fortran_calls_it()
    {
        using var folder = new TemporaryFolder();
        BayesianNetwork model = ExportedModels.Get("linear");
        IReadOnlyList<string> files = ModelExport.WriteC(model, folder.File("linear.c"));
        string program = folder.Write("main.f90", """
            program main
              use, intrinsic :: iso_c_binding, only: c_double, c_size_t
              use linear_module, only: linear_predict, linear_predict_rows, linear_outside, linear_inputs, linear_targets
              implicit none
              real(c_double) :: inputs(linear_inputs, 2), mean(linear_targets, 2), sd(linear_targets, 2), aleatoric_sd(linear_targets, 2)
              inputs(:, 1) = [0.2_c_double, 0.4_c_double, 0.6_c_double]
              inputs(:, 2) = [9.0_c_double, 0.5_c_double, -1.0_c_double]
              call linear_predict(inputs(:, 2), mean(:, 2), sd(:, 2), aleatoric_sd(:, 2))
              print '(es25.17)', mean(1, 2)
              call linear_predict_rows(2_c_size_t, inputs, mean, sd, aleatoric_sd)
              print '(es25.17)', mean(1, 2), sd(1, 1), aleatoric_sd(1, 1)
              print '(i0)', linear_outside(inputs(:, 1)), linear_outside(inputs(:, 2))
            end program
            """);
        Compilers.Run("gcc", [.. _strict, "-c", "-o", folder.File("c.o"), files[0]]);
        Compilers.Run("gfortran", "-std=f2008", "-Wall", "-Werror", "-J", folder.Path, "-o", folder.File("main"), files[2], program, folder.File("c.o"), "-lm");
        double[] printed = [.. Compilers.Run(folder.File("main")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line, CultureInfo.InvariantCulture))];

        PredictiveDistribution expected = model.Predict(new[,] { { 0.2, 0.4, 0.6 }, { 9.0, 0.5, -1.0 } });
        double[] wanted = [expected.Mean[1, 0], expected.Mean[1, 0], Math.Sqrt(expected.Variance[0, 0]), Math.Sqrt(expected.AleatoricVariance[0, 0]), 0, 2];
        Assert.Equal(wanted.Length, printed.Length);
        Assert.All(wanted.Zip(printed), own => Numbers.AssertClose(own.First, own.Second, Tolerance, 0));
    }

    [CompilerFact("gcc", "gfortran")]
    public void Names_of_a_table_cannot_end_a_comment()
    {
        string[] names = ["*/ int x; /*", "a\nend module", "??/", "\u202eback\\"];
        Dataset data = Runs.Of(12, names.Length, 3, (_, x) => [x[0] + x[1]]);
        BayesianNetwork model = BayesianNetwork.Fit(
            new Dataset(data.Inputs, data.Targets, names, ["*/**/?????\\"]), new TrainingOptions { HiddenUnits = [2], MaxIterations = 5, Method = new Deterministic() });
        using var folder = new TemporaryFolder();
        IReadOnlyList<string> files = ModelExport.WriteC(model, folder.File("odd_1.c"));
        Compilers.Run("gcc", [.. _strict, "-fsyntax-only", files[0]]);
        Compilers.Run("gfortran", "-std=f2008", "-Wall", "-Werror", "-fsyntax-only", "-J", folder.Path, files[2]);
    }

    [Theory]
    [InlineData("yield curve.c", "yield_curve.c")]
    [InlineData("7.c", "model_7.c")]
    [InlineData("yield.cpp", "yield.c")]
    public void A_file_name_that_cannot_name_functions_is_refused(string file, string proposal)
    {
        using var folder = new TemporaryFolder();
        string message = Assert.Throws<ArgumentException>(() => ModelExport.WriteC(ExportedModels.Get("linear"), folder.File(file))).Message;
        Assert.Contains($"such as {proposal}.", message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_model_that_would_fill_the_stack_is_refused()
    {
        BayesianNetwork model = BayesianNetwork.Fit(
            Runs.Of(9, 1, 1, (_, x) => [x[0]]), new TrainingOptions { HiddenUnits = [40_000, 1, 40_000], MaxIterations = 1, Method = new Deterministic() });
        using var folder = new TemporaryFolder();
        Assert.Contains("would take 312 KB of the stack", Assert.Throws<ArgumentException>(() => ModelExport.WriteC(model, folder.File("wide.c"))).Message, StringComparison.Ordinal);
    }

    private static void AssertSame(string name, nint library)
    {
        double[,] rows = ExportedModels.Rows(name);
        PredictiveDistribution expected = ExportedModels.Get(name).Predict(rows);
        double[] units = ExportedModels.Units(expected);
        int count = expected.RowCount, targets = units.Length;
        double[,] mean = new double[count, targets], sd = new double[count, targets], aleatoric = new double[count, targets];
        var predict = (delegate* unmanaged<nuint, double*, double*, double*, double*, void>)NativeLibrary.GetExport(library, $"{name}_predict_rows");
        var outside = (delegate* unmanaged<double*, int>)NativeLibrary.GetExport(library, $"{name}_outside");
        fixed (double* x = rows, m = mean, s = sd, a = aleatoric)
        {
            predict((nuint)count, x, m, s, a);
            int width = rows.GetLength(1);
            Assert.Equal([1, 1, 1, 0], new[] { outside(x), outside(x + width), outside(x + (2 * width)), outside(x + (3 * width)) });
        }

        for (int n = 0; n < count; n++)
        {
            for (int o = 0; o < targets; o++)
            {
                double tolerance = Tolerance * units[o];
                Numbers.AssertClose(expected.Mean[n, o], mean[n, o], tolerance, 0);
                Numbers.AssertClose(Math.Sqrt(expected.Variance[n, o]), sd[n, o], tolerance, 0);
                Numbers.AssertClose(Math.Sqrt(expected.AleatoricVariance[n, o]), aleatoric[n, o], tolerance, 0);
            }
        }
    }
}
