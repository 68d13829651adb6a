using System.Buffers.Binary;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>
/// Whether what stands at the end of a Parquet file can be told to its reader, which goes down into columns of columns by itself.
/// </summary>
internal static class ParquetDescription
{
    // Its length and the four letters stand behind it, the letters once more before all.
    private const int Behind = 8, Before = 4, Longest = 1 << 26, MostFields = 1 << 20, DeepestField = 64;

    /// <summary>Goes over it.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Where it begins.</returns>
    /// <exception cref="InvalidDataException">It is damaged, too large, or goes too deep.</exception>
    public static long Check(FileStream file)
    {
        Span<byte> end = stackalloc byte[Behind];
        if (file.Length < Before + Behind)
            throw new InvalidDataException("it is empty, or cut short.");
        RandomAccess.Read(file.SafeFileHandle, end, file.Length - Behind);
        if (end[4..].SequenceEqual("PARE"u8))
            throw new InvalidDataException("it is encrypted.");
        if (!end[4..].SequenceEqual("PAR1"u8))
            throw new InvalidDataException("it is of another kind, cut short, or was not written to its end.");
        var length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (length <= 0 || length > Math.Min(Longest, file.Length - Before - Behind))
            throw new InvalidDataException($"its description would have {length:N0} bytes.");
        var description = new byte[length];
        var start = file.Length - Behind - length;
        RandomAccess.Read(file.SafeFileHandle, description, start);
        var children = new List<long>();
        ThriftBounds.Check(description, ParquetShapes.File, (shape, number, value) =>
        {
            if (shape != ParquetShapes.Element)
                return;
            if (number == 0)
                children.Add(0);
            else if (number == ParquetShapes.Children)
                children[^1] = value;
        });
        CheckDepth(children);
        return start;
    }

    // Those that a column holds stand behind it.
    private static void CheckDepth(List<long> children)
    {
        if (children.Count > MostFields)
            throw new InvalidDataException($"it has more than {MostFields:N0} columns.");
        var open = new Stack<long>();
        foreach (var count in children)
        {
            while (open.TryPeek(out var left) && left == 0)
                open.Pop();
            if (open.TryPop(out var above))
                open.Push(above - 1);
            if (count <= 0)
                continue;
            open.Push(count);
            if (open.Count > DeepestField)
                throw new InvalidDataException($"its columns lie more than {DeepestField} deep in one another.");
        }
    }
}
