using System.Reflection;
using System.Reflection.Emit;
using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Tests.Kernels;

/// <summary>What ILGPU 1.5.3 cannot compile on every backend, found in a kernel's IL and in all that it calls.</summary>
internal sealed class KernelRules
{
    private const int MostParameters = 14;

    // XMath.Tanh, Sin and Cos are the hardware's approximations on CUDA; atomics and warp operations are missing on some OpenCL.
    private static readonly Dictionary<Type, string[]> Allowed = new()
    {
        [typeof(ArrayView<>)] = ["get_Item", "get_Length", "get_IntLength", "SubView", "Cast"],
        [typeof(SharedMemory)] = ["Allocate"],
        [typeof(Group)] = ["get_IdxX", "get_IdxY", "get_DimX", "get_DimY", "Barrier"],
        [typeof(Grid)] = ["get_IdxX", "get_IdxY", "get_IdxZ", "get_DimX"],
        [typeof(Interop)] = ["FloatAsInt", "IntAsFloat"],
        [typeof(XMath)] = ["Exp", "Sqrt"],
    };

    private readonly Assembly _kernels;
    private readonly List<string> _violations = [];
    private readonly HashSet<MethodBase> _done = [];
    private readonly List<MethodBase> _callers = [];

    private KernelRules(Assembly kernels) => _kernels = kernels;

    /// <summary>One line for each thing that is not allowed; empty for a good kernel.</summary>
    public static IReadOnlyList<string> Violations(MethodInfo kernel)
    {
        var rules = new KernelRules(kernel.DeclaringType!.Assembly);
        rules.CheckEntry(kernel);
        rules.Walk(kernel);
        return rules._violations;
    }

    private void CheckEntry(MethodInfo kernel)
    {
        ParameterInfo[] parameters = kernel.GetParameters();
        Require(kernel, kernel.IsStatic && kernel.ReturnType == typeof(void), "is not a static method without a result");
        Require(kernel, parameters.Length <= MostParameters, $"has {parameters.Length} parameters; ILGPU's launchers take {MostParameters}");
        foreach (ParameterInfo parameter in parameters)
        {
            CheckArgument(kernel, parameter.ParameterType);
        }
    }

    /// <summary>Arguments are copied as they lie: no bool, whose size differs, and no references.</summary>
    private void CheckArgument(MethodBase kernel, Type type)
    {
        Require(kernel, type != typeof(bool) && type != typeof(char), $"takes a {type.Name}; use an int");
        Require(kernel, type.IsValueType || type.IsByRef, $"takes a {type.Name}, which is a class");
        if (type is { IsValueType: true, IsPrimitive: false, IsEnum: false } && type.Assembly == _kernels)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                CheckArgument(kernel, field.FieldType);
            }
        }
    }

    private void Walk(MethodBase method)
    {
        if (_callers.Contains(method))
        {
            Report(method, "is recursive");
            return;
        }

        if (!_done.Add(method))
        {
            return;
        }

        _callers.Add(method);
        Require(method, method.GetMethodBody()!.ExceptionHandlingClauses.Count == 0, "has a try block");
        Require(method, !Array.Exists(method.GetParameters(), parameter => parameter.ParameterType.IsByRef), "has a ref, in or out parameter");
        IlInstruction before = default;
        foreach (IlInstruction instruction in IlReader.Read(method))
        {
            CheckInstruction(method, instruction, before);
            before = instruction;
        }

        _callers.Remove(method);
    }

    private void CheckInstruction(MethodBase method, IlInstruction instruction, IlInstruction before)
    {
        OpCode code = instruction.Code;
        Require(method, code != OpCodes.Throw && code != OpCodes.Rethrow, "throws");
        Require(method, code != OpCodes.Ldstr, "uses a string");
        Require(method, code != OpCodes.Ldftn && code != OpCodes.Ldvirtftn && code != OpCodes.Calli, "uses a delegate or function pointer");
        Require(method, code != OpCodes.Localloc, "uses stackalloc");
        Require(method, code != OpCodes.Box && code != OpCodes.Unbox_Any && code != OpCodes.Isinst && code != OpCodes.Castclass, "boxes or casts a reference");
        Require(method, code != OpCodes.Newarr || IsConstant(before), "allocates an array whose size is not a constant");
        Require(method, code != OpCodes.Stsfld, "writes a static field");
        if (instruction.Operand is FieldInfo { IsStatic: true } field && code != OpCodes.Ldtoken)
        {
            Require(method, field.IsInitOnly && field.FieldType.IsValueType, $"reads the static field {field.Name}, which is not a readonly value");
        }

        if (instruction.Operand is MethodBase callee && code != OpCodes.Ldtoken && code != OpCodes.Ldftn)
        {
            CheckCall(method, code, callee);
        }
    }

    private void CheckCall(MethodBase method, OpCode code, MethodBase callee)
    {
        Type type = callee.DeclaringType!;
        if (code == OpCodes.Newobj && !type.IsValueType)
        {
            Report(method, $"allocates a {type.Name}");
        }
        else if (type.Assembly == _kernels)
        {
            Require(method, !callee.IsVirtual || type.IsValueType, $"calls the virtual {type.Name}.{callee.Name}");
            if (callee.GetMethodBody() is not null)
            {
                Walk(callee);
            }
        }
        else
        {
            Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
            Require(method, Allowed.TryGetValue(definition, out string[]? members) && members.Contains(callee.Name), $"calls {type.Name}.{callee.Name}");
        }
    }

    private static bool IsConstant(IlInstruction instruction) => instruction.Code.Name?.StartsWith("ldc.i4", StringComparison.Ordinal) == true;

    private void Require(MethodBase method, bool condition, string otherwise)
    {
        if (!condition)
        {
            Report(method, otherwise);
        }
    }

    private void Report(MethodBase method, string what) => _violations.Add($"{method.DeclaringType!.Name}.{method.Name} {what}.");
}
