using System.Reflection;
using System.Reflection.Emit;

namespace IlgpuBnn.Tests.Kernels;

/// <summary>One instruction, its token resolved.</summary>
/// <param name="Operand">A method, field or type; an int constant; otherwise null.</param>
internal readonly record struct IlInstruction(OpCode Code, object? Operand);

/// <summary>The instructions of a method.</summary>
internal static class IlReader
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    public static IEnumerable<IlInstruction> Read(MethodBase method)
    {
        byte[] il = method.GetMethodBody()!.GetILAsByteArray()!;
        for (int at = 0; at < il.Length;)
        {
            short value = il[at] == 0xFE ? (short)(0xFE00 | il[at + 1]) : il[at];
            OpCode code = Codes[value];
            at += code.Size;
            yield return new IlInstruction(code, Operand(code, method, il, at));
            at += OperandSize(code, il, at);
        }
    }

    private static object? Operand(OpCode code, MethodBase method, byte[] il, int at) => code.OperandType switch
    {
        OperandType.InlineMethod => method.Module.ResolveMethod(BitConverter.ToInt32(il, at), TypeArguments(method), MethodArguments(method)),
        OperandType.InlineField => method.Module.ResolveField(BitConverter.ToInt32(il, at), TypeArguments(method), MethodArguments(method)),
        OperandType.InlineType => method.Module.ResolveType(BitConverter.ToInt32(il, at), TypeArguments(method), MethodArguments(method)),
        OperandType.InlineTok => method.Module.ResolveMember(BitConverter.ToInt32(il, at), TypeArguments(method), MethodArguments(method)),
        OperandType.InlineI => BitConverter.ToInt32(il, at),
        OperandType.ShortInlineI => (int)(sbyte)il[at],
        _ => null,
    };

    private static int OperandSize(OpCode code, byte[] il, int at) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
        _ => 4,
    };

    private static Type[]? TypeArguments(MethodBase method) => method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;

    private static Type[]? MethodArguments(MethodBase method) => method.IsGenericMethod ? method.GetGenericArguments() : null;
}
