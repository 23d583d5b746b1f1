using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using IlgpuBnn.Data;

namespace IlgpuBnn.Native;

/// <summary>The functions of ilgpubnn.h, which says what they do. No exception leaves one.</summary>
internal static unsafe class Exports
{
    private static readonly nint _version = Utf8(
        typeof(BayesianNetwork).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "");

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_version", CallConvs = [typeof(CallConvCdecl)])]
    public static nint Version() => _version;

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_last_error", CallConvs = [typeof(CallConvCdecl)])]
    public static nint LastErrorMessage() => LastError.Message;

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_last_status", CallConvs = [typeof(CallConvCdecl)])]
    public static int LastStatus() => (int)LastError.Status;

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_load", CallConvs = [typeof(CallConvCdecl)])]
    public static nint Load(nint path) => LastError.Guard(() => HandleOf(new NativeModel(BayesianNetwork.Load(Text(path, "path")), null)));

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_fit", CallConvs = [typeof(CallConvCdecl)])]
    public static nint Fit(
        double* inputs, double* targets, long rows, int inputCount, int targetCount, nint options, delegate* unmanaged[Cdecl]<int, int, double, nint, int> progress,
        nint context) => LastError.Guard(() =>
    {
        FitOptions read = FitOptions.Parse(options == 0 ? "{}" : Text(options, "options"));
        Dataset data = read.DatasetOf(Table(inputs, rows, inputCount, "inputs"), Table(targets, rows, targetCount, "targets"));
        return HandleOf(NativeModel.Fit(data, read, progress == null ? null : own => progress(own.Completed, own.Total, own.Score, context) != 0));
    });

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_save", CallConvs = [typeof(CallConvCdecl)])]
    public static int Save(nint model, nint path) => LastError.Check(() => ModelOf(model).Network.Save(Text(path, "path")));

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_describe", CallConvs = [typeof(CallConvCdecl)])]
    public static nint Describe(nint model) => LastError.Guard(() => Utf8(Description.Of(ModelOf(model))));

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_predict", CallConvs = [typeof(CallConvCdecl)])]
    public static int Predict(nint model, double* inputs, long rows, int inputCount, double* mean, double* sd, double* aleatoricSd) => LastError.Check(() =>
    {
        NativeModel own = ModelOf(model);
        own.Predict(
            Table(inputs, rows, inputCount, "inputs"), Room(mean, rows, own.TargetCount), Room(sd, rows, own.TargetCount), Room(aleatoricSd, rows, own.TargetCount));
    });

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_quantiles", CallConvs = [typeof(CallConvCdecl)])]
    public static int Quantiles(
        nint model, double* inputs, long rows, int inputCount, double* probabilities, int probabilityCount, double* quantiles) => LastError.Check(() =>
    {
        NativeModel own = ModelOf(model);
        Require(probabilities, "probabilities");
        Require(quantiles, "quantiles");
        own.Quantiles(
            Table(inputs, rows, inputCount, "inputs"), new ReadOnlySpan<double>(probabilities, probabilityCount).ToArray(),
            k => new Span<double>(quantiles + (k * rows * own.TargetCount), LengthOf(rows, own.TargetCount)));
    });

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_sample", CallConvs = [typeof(CallConvCdecl)])]
    public static int Sample(nint model, double* inputs, long rows, int inputCount, int count, int seed, double* draws) => LastError.Check(() =>
    {
        NativeModel own = ModelOf(model);
        Require(draws, "draws");
        double[,,] drawn = own.Network.Predict(Table(inputs, rows, inputCount, "inputs")).Sample(count, seed);
        MemoryMarshal.CreateReadOnlySpan(ref drawn[0, 0, 0], drawn.Length).CopyTo(new Span<double>(draws, drawn.Length));
    });

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_free", CallConvs = [typeof(CallConvCdecl)])]
    public static void Free(nint model)
    {
        if (model != 0)
        {
            var handle = GCHandle.FromIntPtr(model);
            (handle.Target as NativeModel)?.Dispose();
            handle.Free();
        }
    }

    [UnmanagedCallersOnly(EntryPoint = "ilgpubnn_free_text", CallConvs = [typeof(CallConvCdecl)])]
    public static void FreeText(nint text) => NativeMemory.Free((void*)text);

    /// <summary>Zero-terminated, to be freed with <see cref="NativeMemory.Free"/>.</summary>
    public static nint Utf8(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        byte* place = (byte*)NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(place, length));
        place[length] = 0;
        return (nint)place;
    }

    private static nint HandleOf(NativeModel model) => GCHandle.ToIntPtr(GCHandle.Alloc(model));

    private static NativeModel ModelOf(nint handle) => handle == 0
        ? throw new ArgumentException("model is NULL. Give one of ilgpubnn_fit or ilgpubnn_load.")
        : (NativeModel)GCHandle.FromIntPtr(handle).Target!;

    private static string Text(nint utf8, string name) => Marshal.PtrToStringUTF8(utf8) ?? throw new ArgumentException($"{name} is NULL.");

    private static void Require(double* values, string name)
    {
        if (values == null)
        {
            throw new ArgumentException($"{name} is NULL.");
        }
    }

    private static int LengthOf(long rows, int columns)
    {
        long length = checked(rows * columns);
        return rows >= 1 && columns >= 1 && length <= Array.MaxLength ? (int)length : throw new ArgumentException(string.Create(
            CultureInfo.InvariantCulture, $"There are {rows} rows of {columns} columns. Give at least 1 of both, and at most {Array.MaxLength} numbers at once."));
    }

    private static double[,] Table(double* values, long rows, int columns, string name)
    {
        Require(values, name);
        int length = LengthOf(rows, columns);
        var table = new double[(int)rows, columns];
        new ReadOnlySpan<double>(values, length).CopyTo(MemoryMarshal.CreateSpan(ref table[0, 0], length));
        return table;
    }

    private static Span<double> Room(double* values, long rows, int columns) => values == null ? default : new Span<double>(values, LengthOf(rows, columns));
}
