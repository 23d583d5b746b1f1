using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Runtime;

namespace ILGPU.Execution;

/// <summary>What ILGPU refuses to load as a kernel, as far as its signature shows it.</summary>
internal static class KernelSignature
{
    /// <summary>The assembly in which ILGPU generates the code that hands the arguments over.</summary>
    private const string Launcher = "ILGPURuntime";

    public static string NameOf(MethodInfo method) => $"{method.DeclaringType?.Name}.{method.Name}";

    public static void Require(MethodInfo method, object? target)
    {
        // A lambda that captures nothing is an instance method of an empty class: it counts as static.
        if (target is not null && target.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Length > 0)
            throw new Fault($"{NameOf(method)} captures variables, or is no static method: it cannot be a kernel.");
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            if (!IsSeenByLauncher(parameter.ParameterType))
                throw new Fault($"{NameOf(method)}: ILGPU's launcher cannot see {parameter.ParameterType.Name}. Make it public, or internal with InternalsVisibleTo(\"{Launcher}\").");
            if (Offender(parameter.ParameterType, parameter.Name!) is { } offender)
                throw new Fault($"{NameOf(method)}: {offender} cannot be passed to a kernel.");
        }
    }

    private static bool IsSeenByLauncher(Type type)
    {
        bool internals = type.Assembly.GetCustomAttributes<InternalsVisibleToAttribute>().Any(friend => friend.AssemblyName == Launcher);
        for (Type? t = type; t is not null; t = t.DeclaringType)
        {
            if (!t.IsPublic && !t.IsNestedPublic && !(internals && (t.IsNotPublic || t.IsNestedAssembly)))
                return false;
        }

        return true;
    }

    /// <summary>The first part of a type that no kernel can receive, or null.</summary>
    private static string? Offender(Type type, string path)
    {
        Type? shape = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (shape == typeof(ArrayView<>) || shape == typeof(ArrayView1D<,>))
            return null;
        if (type == typeof(bool) || type == typeof(decimal) || !type.IsValueType)
            return $"{path}, a {type.Name},";
        if (type.IsPrimitive || type.IsEnum)
            return null;
        return type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(field => Offender(field.FieldType, $"{path}.{field.Name.Trim('<').Split('>')[0]}"))
            .FirstOrDefault(offender => offender is not null);
    }
}

internal sealed class LoadedKernel(Accelerator accelerator, string name)
{
    /// <summary>Counts the launches: they take turns in the order in which lanes run.</summary>
    private int _launches;

    public void Launch(AcceleratorStream stream, KernelConfig config, Action body)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.Accelerator != accelerator)
            throw new Fault($"{name} was loaded for another accelerator than that of its stream.");
        accelerator.Run(new Launch(accelerator, name, config, body, Interlocked.Increment(ref _launches)));
    }
}
