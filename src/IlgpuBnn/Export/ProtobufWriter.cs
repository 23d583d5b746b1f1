using System.Buffers;
using System.Text;

namespace IlgpuBnn.Export;

/// <summary>Fields of a protocol buffer message, in the order in which they are written (protobuf.dev, "Encoding").</summary>
internal sealed class ProtobufWriter
{
    private const int VariableLength = 0, Delimited = 2;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    public void Number(int field, long value)
    {
        Tag(field, VariableLength);
        Varint((ulong)value);
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, Delimited);
        Varint((ulong)value.Length);
        _bytes.Write(value);
    }

    public void Message(int field, Action<ProtobufWriter> write)
    {
        var message = new ProtobufWriter();
        write(message);
        Message(field, message);
    }

    public void Message(int field, ProtobufWriter message) => Bytes(field, message._bytes.WrittenSpan);

    public void WriteTo(Stream stream) => stream.Write(_bytes.WrittenSpan);

    private void Tag(int field, int type) => Varint((ulong)((field << 3) | type));

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _bytes.Write([(byte)(value | 0x80)]);
        }

        _bytes.Write([(byte)value]);
    }
}
