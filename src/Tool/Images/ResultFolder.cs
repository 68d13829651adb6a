namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>A folder of results that is there whole or not at all.</summary>
internal sealed class ResultFolder : IDisposable
{
    private readonly string _target;

    /// <summary>Begins it beside where it shall stand.</summary>
    /// <param name="path">Where it shall stand.</param>
    public ResultFolder(string path)
    {
        _target = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        Path = Directory.CreateDirectory($"{_target}.{Guid.NewGuid():N}.part").FullName;
    }

    /// <summary>Where it lies until it is whole.</summary>
    public string Path { get; }

    /// <summary>A file in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Refuses a place that holds something already.</summary>
    /// <param name="path">Where it shall stand.</param>
    /// <exception cref="IOException">Something is there, or the folder above is not.</exception>
    public static void Check(string path)
    {
        if (path.Length == 0)
            throw new UsageException("--output takes a folder; an empty text was given.");
        if (path == Data.DataFiles.Standard)
            throw new UsageException($"Of images --output takes a folder; '{path}' was given.");
        var target = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (File.Exists(target))
            throw new IOException($"Cannot write '{path}': of images a folder was expected, but this is a file.");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new IOException($"Cannot write '{path}': the folder is not empty. Name a new one, or empty it first.");
        if (System.IO.Path.GetDirectoryName(target) is { } above && !Directory.Exists(above))
            throw new DirectoryNotFoundException($"Cannot write '{path}': the folder '{above}' does not exist. Create it first.");
    }

    /// <summary>Puts it in its place.</summary>
    public void Complete()
    {
        if (Directory.Exists(_target))
            Directory.Delete(_target);
        Directory.Move(Path, _target);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
