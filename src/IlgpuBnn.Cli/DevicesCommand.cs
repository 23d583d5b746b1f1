using System.CommandLine;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn devices</c>.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        Option<bool> json = CommonOptions.Json("Print a JSON array instead of text.");
        var command = new Command("devices", "List the devices that can train and predict.\n\nExample:\n  ilgpubnn devices") { json };
        command.SetAction(parse => Run(parse.GetValue(json)));
        return command;
    }

    private static int Run(bool json)
    {
        IReadOnlyList<DeviceDescription> devices = DeviceCatalog.List();
        if (json)
        {
            WriteJson(devices);
        }
        else
        {
            foreach (DeviceDescription device in devices)
            {
                Console.WriteLine($"{device.Id}: {Describe(device)}");
            }
        }

        return ExitCode.Success;
    }

    private static string Describe(DeviceDescription device)
    {
        if (device.Units == 0)
        {
            return $"none: {device.Problem}";
        }

        string driver = device.Driver is null ? "" : $", {device.Driver}", problem = device.Problem is null ? "" : $"; not usable: {device.Problem}";
        return $"{device.Name}, {device.Backend}, {device.Units} units, {device.MemoryBytes / Math.Pow(2, 30):F1} GiB of memory{driver}{problem}";
    }

    private static void WriteJson(IReadOnlyList<DeviceDescription> devices) => Output.Json(json =>
    {
        json.WriteStartArray();
        foreach (DeviceDescription device in devices)
        {
            json.WriteStartObject();
            json.WriteString("id", device.Id);
            json.WriteString("name", device.Name);
            json.WriteString("backend", device.Backend);
            json.WriteNumber("units", device.Units);
            json.WriteNumber("memory_bytes", device.MemoryBytes);
            json.WriteString("driver", device.Driver);
            json.WriteString("problem", device.Problem);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
