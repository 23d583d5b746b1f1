using System.CommandLine;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn devices</c>.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        Option<bool> json = CommonOptions.Json("Print a JSON array instead of text.");
        var command = new Command("devices", "List what this machine can train and predict on.\n\nExample:\n  ilgpubnn devices") { json };
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
                Console.WriteLine(
                    $"{device.Id}: {device.Name}, {device.Backend}, {device.Units} units, {device.MemoryBytes / Math.Pow(2, 30):F1} GiB of memory");
            }
        }

        return ExitCode.Success;
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
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
