using System.IO.Compression;
using System.IO.Hashing;

namespace Microsoft.ML.Introspection.Files;

/// <summary>A <c>.npz</c> file: a ZIP archive of named arrays, read one at a time or by rows.</summary>
/// <remarks>Not for use by several threads at once.</remarks>
public sealed class NpzArchive : IDisposable
{
    private const string Extension = ".npy";

    private readonly ZipArchive _archive;
    private readonly FileStream _file;
    private readonly string _path;
    private readonly long _maximumBytes;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    private NpzArchive(ZipArchive archive, FileStream file, string path, long maximumBytes)
    {
        (_archive, _file, _path, _maximumBytes) = (archive, file, path, maximumBytes);
        foreach (var entry in archive.Entries.Where(entry => entry.FullName.EndsWith(Extension, StringComparison.Ordinal)))
        {
            var name = entry.FullName[..^Extension.Length];
            if (!_entries.TryAdd(name, entry))
                throw new InvalidDataException($"'{path}' holds two arrays named '{name}'.");
            _names.Add(name);
        }

        Names = _names.AsReadOnly();
    }

    /// <summary>The names of the arrays, in the order of the file.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumBytes">The largest array to accept, in bytes once decompressed.</param>
    /// <exception cref="InvalidDataException">It is no ZIP archive, or a damaged one.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static NpzArchive Open(string path, long maximumBytes = 1L << 30)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maximumBytes);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var archive = Guard(path, () =>
            {
                var opened = new ZipArchive(file, ZipArchiveMode.Read);
                _ = opened.Entries.Count; // reads the directory, which the constructor leaves for later
                return opened;
            });
            return new NpzArchive(archive, file, path, maximumBytes);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes arrays to a file, compressed, which appears whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="arrays">Names and arrays; names are not empty and differ.</param>
    public static void Save(string path, IEnumerable<KeyValuePair<string, NpyArray>> arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        AtomicFile.Write(path, stream =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (name, array) in arrays)
            {
                if (string.IsNullOrEmpty(name) || !names.Add(name))
                {
                    throw new ArgumentException(
                        $"'{name}' cannot name an array of '{path}': names must not be empty and must differ.",
                        nameof(arrays));
                }

                var entry = archive.CreateEntry(name + Extension, CompressionLevel.Optimal);
                // The same arrays make the same file at whatever time; archives begin in 1980.
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var content = entry.Open();
                array.Write(content);
            }
        });
    }

    /// <summary>Whether there is an array of this name.</summary>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <summary>Reads an array.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="KeyNotFoundException">There is no such array.</exception>
    /// <exception cref="InvalidDataException">It is damaged, is no array of numbers, or is too large.</exception>
    public NpyArray Read(string name)
    {
        var (entry, source) = Find(name);
        return NpyArray.Parse(Content(entry, source), source);
    }

    /// <summary>Reads an array by rows, however large it is; valid while the archive is open.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="KeyNotFoundException">There is no such array.</exception>
    /// <exception cref="InvalidDataException">
    /// It is damaged, or no array of numbers; or compressed, in Fortran order, and too large for the memory.
    /// </exception>
    internal NpyReader OpenRows(string name)
    {
        var (entry, source) = Find(name);
        var content = new EntryContent(entry, _file, source);
        var reader = new NpyReader(content, source);
        if (content.CanSeek || !reader.JumpsAbout)
            return reader;
        // The numbers of a row lie all over the array, which must be unpacked as a whole.
        reader.Dispose();
        return new NpyReader(new MemoryContent(Content(entry, source)), source);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _archive.Dispose();

    /// <summary>Reads into memory.</summary>
    internal delegate T Reading<out T>(Span<byte> into);

    /// <summary>Runs what the ZIP reader does with untrusted bytes; whatever it stumbles over becomes one kind of error.</summary>
    internal static T Guard<T>(string source, Func<T> read) => Guard(source, [], _ => read());

    /// <inheritdoc cref="Guard{T}(string, Func{T})"/>
    internal static T Guard<T>(string source, Span<byte> into, Reading<T> read)
    {
        try
        {
            return read(into);
        }
        catch (Exception error)
            when (error is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"'{source}' cannot be read as part of a ZIP archive of NumPy arrays: {error.Message}", error);
        }
    }

    internal static InvalidDataException Damaged(string source) =>
        new($"'{source}' is damaged: its length or checksum does not match the archive's directory.");

    private Memory<byte> Content(ZipArchiveEntry entry, string source)
    {
        if (entry.Length > _maximumBytes)
            throw new InvalidDataException(
                $"'{source}' claims {entry.Length} bytes once decompressed; at most {_maximumBytes} are accepted.");
        var content = Guard(source, () =>
        {
            using var stream = entry.Open();
            return BoundedContent.Read(stream, Math.Min(entry.Length, _maximumBytes), source);
        });
        return content.Length == entry.Length && Crc32.HashToUInt32(content.Span) == entry.Crc32 ? content : throw Damaged(source);
    }

    private (ZipArchiveEntry Entry, string Source) Find(string name) => _entries.TryGetValue(name, out var entry)
        ? (entry, $"{_path}:{name}")
        : throw new KeyNotFoundException($"'{_path}' holds no array '{name}'; it has {Listing()}.");

    private string Listing() => _names.Count switch
    {
        0 => "none",
        <= 20 => string.Join(", ", _names),
        _ => string.Join(", ", _names.Take(20)) + $" and {_names.Count - 20} more",
    };
}
