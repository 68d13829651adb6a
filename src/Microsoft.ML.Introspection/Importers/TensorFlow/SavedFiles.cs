using System.IO.Compression;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>The files of a SavedModel, by their paths in it, wherever they lie.</summary>
internal abstract class SavedFiles : IDisposable
{
    /// <summary>The graph of a SavedModel.</summary>
    public const string Graph = "saved_model.pb";

    /// <summary>Opens a folder or an archive that holds a SavedModel.</summary>
    /// <exception cref="InvalidModelException">There is none in it, or the archive is damaged.</exception>
    public static SavedFiles Open(string path) => Directory.Exists(path) ? new FolderFiles(path) : new ZipFiles(path);

    /// <summary>Whether a file is there.</summary>
    public abstract bool Has(string name);

    /// <summary>A file's length.</summary>
    public abstract long Length(string name);

    /// <summary>A part of a file.</summary>
    /// <exception cref="InvalidModelException">The file is not there, or does not reach so far.</exception>
    public abstract ReadOnlyMemory<byte> Read(string name, long offset, long size);

    /// <summary>A whole file.</summary>
    /// <exception cref="InvalidModelException">The file is not there, or has more bytes than that.</exception>
    public ReadOnlyMemory<byte> Read(string name, long maximumBytes) => Length(name) is var length && length <= maximumBytes
        ? Read(name, 0, length)
        : throw new InvalidModelException($"Its file '{name}' has {length:N0} bytes; at most {maximumBytes:N0} are read.");

    public abstract void Dispose();

    // Weights shrink little; what becomes so much larger was made to fill the memory.
    private const long MaximumGrowth = 200, SmallBytes = 64 << 20;

    /// <summary>The content of an entry of an archive, of no more bytes than a model may have.</summary>
    /// <exception cref="InvalidModelException">It is damaged, or much larger than it looks.</exception>
    public static ReadOnlyMemory<byte> Unpack(ZipArchiveEntry entry, string name)
    {
        if (entry.Length > SmallBytes && entry.Length / MaximumGrowth > entry.CompressedLength)
            throw new InvalidModelException($"Its file '{name}' would grow from {entry.CompressedLength:N0} to {entry.Length:N0} "
                + "bytes. Unpack it, and open the folder, if it is what it should be.");
        try
        {
            using var stream = entry.Open();
            var bytes = BoundedContent.Read(stream, Math.Min(entry.Length, OnnxModel.MaximumBytes), name);
            return bytes.Length == entry.Length ? bytes
                : throw new InvalidModelException($"Its file '{name}' has {bytes.Length:N0} bytes where "
                    + $"{entry.Length:N0} were expected.");
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InvalidModelException($"Its file '{name}' cannot be unpacked: {e.Message}", e);
        }
    }

    private protected static InvalidModelException Missing(string name) => new($"Its file '{name}' is not there.");

    private protected static void CheckRange(string name, long length, long offset, long size)
    {
        if (offset < 0 || size < 0 || offset > length - size)
            throw new InvalidModelException($"Bytes {offset:N0} to {(Int128)offset + size:N0} of its file '{name}' were expected, which "
                + $"has {length:N0}. The file is damaged or cut off.");
        if (size > Array.MaxLength)
            throw new InvalidModelException($"{size:N0} bytes of its file '{name}' are more than one array holds.");
    }

    private sealed class FolderFiles(string folder) : SavedFiles
    {
        private readonly string _root = Path.GetFullPath(folder);

        public override bool Has(string name) => File.Exists(Path.Combine(_root, name));

        public override long Length(string name) => Place(name).Length;

        public override ReadOnlyMemory<byte> Read(string name, long offset, long size)
        {
            var file = Place(name);
            CheckRange(name, file.Length, offset, size);
            using var handle = File.OpenHandle(file.FullName);
            var bytes = new byte[size];
            for (var filled = 0; filled < bytes.Length;)
                filled += RandomAccess.Read(handle, bytes.AsSpan(filled), offset + filled) is > 0 and var read ? read
                    : throw new InvalidModelException($"Its file '{name}' ended while it was read.");
            return bytes;
        }

        public override void Dispose() { }

        private bool LeadsOut(FileSystemInfo place) => place.ResolveLinkTarget(returnFinalTarget: true) is { } target
            && !Path.GetFullPath(target.FullName).StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

        private FileInfo Place(string name)
        {
            var file = new FileInfo(Path.Combine(_root, name));
            if (!file.Exists)
                throw Missing(name);
            // A link may stand for another file of the model, as caches of downloads have them; what lies elsewhere is not read.
            FileSystemInfo[] way = [file, .. file.Directory is { } inner && inner.FullName != _root ? [inner] : (FileSystemInfo[])[]];
            if (way.Any(LeadsOut))
                throw new InvalidModelException($"Its file '{name}' is a link out of the model's folder, which is not followed. Put a copy "
                    + "of the file in its place.");
            return file;
        }
    }

    private sealed class ZipFiles : SavedFiles
    {
        private readonly FileStream _file;
        private readonly ZipArchive _archive;
        private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);
        private readonly Dictionary<string, ReadOnlyMemory<byte>> _read = [];

        public ZipFiles(string path)
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            try
            {
                _archive = new ZipArchive(_file, ZipArchiveMode.Read);
                var entries = _archive.Entries.ToDictionary(e => e.FullName.Replace('\\', '/'), StringComparer.Ordinal);
                if (entries.Keys.FirstOrDefault(n => n.StartsWith('/') || n.Split('/').Contains("..")) is { } outside)
                    throw new InvalidModelException($"It holds a file '{outside}', which lies outside of the archive.");
                // A zipped folder has its name before all paths.
                var graphs = entries.Keys.Where(n => n == Graph || n.EndsWith("/" + Graph, StringComparison.Ordinal)).ToList();
                if (graphs.Count != 1)
                    throw new InvalidModelException(graphs.Count == 0 ? $"It holds no '{Graph}'."
                        : $"It holds {graphs.Count} SavedModels: {string.Join(", ", graphs.Take(5))}. Unpack the one to open.");
                var prefix = graphs[0][..^Graph.Length];
                foreach (var (name, entry) in entries.Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal)))
                    _entries[name[prefix.Length..]] = entry;
            }
            catch (Exception e) when (e is InvalidDataException or ArgumentException or IOException)
            {
                _file.Dispose();
                throw new InvalidModelException($"It is a damaged ZIP archive: {e.Message}", e);
            }
            catch
            {
                _file.Dispose();
                throw;
            }
        }

        public override bool Has(string name) => _entries.ContainsKey(name);

        public override long Length(string name) => _entries.TryGetValue(name, out var entry) ? entry.Length : throw Missing(name);

        public override ReadOnlyMemory<byte> Read(string name, long offset, long size)
        {
            if (!_read.TryGetValue(name, out var content))
                _read[name] = content = Unpack(_entries.GetValueOrDefault(name) ?? throw Missing(name), name);
            CheckRange(name, content.Length, offset, size);
            return content.Slice((int)offset, (int)size);
        }

        public override void Dispose()
        {
            _archive.Dispose();
            _file.Dispose();
        }
    }
}
