using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit.Sdk;

[assembly: ViewsAreKept]

namespace IlgpuBnn.Tests.Devices;

/// <summary>Turns an access outside a view, in a GPU kernel on ILGPU's CPU accelerator, into a failed test.</summary>
/// <remarks>
/// That accelerator runs a kernel's own .NET code, and ILGPU's views check every index there with Trace.Assert, in its released package too:
/// <c>Context.Builder.Assertions()</c> is not needed, and adds checks to PTX alone. But a failed Trace.Assert ends the process, and so does a
/// listener that throws, on one of the accelerator's threads. This one remembers, and the next test to end fails.
/// </remarks>
internal sealed class ViewAssertions : TraceListener
{
    private static readonly List<string> Failures = [];

    /// <summary>Before any test: new memory is poisoned too, in every test of this assembly.</summary>
    [ModuleInitializer]
    public static void Install()
    {
        Trace.Listeners.Clear();
        Trace.Listeners.Add(new ViewAssertions());
        Device.PoisonsNewMemory = true;
    }

    /// <summary>All since the last call.</summary>
    public static string[] Take()
    {
        lock (Failures)
        {
            string[] taken = [.. Failures];
            Failures.Clear();
            return taken;
        }
    }

    public override void Fail(string? message, string? detailMessage)
    {
        // None where the JIT has inlined all of a kernel.
        IEnumerable<MethodBase> own = new StackTrace(1).GetFrames().Select(frame => frame.GetMethod()).OfType<MethodBase>()
            .Where(method => method.DeclaringType?.FullName?.StartsWith(nameof(IlgpuBnn), StringComparison.Ordinal) == true);
        string failure = $"{message} in {string.Join(" < ", own.Select(method => $"{method.DeclaringType!.Name}.{method.Name}").DefaultIfEmpty("a kernel"))}";
        lock (Failures)
        {
            Failures.Add(failure);
            if (Failures.Count == 1)
            {
                // At once: the access itself follows, and may end the process.
                Console.Error.WriteLine(failure);
            }
        }
    }

    public override void Write(string? message)
    {
    }

    public override void WriteLine(string? message)
    {
    }
}

/// <summary>Fails a test at whose end there was an access outside a view.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class ViewsAreKeptAttribute : BeforeAfterTestAttribute
{
    public override void After(MethodInfo methodUnderTest)
    {
        if (ViewAssertions.Take() is { Length: > 0 } seen)
        {
            Assert.Fail($"{seen.Length} accesses outside a view: {string.Join("; ", seen.Distinct().Take(5))}");
        }
    }
}
