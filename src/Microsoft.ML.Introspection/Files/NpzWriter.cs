using System.IO.Compression;

namespace Microsoft.ML.Introspection.Files;

/// <summary>Writes a <c>.npz</c> file of several named arrays row by row, without knowing their number beforehand.</summary>
/// <remarks>
/// <para>An archive takes one array after the other: until <see cref="Prepare"/> each lies in a file of its own beside it. They are stored
/// as
/// they are, as <c>numpy.savez</c> does, so that rows can be read from anywhere.</para>
/// <para>The file appears at its path only with <see cref="Complete"/>; disposing earlier leaves whatever lay there as it was.</para>
/// </remarks>
/// <param name="path">Where it shall lie.</param>
internal sealed class NpzWriter(string path) : IDisposable
{
    private readonly List<(string Name, NpyWriter Writer)> _arrays = [];
    private AtomicFile? _file;

    /// <summary>Begins an array.</summary>
    /// <param name="name">Its name, not empty; no other has it.</param>
    /// <param name="type">The element type; what is appended is converted to it.</param>
    /// <param name="rowShape">The dimensions of one row, each at least 1; none if a row is one number.</param>
    /// <returns>Takes the rows; is completed and disposed of with this archive.</returns>
    public NpyWriter Begin(string name, NpyType type, params int[] rowShape)
    {
        if (string.IsNullOrEmpty(name) || _arrays.Exists(a => a.Name == name))
        {
            throw new ArgumentException(
                $"'{name}' cannot name an array of '{path}': names must not be empty and must differ.", nameof(name));
        }
        _arrays.Add((name, NpyWriter.Create(path, type, rowShape)));
        return _arrays[^1].Writer;
    }

    /// <summary>Does all that may fail before the file appears; <see cref="Complete"/> does it otherwise.</summary>
    public void Prepare()
    {
        _file ??= new AtomicFile(path);
        using var archive = new ZipArchive(_file.Stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, writer) in _arrays)
        {
            var entry = archive.CreateEntry(name + ".npy", CompressionLevel.NoCompression);
            // The same arrays make the same file at whatever time; archives begin in 1980.
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var stream = entry.Open();
            writer.CopyTo(stream);
        }
    }

    /// <summary>Moves the file into place.</summary>
    public void Complete()
    {
        if (_file is null)
            Prepare();
        _file!.Commit();
    }

    /// <summary>Drops the file if it was not completed.</summary>
    public void Dispose()
    {
        _arrays.ForEach(a => a.Writer.Dispose());
        _file?.Dispose();
    }
}
