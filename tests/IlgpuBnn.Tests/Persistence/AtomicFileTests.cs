using System.Diagnostics;
using System.Runtime.Versioning;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Persistence;

[UnsupportedOSPlatform("windows")]
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [UnixFact]
    public void A_pipe_is_refused_before_and_at_writing()
    {
        string pipe = _folder.File("pipe");
        using (var made = Process.Start("mkfifo", [pipe])) made.WaitForExit();
        Assert.Contains("This is a pipe", Assert.Throws<IOException>(() => AtomicFile.RequireWritable(pipe)).Message);
        Assert.Throws<IOException>(() => AtomicFile.Write(pipe, stream => stream.WriteByte(1)));
        Assert.Throws<IOException>(() => AtomicFile.RequireWritable("/dev/null"));
        Assert.Equal([pipe], Directory.GetFileSystemEntries(_folder.Path));
    }

    [UnixFact]
    public void A_link_is_written_through()
    {
        string target = _folder.Write("target", "old"), link = _folder.File("link"), toLink = _folder.File("link-to-link"), dangling = _folder.File("dangling");
        File.CreateSymbolicLink(link, target);
        File.CreateSymbolicLink(toLink, link);
        File.CreateSymbolicLink(dangling, "new");
        AtomicFile.Write(toLink, stream => stream.Write("new"u8));
        AtomicFile.Write(dangling, stream => stream.Write("first"u8));
        Assert.Equal("new", File.ReadAllText(target));
        Assert.Equal(target, new FileInfo(link).LinkTarget);
        Assert.Equal("first", File.ReadAllText(_folder.File("new")));
    }

    [UnixFact]
    public void Permissions_of_a_replaced_file_are_kept()
    {
        string path = _folder.Write("private", "old");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AtomicFile.Write(path, stream =>
        {
            // Not even while it is written may others read it.
            string temporary = Directory.EnumerateFiles(_folder.Path, "private.*.tmp").Single();
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(temporary));
            stream.Write("new"u8);
        });
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [UnixFact]
    public void What_a_killed_process_left_is_removed_and_what_another_one_writes_is_not()
    {
        string path = _folder.File("m.safetensors"), abandoned = $"{path}.abcdefgh.abc.tmp", living = $"{path}.hgfedcba.cba.tmp";
        string[] others = [$"{path}.tmp", $"{path}.notes.tmp", _folder.File("n.safetensors.abcdefgh.abc.tmp")];
        foreach (string file in others.Append(abandoned))
        {
            File.WriteAllText(file, "half");
        }

        using (new FileStream(living, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            AtomicFile.Write(path, stream => stream.WriteByte(1));
        }

        Assert.Equal([.. others.Append(living).Append(path).Order()], Directory.GetFiles(_folder.Path).Order());
    }

    [Fact]
    public void A_name_that_the_system_does_not_take_is_found_ahead() =>
        Assert.ThrowsAny<IOException>(() => AtomicFile.RequireWritable(_folder.File(new string('a', 254))));

    public void Dispose() => _folder.Dispose();
}

/// <summary>Pipes, links and permissions as Linux has them.</summary>
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip = "Needs Linux.";
    }
}
