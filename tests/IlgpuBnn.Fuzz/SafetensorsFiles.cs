using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IlgpuBnn.Fuzz;

/// <summary>Files in the safetensors format: bytes, lengths, metadata, and shapes, names and numbers of tensors are changed.</summary>
internal abstract class SafetensorsFiles : FuzzTarget
{
    private const int LengthBytes = 8;
    private const string Metadata = "__metadata__";

    private static readonly double[] _numbers =
    [
        0, -1, 1, 2, 65536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, 1e300, -1e308, 5e-324, 0.5, 1e9, 46341, 3e38, 1e150, 1e-150,
        double.NaN, double.PositiveInfinity, double.NegativeInfinity,
    ];

    private static readonly string[] _texts =
        ["", "\u001b[31m\u001b]0;x\a", "a\r\nb", "\u202e", new('x', 100_000), "=1+1", "x1", "y1", "svgd", "dense", "null", "\ud800", "1e999", "-0", "category", "log"];

    public override int MaxMessage => 299;

    public override byte[]? Mutate(byte[] file, Random random)
    {
        if (file.Length < LengthBytes || BinaryPrimitives.ReadInt64LittleEndian(file) is var length && (length < 2 || length > file.Length - LengthBytes))
        {
            return null;
        }

        byte[] data = file[(LengthBytes + (int)length)..];
        if (random.Next(4) == 0)
        {
            return random.Next(3) == 0 ? WithLength(file, length, random) : [.. file[..^data.Length], .. WithNumber(data, random)];
        }

        try
        {
            if (JsonNode.Parse(file.AsSpan(LengthBytes, (int)length)) is not JsonObject header)
            {
                return null;
            }

            if (random.Next(2) == 0)
            {
                ChangeTensor(header, random);
            }
            else
            {
                ChangeMetadata(header, random);
            }

            byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
            byte[] lengthBytes = new byte[LengthBytes];
            BinaryPrimitives.WriteInt64LittleEndian(lengthBytes, json.Length);
            return [.. lengthBytes, .. json, .. data];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            // Changed beyond what JSON can be.
            return null;
        }
    }

    private static byte[] WithLength(byte[] file, long length, Random random)
    {
        byte[] changed = [.. file];
        long[] lengths = [0, 1, length - 1, length + 1, length / 2, file.Length, file.Length - LengthBytes, int.MaxValue, uint.MaxValue, long.MaxValue, long.MinValue, -1, 1 << 24, 100_000_000];
        BinaryPrimitives.WriteInt64LittleEndian(changed, lengths[random.Next(lengths.Length)]);
        return changed;
    }

    /// <summary>One number of a tensor.</summary>
    private static byte[] WithNumber(byte[] data, Random random)
    {
        byte[] changed = [.. data];
        double value = random.Next(4) == 0 ? BitConverter.Int64BitsToDouble(random.NextInt64()) : _numbers[random.Next(_numbers.Length)];
        if (random.Next(2) == 0 && data.Length >= sizeof(double))
        {
            BinaryPrimitives.WriteDoubleLittleEndian(changed.AsSpan(random.Next(data.Length / sizeof(double)) * sizeof(double)), value);
        }
        else if (data.Length >= sizeof(float))
        {
            BinaryPrimitives.WriteSingleLittleEndian(changed.AsSpan(random.Next(data.Length / sizeof(float)) * sizeof(float)), (float)value);
        }

        return changed;
    }

    private static void ChangeTensor(JsonObject header, Random random)
    {
        string[] names = [.. header.Select(own => own.Key).Where(name => name != Metadata)];
        if (names.Length == 0)
        {
            return;
        }

        string name = names[random.Next(names.Length)], other = names[random.Next(names.Length)];
        JsonNode? own = header[name];
        JsonArray? shape = (own as JsonObject)?["shape"] as JsonArray;
        switch (random.Next(9))
        {
            case 0:
                header.Remove(name);
                break;
            case 1:
                header.Remove(name);
                header[_texts[random.Next(_texts.Length)]] = own;
                break;
            case 2 when name != other:
                JsonNode? second = header[other];
                header.Remove(name);
                header.Remove(other);
                (header[name], header[other]) = (second, own);
                break;
            case 3 when shape is not null:
                own!["shape"] = new JsonArray([.. shape.Reverse().Select(size => size?.DeepClone())]);
                break;
            case 4 when shape is not null:
                shape.Insert(random.Next(shape.Count + 1), 1);
                break;
            case 5 when shape is { Count: > 1 }:
                // The same number of values in fewer dimensions.
                own!["shape"] = new JsonArray(shape.Aggregate(1L, (product, size) => product * size!.GetValue<long>()));
                break;
            case 6:
                for (int k = random.Next(1, 6000); k > 0; k--)
                {
                    header[$"empty.{k}"] = JsonNode.Parse("""{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""");
                }

                break;
            case 7 when shape is not null:
                shape.Clear();
                for (int k = random.Next(1, 1000); k > 0; k--)
                {
                    shape.Add(JsonValue.Create(random.Next(2) == 0 ? 1 : 65536));
                }

                break;
            default:
                JsonMutations.Apply(own, random, _numbers, _texts);
                break;
        }
    }

    private static void ChangeMetadata(JsonObject header, Random random)
    {
        if (header[Metadata] is not JsonObject { Count: > 0 } metadata)
        {
            return;
        }

        KeyValuePair<string, JsonNode?> own = metadata.ElementAt(random.Next(metadata.Count));
        if (random.Next(10) == 0)
        {
            JsonMutations.Apply(metadata, random, _numbers, _texts);
        }
        else if (own.Value is JsonValue value && value.TryGetValue(out string? text) && text is ['{' or '[', ..])
        {
            JsonNode inner = JsonNode.Parse(text)!;
            JsonMutations.Apply(inner, random, _numbers, _texts);
            metadata[own.Key] = inner.ToJsonString();
        }
    }
}
