using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using Xunit;
using Xunit.Sdk;

namespace IlgpuBnn.Tests.StandIn;

/// <summary>kernels/Ilgpu.StandIn/api.txt lists the stand-in's public members. Where the build has ILGPU, the list is held against it.</summary>
public class StandInApiTests
{
    [Fact]
    public void Public_members_of_the_stand_in_are_those_of_ilgpu()
    {
        string list = Path.Combine(Repository(), "kernels", "Ilgpu.StandIn", "api.txt");
        string[] listed = File.ReadAllLines(list);

        if (StandInFactAttribute.IsStandIn)
        {
            string[] actual = [.. PublicApi.Of(typeof(Context).Assembly.GetExportedTypes(), inherited: false)];
            if (listed.SequenceEqual(actual))
                return;
            string received = Path.Combine(AppContext.BaseDirectory, "api.txt");
            File.WriteAllLines(received, actual);
            throw new XunitException($"{list} is not the stand-in's API: copy {received} over it, and run this test with the ILGPU packages.");
        }

        Type[] types = [.. typeof(Context).Assembly.GetExportedTypes(), .. typeof(XMath).Assembly.GetExportedTypes()];
        Assert.Empty(listed.Except(PublicApi.Of(types, inherited: true)));
        Assert.NotEmpty(listed);
    }

    private static string Repository([CallerFilePath] string thisFile = "") => Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..");
}

/// <summary>Types and members as lines of text, whole enough to compile against: constraints, names of parameters, values of enums.</summary>
internal static class PublicApi
{
    public static SortedSet<string> Of(IEnumerable<Type> types, bool inherited) =>
        new(types.SelectMany(type => LinesOf(type, inherited)), StringComparer.Ordinal);

    private static IEnumerable<string> LinesOf(Type type, bool inherited)
    {
        string name = Name(type);
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
        yield return $"{kind} {name}{Constraints(type.GetGenericArguments())}";
        foreach (Type parent in Parents(type).Where(parent => parent.IsVisible && parent.Namespace!.StartsWith("ILGPU", StringComparison.Ordinal)))
            yield return $"{name} is {Name(parent)}";

        const BindingFlags all = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static;
        var members = type.GetMembers(inherited ? all : all | BindingFlags.DeclaredOnly)
            .Concat(inherited && type.IsInterface ? type.GetInterfaces().SelectMany(parent => parent.GetMembers(all)) : []);
        foreach (string member in members.Select(Describe).OfType<string>())
            yield return $"{name}: {member}";
    }

    private static IEnumerable<Type> Parents(Type type)
    {
        for (Type? parent = type.BaseType; parent is not null; parent = parent.BaseType)
            yield return parent;
        foreach (Type parent in type.GetInterfaces())
            yield return parent;
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true, DeclaringType.IsEnum: true } constant => $"{constant.Name} = {Convert.ToInt64(constant.GetRawConstantValue())}",
        PropertyInfo property => $"{Static(property.GetMethod!)}{Name(property.PropertyType)} {property.Name}({Parameters(property.GetIndexParameters())}) {{ get; }}",
        ConstructorInfo constructor => $"new({Parameters(constructor.GetParameters())})",
        MethodInfo method when (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && method.GetBaseDefinition().DeclaringType != typeof(object) =>
            $"{Static(method)}{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method.GetParameters())}){Constraints(method.GetGenericArguments())}",
        _ => null,
    };

    private static string Static(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string Generic(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(ParameterInfo[] parameters) =>
        string.Join(", ", parameters.Select(parameter => $"{(parameter.IsIn ? "in " : parameter.IsOut ? "out " : "")}{Name(parameter.ParameterType)} {parameter.Name}"));

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(argument => argument.IsGenericParameter).Select(argument =>
    {
        GenericParameterAttributes attributes = argument.GenericParameterAttributes;
        bool unmanaged = argument.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "IsUnmanagedAttribute");
        var parts = argument.GetGenericParameterConstraints().Where(constraint => constraint != typeof(ValueType)).Select(Name).Order(StringComparer.Ordinal);
        if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
            parts = parts.Prepend(unmanaged ? "unmanaged" : "struct").Order(StringComparer.Ordinal);
        return parts.Any() ? $" where {argument.Name}: {string.Join(", ", parts)}" : "";
    }));

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return "ref " + Name(type.GetElementType()!);
        if (type.IsGenericParameter)
            return type.Name;
        if (!type.IsGenericType)
            return type.FullName ?? type.Name;
        Type definition = type.GetGenericTypeDefinition();
        return $"{definition.FullName}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
