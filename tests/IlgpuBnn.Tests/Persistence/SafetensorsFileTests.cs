using System.Text;
using System.Text.Json;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Persistence;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    private string Target => Path.Combine(_folder, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Written_file_is_read_by_an_independent_reader()
    {
        Write();
        byte[] bytes = File.ReadAllBytes(Target);
        int headerLength = (int)BitConverter.ToInt64(bytes);
        JsonElement header = JsonDocument.Parse(bytes.AsMemory(8, headerLength)).RootElement;

        Assert.Equal(0, headerLength % 8);
        Assert.Equal("tanh; \"naïve\"\n", header.GetProperty("__metadata__").GetProperty("activation").GetString());
        Assert.Equal(5, header.EnumerateObject().Count());
        AssertTensor("weights", "F32", [3, 1], [1.5, -0.0, float.MaxValue], BitConverter.ToSingle, 4);
        AssertTensor("scale", "F64", [2], [double.Epsilon, double.NaN], BitConverter.ToDouble, 8);
        AssertTensor("seed", "F64", [], [7], BitConverter.ToDouble, 8);
        AssertTensor("none", "F32", [0, 4], [], BitConverter.ToSingle, 4);

        void AssertTensor<T>(string name, string dtype, int[] shape, double[] values, Func<byte[], int, T> read, int size)
        {
            JsonElement tensor = header.GetProperty(name);
            Assert.Equal(dtype, tensor.GetProperty("dtype").GetString());
            Assert.Equal(shape, tensor.GetProperty("shape").EnumerateArray().Select(item => item.GetInt32()));
            int[] offsets = [.. tensor.GetProperty("data_offsets").EnumerateArray().Select(item => item.GetInt32())];
            Assert.Equal(values.Length * size, offsets[1] - offsets[0]);
            Assert.Equal(0, offsets[0] % size);
            for (int i = 0; i < values.Length; i++)
                Assert.Equal(values[i], Convert.ToDouble(read(bytes, 8 + headerLength + offsets[0] + i * size)));
        }
    }

    [Fact]
    public void Written_file_reads_back_bit_for_bit()
    {
        float[] singles = [.. Enumerable.Range(0, (1 << 20) + 3).Select(i => BitConverter.Int32BitsToSingle(i * 4099))];
        double[] doubles = [.. Enumerable.Range(0, (1 << 20) + 1).Select(i => Math.Sin(i))];
        Dictionary<string, SafetensorsTensor> tensors = new()
        {
            ["a"] = new(singles, singles.Length, 1),
            ["b"] = new(doubles, doubles.Length),
        };
        SafetensorsFile.Write(Target, tensors, new Dictionary<string, string> { ["format"] = "1" });

        SafetensorsFile file = SafetensorsFile.Read(Target);
        Assert.Equal("1", Assert.Single(file.Metadata).Value);
        Assert.Equal([singles.Length, 1], file.Tensors["a"].Shape);
        Assert.Equal(singles.Select(BitConverter.SingleToInt32Bits), file.Singles("a").Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(doubles, file.Doubles("b"));
    }

    [Fact]
    public void Same_content_in_another_order_gives_the_same_bytes()
    {
        SafetensorsTensor a = new([1f], 1), b = new([2.0], 1);
        SafetensorsFile.Write(Target, new Dictionary<string, SafetensorsTensor> { ["a"] = a, ["b"] = b }, Text(("x", "1"), ("y", "2")));
        byte[] first = File.ReadAllBytes(Target);
        SafetensorsFile.Write(Target, new Dictionary<string, SafetensorsTensor> { ["b"] = b, ["a"] = a }, Text(("y", "2"), ("x", "1")));
        Assert.Equal(first, File.ReadAllBytes(Target));
    }

    [Fact]
    public void File_written_by_hand_is_read()
    {
        // Unaligned, unpadded, tensors in another order than their data, no metadata: all allowed.
        WriteBytes(
            """{"b":{"dtype":"F64","shape":[],"data_offsets":[4,12]},"a":{"data_offsets":[0,4],"shape":[1,1],"dtype":"F32"}}""",
            [0, 0, 0x20, 0xC1, 0, 0, 0, 0, 0, 0, 0x04, 0x40]);
        SafetensorsFile file = SafetensorsFile.Read(Target);
        Assert.Empty(file.Metadata);
        Assert.Equal([-10f], file.Singles("a"));
        Assert.Equal([1, 1], file.Tensors["a"].Shape);
        Assert.Equal([2.5], file.Doubles("b"));
        Assert.Empty(file.Tensors["b"].Shape);
    }

    [Theory]
    [InlineData("""[]""", "does not begin with {")]
    [InlineData(""" {}""", "does not begin with {")]
    [InlineData("", "does not begin with {")]
    [InlineData("""{"a":}""", "not valid JSON")]
    [InlineData("""{} {}""", "not valid JSON")]
    [InlineData("""{"\uD800":{}}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "not valid JSON (Duplicate")]
    [InlineData("""{"__metadata__":{"x":"1","x":"2"}}""", "not valid JSON (Duplicate")]
    [InlineData("""{"__metadata__":{"x":1}}""", "__metadata__ is not a map")]
    [InlineData("""{"__metadata__":"x"}""", "__metadata__ is not a map")]
    [InlineData("""{"a":8}""", "tensor \"a\" is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "tensor \"a\" is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":0}}""", "tensor \"a\" is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "tensor \"a\" is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "tensor \"a\" is not described by")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", "tensor \"a\" is not described by")]
    [InlineData("""{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}""", "tensor \"a\" has the type F16, and only F32 and F64 are read")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "tensor \"a\" has the shape [-2], which no array can have")]
    [InlineData("""{"a":{"dtype":"F32","shape":[65536,65536],"data_offsets":[0,8]}}""", "tensor \"a\" has the shape [65536, 65536]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "which no array can have")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "data_offsets 0 to 8, and its shape [3] of F32 needs 12 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-4,4]}}""", "data_offsets -4 to 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "data_offsets 8 to 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor \"a\" begins at byte 4, and the tensors before it end at 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor \"b\" begins at byte 4, and the tensors before it end at 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "is cut short: its tensors need 12 bytes, and 8 are there")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "has 4 bytes after its last tensor")]
    public void Header_that_breaks_the_format_is_refused(string header, string problem)
    {
        WriteBytes(header, new byte[8]);
        AssertRefused(problem);
    }

    [Fact]
    public void Header_that_is_not_UTF8_is_refused()
    {
        byte[] header = Encoding.ASCII.GetBytes("""{"?":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""");
        header[2] = 0xFF;
        File.WriteAllBytes(Target, [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[8]]);
        AssertRefused("not valid JSON");
    }

    [Theory]
    [InlineData("", "is not a safetensors file: it has only 0 bytes")]
    [InlineData("x1,x2,y", "is not a safetensors file: it has only 7 bytes")]
    [InlineData("x1,x2,y\n1,2,3\n", "is not a safetensors file: it announces a header of")]
    [InlineData("\u0003\0\0\0\0\0\0\0{}", "cut short: it announces a header of 3 bytes, and 2 follow")]
    public void Foreign_file_is_refused(string content, string problem)
    {
        File.WriteAllText(Target, content);
        AssertRefused(problem);
    }

    [Fact]
    public void Every_shorter_piece_of_a_file_is_refused()
    {
        Write();
        byte[] bytes = File.ReadAllBytes(Target);
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(Target, bytes[..length]);
            Assert.Throws<ModelFileException>(() => SafetensorsFile.Read(Target));
        }
    }

    [Fact]
    public void Damage_to_any_byte_of_the_header_is_survived()
    {
        Write();
        byte[] bytes = File.ReadAllBytes(Target);
        int headerEnd = 8 + (int)BitConverter.ToInt64(bytes);
        for (int i = 0; i < headerEnd; i++)
        {
            foreach (byte damage in (byte[])[0x00, (byte)'"', (byte)'9', 0xFF])
            {
                byte[] damaged = [.. bytes];
                damaged[i] = damage;
                File.WriteAllBytes(Target, damaged);
                // Another letter in a name is still a file; nothing but the one exception may come out otherwise.
                Exception? exception = Record.Exception(() => SafetensorsFile.Read(Target));
                Assert.True(exception is null or ModelFileException, $"byte {i} set to {damage}: {exception}");
            }
        }
    }

    [Fact]
    public void Tensor_that_is_absent_or_of_another_type_is_named()
    {
        Write();
        SafetensorsFile file = SafetensorsFile.Read(Target);
        Assert.StartsWith(
            $"{Target}: has no tensor \"bias\", only none, scale, seed, weights. ",
            Assert.Throws<ModelFileException>(() => file.Singles("bias")).Message);
        Assert.StartsWith(
            $"{Target}: tensor \"scale\" has the type F64, and F32 is needed. ",
            Assert.Throws<ModelFileException>(() => file.Singles("scale")).Message);
    }

    [Fact]
    public void Missing_file_and_folder_are_named()
    {
        AssertRefused("could not be read (Could not find file");
        Assert.IsType<ModelFileException>(Record.Exception(() => SafetensorsFile.Read(_folder)));
    }

    [Fact]
    public void Write_into_a_missing_folder_is_refused()
    {
        ModelFileException exception = Assert.Throws<ModelFileException>(
            () => SafetensorsFile.Write(Path.Combine(_folder, "absent", "model"), Tensors(), Text()));
        Assert.Contains("could not be written (Could not find a part of the path", exception.Message);
        Assert.EndsWith("Check that its folder exists and may be written to, and that the disk has room.", exception.Message);
    }

    [Fact]
    public void Write_onto_a_folder_is_refused_and_leaves_nothing_behind()
    {
        Directory.CreateDirectory(Target);
        Assert.Throws<ModelFileException>(() => SafetensorsFile.Write(Target, Tensors(), Text()));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Write_replaces_the_file_and_leaves_nothing_else()
    {
        File.WriteAllText(Target, "old");
        Write();
        Assert.NotEmpty(SafetensorsFile.Read(Target).Tensors);
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Write_that_fails_midway_keeps_the_old_file_and_leaves_nothing_behind()
    {
        File.WriteAllText(Target, "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new IOException("No space left on device");
        }));
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Tensor_refuses_a_shape_that_does_not_hold_its_values()
    {
        Assert.Throws<ArgumentException>(() => new SafetensorsTensor(new float[6], 2, 2));
        Assert.Throws<ArgumentException>(() => new SafetensorsTensor(new double[6], -2, -3));
    }

    [Fact]
    public void Tensor_may_not_take_the_name_of_the_metadata()
    {
        Dictionary<string, SafetensorsTensor> tensors = new() { ["__metadata__"] = new([1f], 1) };
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(Target, tensors, Text()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private void Write() => SafetensorsFile.Write(Target, Tensors(), Text(("activation", "tanh; \"naïve\"\n"), ("", "")));

    private void WriteBytes(string header, byte[] data) =>
        File.WriteAllBytes(Target, [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), .. data]);

    private void AssertRefused(string problem)
    {
        string message = Assert.Throws<ModelFileException>(() => SafetensorsFile.Read(Target)).Message;
        Assert.StartsWith(Target + ": ", message);
        Assert.Contains(problem, message);
    }

    private static Dictionary<string, SafetensorsTensor> Tensors() => new()
    {
        ["weights"] = new([1.5f, -0f, float.MaxValue], 3, 1),
        ["scale"] = new([double.Epsilon, double.NaN], 2),
        ["seed"] = new([7.0]),
        ["none"] = new(Array.Empty<float>(), 0, 4),
    };

    private static Dictionary<string, string> Text(params (string Key, string Value)[] pairs) =>
        pairs.ToDictionary(pair => pair.Key, pair => pair.Value);
}
