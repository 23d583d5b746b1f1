using System.Reflection;
using Xunit.Sdk;

namespace IlgpuBnn.Tests;

/// <summary>
/// Runs tests without the SDK, as on a GPU's machine: those of the classes whose full name contains the argument. Facts and
/// theories one after another, no fixtures: enough for the conformance tests of devices. "dotnet test" does not come here.
/// </summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        string part = args.Length > 0 ? args[0] : "";
        int passed = 0, failed = 0, skipped = 0;
        foreach (MethodInfo method in typeof(Program).Assembly.GetTypes()
            .Where(type => type.IsPublic && type.FullName!.Contains(part, StringComparison.Ordinal)).SelectMany(type => type.GetMethods()))
        {
            if (method.GetCustomAttribute<FactAttribute>() is not { } fact)
            {
                continue;
            }

            if (fact.Skip is not null)
            {
                skipped++;
                Console.WriteLine($"SKIPPED {Name(method, [])}: {fact.Skip}");
                continue;
            }

            foreach (object?[] row in Rows(method))
            {
                if (Run(method, row) is { } failure)
                {
                    failed++;
                    Console.WriteLine($"FAILED {Name(method, row)}: {failure}");
                }
                else
                {
                    passed++;
                }
            }
        }

        Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
        return failed > 0 || passed == 0 ? 1 : 0;
    }

    private static IEnumerable<object?[]> Rows(MethodInfo method)
    {
        DataAttribute[] sources = [.. method.GetCustomAttributes<DataAttribute>()];
        return sources.Length == 0 ? [[]] : sources.SelectMany(source => source.GetData(method));
    }

    private static Exception? Run(MethodInfo method, object?[] row)
    {
        try
        {
            object? instance = method.IsStatic ? null : Activator.CreateInstance(method.DeclaringType!);
            method.Invoke(instance, row);
            (instance as IDisposable)?.Dispose();
            return Devices.ViewAssertions.Take() is [string first, ..] ? new InvalidOperationException(first) : null;
        }
        catch (TargetInvocationException exception)
        {
            return exception.InnerException ?? exception;
        }
    }

    private static string Name(MethodInfo method, object?[] row) => $"{method.DeclaringType!.FullName}.{method.Name}({string.Join(", ", row)})";
}
