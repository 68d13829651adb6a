using System.IO.Compression;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.Hdf5;

/// <summary>Reads the elements of a data set from where they lie: in one piece, within its header, or in chunks.</summary>
internal static class Hdf5Layout
{
    // Deflate makes at most 1032 bytes of one.
    private const long MostInflation = 1040;

    private const int MostChunks = 1 << 20;

    public static byte[] Read(Hdf5File file, byte[] layout, byte[]? filters, long[] extents, Hdf5Type type, string what)
    {
        var bytes = type.Bytes(extents, what);
        var cursor = new Hdf5Cursor(layout, what);
        var version = cursor.Byte();
        if (version is < 1 or > 4)
            throw Hdf5Source.Damaged($"the layout of {what} is of version {version}, which is not known");
        var rank = version < 3 ? cursor.Byte() : 0;
        var place = cursor.Byte();
        if (version < 3)
            cursor.Skip(5);
        if (bytes == 0)
            return [];
        switch (place)
        {
            case 0:
                if (version < 3)
                    cursor.Skip(4 * rank);
                var size = version < 3 ? cursor.Word() : (uint)cursor.Short();
                return size >= bytes ? cursor.Bytes(size)[..(int)bytes].ToArray() : throw TooSmall(bytes, size, what);
            case 1:
                var address = cursor.Number(file.OffsetSize);
                if (version >= 3 && cursor.Number(file.LengthSize) is >= 0 and var stored && stored < bytes && address >= 0)
                    throw TooSmall(bytes, stored, what);
                return address >= 0 ? file.Take(address, bytes, what) : Unwritten(bytes, file, what);
            case 2:
                return Chunked(file, ref cursor, version, rank, filters, extents, type, bytes, what);
            default:
                throw new InvalidModelException($"{what} is put together from other files or data sets, which is not followed. "
                    + "Save the model into one file.");
        }
    }

    private static byte[] Unwritten(long bytes, Hdf5File file, string what) => bytes <= Math.Max(file.Length, 1 << 16) ? new byte[bytes]
        : throw Hdf5Source.Damaged($"{what} should have {bytes:N0} bytes, none of which the file holds");

    private static byte[] Chunked(Hdf5File file, ref Hdf5Cursor cursor, int version, int rank, byte[]? filters, long[] extents,
        Hdf5Type type, long bytes, string what)
    {
        if (bytes / MostInflation > file.Length)
            throw Hdf5Source.Damaged($"{what} should have {bytes:N0} bytes; a file of {file.Length:N0} cannot hold them");
        var steps = Filters(filters, what);
        if (version == 4)
            return SingleChunk(file, ref cursor, steps, extents, type, bytes, what);
        if (version >= 3)
            rank = cursor.Byte();
        var tree = cursor.Number(file.OffsetSize);
        if (rank != extents.Length + 1)
            throw Hdf5Source.Damaged($"the chunks of {what} have {rank - 1} axes, it has {extents.Length}");
        var chunk = new long[rank - 1];
        for (var i = 0; i < chunk.Length; i++)
            chunk[i] = Math.Max(1, (long)cursor.Word());
        var chunkBytes = type.Bytes(chunk, what);
        if (chunkBytes / MostInflation > file.Length)
            throw Hdf5Source.Damaged($"a chunk of {what} should have {chunkBytes:N0} bytes; a file of {file.Length:N0} cannot hold it");
        var result = new byte[bytes];
        if (tree < 0)
            return result;
        foreach (var (key, address) in Hdf5Tree.Leaves(file, tree, 1, 8 + 8 * rank, what, MostChunks))
        {
            var head = new Hdf5Cursor(key, what);
            var (stored, mask) = (head.Word(), head.Word());
            var origin = new long[chunk.Length];
            for (var i = 0; i < origin.Length; i++)
                if ((origin[i] = head.Number(8)) < 0 || origin[i] >= extents[i])
                    throw Hdf5Source.Damaged($"a chunk of {what} lies outside it");
            var content = Unfiltered(file.Take(address, stored, what), steps, mask, chunkBytes, what);
            Place(content, chunk, origin, result, extents, type.Size);
        }
        return result;
    }

    private static byte[] SingleChunk(Hdf5File file, ref Hdf5Cursor cursor, IReadOnlyList<(int Id, uint Value)> steps, long[] extents,
        Hdf5Type type, long bytes, string what)
    {
        var (flags, rank, width) = (cursor.Byte(), cursor.Byte(), cursor.Byte());
        var chunk = new long[Math.Max(rank - 1, 0)];
        for (var i = 0; i < chunk.Length; i++)
            chunk[i] = cursor.Number(width);
        cursor.Skip(width);
        if (cursor.Byte() != 1 || !chunk.Zip(extents).All(c => c.First >= c.Second) || chunk.Length != extents.Length)
            throw new InvalidModelException(
                $"{what} is stored in chunks in a newer way that is not read. Save the model anew with Keras.");
        var chunkBytes = type.Bytes(chunk, what);
        if (chunkBytes / MostInflation > file.Length)
            throw Hdf5Source.Damaged($"a chunk of {what} should have {chunkBytes:N0} bytes; a file of {file.Length:N0} cannot hold it");
        var (stored, mask) = (flags & 2) != 0 ? (cursor.Number(file.LengthSize), cursor.Word()) : (chunkBytes, 0u);
        var result = new byte[bytes];
        if (cursor.Number(file.OffsetSize) is >= 0 and var address)
            Place(Unfiltered(file.Take(address, stored, what), steps, mask, chunkBytes, what), chunk, new long[chunk.Length], result,
                extents, type.Size);
        return result;
    }

    private static List<(int Id, uint Value)> Filters(byte[]? message, string what)
    {
        var result = new List<(int, uint)>();
        if (message is null)
            return result;
        var cursor = new Hdf5Cursor(message, what);
        var (version, count) = (cursor.Byte(), cursor.Byte());
        if (version == 1)
            cursor.Skip(6);
        for (var i = 0; i < count; i++)
        {
            var id = cursor.Short();
            var name = version == 1 || id >= 256 ? cursor.Short() : 0;
            cursor.Skip(2);
            var values = cursor.Short();
            cursor.Skip(version == 1 ? (name + 7) / 8 * 8 : name);
            var first = values > 0 ? cursor.Word() : 0;
            cursor.Skip(4L * Math.Max(values - 1, 0) + (version == 1 && values % 2 == 1 ? 4 : 0));
            if (id is not (1 or 2 or 3))
                throw new InvalidModelException($"{what} is compressed by the filter {id}, which is not read; gzip and shuffling are.");
            result.Add((id, first));
        }
        return result;
    }

    private static byte[] Unfiltered(byte[] data, IReadOnlyList<(int Id, uint Value)> steps, uint mask, long bytes, string what)
    {
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            if ((mask >> i & 1) != 0)
                continue;
            data = steps[i].Id switch
            {
                1 => Inflated(data, bytes, what),
                2 => Unshuffled(data, (int)Math.Min(steps[i].Value, int.MaxValue)),
                _ => data.Length >= 4 ? data[..^4] : throw TooSmall(4, data.Length, what),
            };
        }
        return data.Length >= bytes ? data : throw TooSmall(bytes, data.Length, what);
    }

    private static byte[] Inflated(byte[] data, long bytes, string what)
    {
        var result = new byte[bytes + 4];
        try
        {
            using var inflating = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
            var read = inflating.ReadAtLeast(result, result.Length, throwOnEndOfStream: false);
            return result[..read];
        }
        catch (InvalidDataException e)
        {
            throw new InvalidModelException($"{what} cannot be decompressed: {e.Message}", e);
        }
    }

    private static byte[] Unshuffled(byte[] data, int size)
    {
        if (size <= 1)
            return data;
        var (result, count) = (new byte[data.Length], data.Length / size);
        for (var part = 0; part < size; part++)
            for (var i = 0; i < count; i++)
                result[i * size + part] = data[part * count + i];
        data.AsSpan(count * size).CopyTo(result.AsSpan(count * size));
        return result;
    }

    // Copies a chunk, line by line along the last axis; what hangs over is left out.
    private static void Place(byte[] content, long[] chunk, long[] origin, byte[] result, long[] extents, int size)
    {
        var rank = extents.Length;
        if (rank == 0)
        {
            content.AsSpan(0, size).CopyTo(result);
            return;
        }
        var index = new long[rank];
        var line = (int)Math.Min(chunk[^1], extents[^1] - origin[^1]) * size;
        for (var more = true; more;)
        {
            long from = 0, to = 0;
            var isInside = true;
            for (var i = 0; i < rank; i++)
            {
                (from, to) = (from * chunk[i] + index[i], to * extents[i] + origin[i] + index[i]);
                isInside &= origin[i] + index[i] < extents[i];
            }
            if (isInside)
                content.AsSpan((int)(from * size), line).CopyTo(result.AsSpan((int)(to * size)));
            more = false;
            for (var i = rank - 2; i >= 0 && !more; i--)
            {
                more = ++index[i] < Math.Min(chunk[i], extents[i] - origin[i]);
                if (!more)
                    index[i] = 0;
            }
        }
    }

    private static InvalidModelException TooSmall(long wanted, long found, string what) =>
        Hdf5Source.Damaged($"{what} needs {wanted:N0} bytes, {found:N0} are stored");
}
