namespace IlgpuBnn.Tests;

/// <summary>Files that a build does not copy beside the tests: they are read where the tests run in a clone of the repository.</summary>
internal static class Repository
{
    public static string Path(params string[] parts)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(System.IO.Path.Combine(root.FullName, "IlgpuBnn.sln")))
        {
            root = root.Parent;
        }

        string file = System.IO.Path.Combine(parts);
        return System.IO.Path.Combine(root?.FullName ?? throw new FileNotFoundException(
            $"{file} is read from a clone of the repository, and there is none around {AppContext.BaseDirectory}. Run the tests where they were built."), file);
    }
}
