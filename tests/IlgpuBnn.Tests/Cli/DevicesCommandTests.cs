using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

public sealed class DevicesCommandTests
{
    [Fact]
    public void Json_lists_the_catalog()
    {
        JsonElement[] json = [.. CommandLine.Run("devices", "--json").Json().EnumerateArray()];

        Assert.Equal(DeviceCatalog.List().Select(device => device.Id), json.Select(device => device.GetProperty("id").GetString()));
        Assert.Equal(
            ["id", "name", "backend", "units", "memory_bytes", "driver", "problem"], json[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(DeviceCatalog.List()[0].Units, json[0].GetProperty("units").GetInt32());
    }

    [Fact]
    public void Text_has_a_line_per_device()
    {
        string[] lines = CommandLine.Run("devices").AssertExitCode(ExitCode.Success).Output.TrimEnd().Split('\n');

        Assert.Equal(DeviceCatalog.List().Count, lines.Length);
        Assert.StartsWith("cpu: ", lines[0]);
    }
}
