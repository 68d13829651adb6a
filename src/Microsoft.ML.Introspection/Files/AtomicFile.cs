namespace Microsoft.ML.Introspection.Files;

/// <summary>
/// A file that appears at its path whole or not at all: written under a temporary name in the same folder, moved into
/// place by <see cref="Commit"/>, deleted by <see cref="Dispose"/> if that never happened.
/// </summary>
/// <remarks>A symbolic link at the path is followed: the file it points to is replaced, the link stays.</remarks>
public sealed class AtomicFile : IDisposable
{
    private readonly string _target;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private bool _committed;

    /// <summary>Opens the temporary file.</summary>
    /// <param name="path">Where the finished file shall lie; an existing file there is replaced on <see cref="Commit"/>.</param>
    /// <exception cref="DirectoryNotFoundException">The folder of <paramref name="path"/> does not exist.</exception>
    /// <exception cref="IOException"><paramref name="path"/> is a folder, or nothing can be written beside it.</exception>
    public AtomicFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        Path = path;
        _target = FollowLink(System.IO.Path.GetFullPath(path));
        var folder = System.IO.Path.GetDirectoryName(_target);

        if (Directory.Exists(_target) || folder is null)
            throw new IOException($"Cannot write '{path}': a file name was expected, but this is a folder.");
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"Cannot write '{path}': its folder '{folder}' does not exist. Create it first, or choose another place.");
        }

        // The name keeps clear of the length limit of file systems however long the target's own name is.
        _temporary = System.IO.Path.Combine(folder, $".{Guid.NewGuid():N}.partial");
        _stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
    }

    /// <summary>The path the finished file will have, as given.</summary>
    public string Path { get; }

    /// <summary>The content; can seek. Closed by <see cref="Commit"/> and <see cref="Dispose"/>.</summary>
    public Stream Stream => _stream;

    /// <summary>Writes a file in one go; if <paramref name="write"/> throws, whatever lay at the path is left as it was.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var file = new AtomicFile(path);
        write(file.Stream);
        file.Commit();
    }

    /// <summary>Closes the file and moves it into place.</summary>
    public void Commit()
    {
        if (_committed)
            throw new InvalidOperationException($"'{Path}' has been written already.");

        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_temporary, _target, overwrite: true);
        _committed = true;
    }

    /// <summary>Closes the file, and deletes what was written unless it was committed.</summary>
    public void Dispose()
    {
        if (_committed)
            return;

        try
        {
            _stream.Dispose();
        }
        finally
        {
            File.Delete(_temporary);
        }
    }

    private static string FollowLink(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link
            ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path
            : path;
}
