namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Where a result goes, checked before any work is done for it.</summary>
internal static class OutputFile
{
    /// <summary>Throws where a file cannot be written, or where writing it would destroy what is being read.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="read">The files that the command reads.</param>
    /// <exception cref="UsageException">It is one of those read.</exception>
    /// <exception cref="IOException">Its folder does not exist, or it is itself a folder.</exception>
    public static void Check(string path, params IEnumerable<string> read)
    {
        if (path.Length == 0)
            throw new UsageException("--output takes a file; an empty text was given.");
        if (Data.SqlSource.IsQuery(path))
            throw new UsageException($"--output takes a file; '{path}' is a query.");
        if (path == Data.DataFiles.Standard)
            return;
        var place = Resolve(path);
        if (read.FirstOrDefault(other => string.Equals(Resolve(other), place, PathComparison)) is { } same)
            throw new UsageException($"The output '{path}' is the file that is read ('{same}'); choose another name.");
        if (Directory.Exists(place))
            throw new IOException($"Cannot write '{path}': a file name was expected, but this is a folder.");
        if (Path.GetDirectoryName(place) is { } folder && !Directory.Exists(folder))
            throw new DirectoryNotFoundException(
                $"Cannot write '{path}': the folder '{folder}' does not exist. Create it first, or choose another place.");
    }

    private static StringComparison PathComparison =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private static string Resolve(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (IOException)
        {
            return Path.GetFullPath(path);
        }
    }
}
