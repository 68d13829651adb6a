using System.IO.Compression;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Jobs;

/// <summary>
/// Files that are put together of parts, each of its kind: arrays and archives of arrays behind one another, tables under one header.
/// </summary>
/// <param name="further">Puts together what is of other kinds; it gives null where it knows of none.</param>
internal sealed class MergedFiles(Func<string, IReadOnlyList<string>, AtomicFile?>? further = null) : IDisposable
{
    private static readonly string[] LinesWithoutHeader = [".jsonl", ".ndjson"];

    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly List<(Action Complete, IDisposable File)> _files = [];

    /// <summary>Writes a file; it appears with <see cref="Complete"/>.</summary>
    public void Add(string path, IReadOnlyList<string> parts)
    {
        if (further?.Invoke(path, parts) is { } file)
        {
            _files.Add((file.Commit, file));
            return;
        }
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".npy":
                AddArray(path, parts);
                break;
            case ".npz":
                AddArchive(path, parts);
                break;
            default:
                AddTable(path, parts);
                break;
        }
    }

    /// <summary>Moves all files into place.</summary>
    public void Complete() => _files.ForEach(f => f.Complete());

    public void Dispose() => _files.ForEach(f => f.File.Dispose());

    private void AddArray(string path, IReadOnlyList<string> parts)
    {
        NpyWriter? writer = null;
        foreach (var part in parts)
        {
            using var reader = NpyReader.Open(part);
            if (writer is null)
                _files.Add(((writer = NpyWriter.Create(path, reader.Type, [.. reader.RowShape])).Complete, writer));
            Append(writer, reader, part);
        }
    }

    private void AddArchive(string path, IReadOnlyList<string> parts)
    {
        var (file, writers) = (new NpzWriter(path), new Dictionary<string, NpyWriter>());
        _files.Add((file.Complete, file));
        foreach (var part in parts)
        {
            using var archive = NpzArchive.Open(part);
            foreach (var name in archive.Names)
            {
                using var reader = archive.OpenRows(name);
                if (part == parts[0])
                    writers.Add(name, file.Begin(name, reader.Type, [.. reader.RowShape]));
                Append(writers.GetValueOrDefault(name) ?? throw new InvalidDataException($"'{part}' holds an array '{name}' that " +
                    $"'{parts[0]}' lacks."), reader, part);
            }
        }
        file.Prepare();
    }

    private void Append(NpyWriter writer, NpyReader reader, string part)
    {
        if (writer.Type != reader.Type || !writer.RowShape.SequenceEqual(reader.RowShape))
        {
            throw new InvalidDataException(
                $"'{part}' holds rows of {reader.Type} [{string.Join(", ", reader.RowShape)}]; other parts have {writer.Type} " +
                $"[{string.Join(", ", writer.RowShape)}].");
        }
        reader.CopyTo(writer, _buffer);
    }

    private void AddTable(string path, IReadOnlyList<string> parts)
    {
        var file = new AtomicFile(path);
        _files.Add((file.Commit, file));
        using var packed = IsPacked(path) ? new GzipWriter(file.Stream) : null;
        var (output, header) = ((Stream?)packed ?? file.Stream, (byte[]?)null);
        var hasHeader = !LinesWithoutHeader.Contains(Path.GetExtension(IsPacked(path) ? Path.GetFileNameWithoutExtension(path) : path)
            .ToLowerInvariant());
        foreach (var part in parts)
        {
            using var bytes = File.OpenRead(part);
            using var stream = new BufferedStream(IsPacked(part) ? new GZipStream(bytes, CompressionMode.Decompress) : bytes, 1 << 16);
            if (hasHeader)
            {
                var own = Header(stream, part);
                if (header is null)
                    output.Write(header = own);
                else if (!header.AsSpan().SequenceEqual(own))
                    throw new InvalidDataException($"'{part}' has other columns than '{parts[0]}'.");
            }
            stream.CopyTo(output, _buffer.Length);
        }
    }

    private static bool IsPacked(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    // Up to the first end of a line that is not within quotation marks.
    private static byte[] Header(Stream stream, string part)
    {
        const int most = 1 << 26;
        var (header, quoted) = (new List<byte>(), false);
        while (stream.ReadByte() is >= 0 and var next && header.Count < most)
        {
            header.Add((byte)next);
            quoted ^= next == '"';
            if (next == '\n' && !quoted)
                return [.. header];
        }
        throw new InvalidDataException($"The table '{part}' has no header that ends.");
    }
}
