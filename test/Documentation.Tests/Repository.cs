namespace Microsoft.ML.Introspection.Documentation.Tests;

/// <summary>The files that the documents are, and speak of.</summary>
internal static class Repository
{
    /// <summary>The folder of Introspection.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>The documents that users read, by their paths from the root: new ones in docs are found by themselves.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        .. Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(At("docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateDirectories(At("src")).Concat(Directory.EnumerateDirectories(At("samples")))
                .Select(folder => Path.Combine(folder, "README.md")).Where(File.Exists))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    /// <summary>A place by its path from the root.</summary>
    public static string At(string path) => Path.Combine(Root, path);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Introspection.sln")))
            folder = folder.Parent
                ?? throw new DirectoryNotFoundException("The folder of Introspection.sln lies above the tests; it was not found.");
        return folder.FullName;
    }
}
