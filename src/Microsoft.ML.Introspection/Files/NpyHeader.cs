using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.Introspection.Files;

/// <summary>The head of a NumPy file: what the elements are and how they are laid out.</summary>
/// <remarks>Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html</remarks>
/// <param name="Type">The element type.</param>
/// <param name="BigEndian">Whether elements are stored with the highest byte first.</param>
/// <param name="FortranOrder">Whether the first index varies fastest in the file.</param>
/// <param name="Shape">
/// Dimensions; none for a scalar. The first may exceed 2³¹; their product times the element size fits a <see cref="long"/>.
/// </param>
/// <param name="DataOffset">Where the elements begin in the file.</param>
internal sealed record NpyHeader(NpyType Type, bool BigEndian, bool FortranOrder, long[] Shape, int DataOffset)
{
    /// <summary>Longest header accepted. NumPy itself stops at 10 000 characters.</summary>
    public const int MaximumLength = 1 << 16;

    /// <summary>Bytes from which the header's length can be told.</summary>
    public const int PreambleLength = 12;

    private const int MaximumRank = 64;
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (count, dimension) => count * dimension);

    /// <summary>Bytes that the elements take.</summary>
    public long DataBytes => Count * Type.Size();

    /// <summary>Whether bytes must be reversed on this machine.</summary>
    public bool SwapsBytes => Type.Size() > 1 && BigEndian == BitConverter.IsLittleEndian;

    /// <summary>Whether elements stand in another order than C's; with at most one dimension above 1 both orders are one.</summary>
    public bool NeedsTransposing => FortranOrder && Count > 0 && Shape.Count(dimension => dimension != 1) > 1;

    /// <summary>How long the header says that it is, bounded.</summary>
    /// <param name="preamble">The file's first <see cref="PreambleLength"/> bytes, or as many as there are.</param>
    public static int FullLength(ReadOnlySpan<byte> preamble) => preamble.Length < PreambleLength ? preamble.Length
        : preamble[6] == 1 ? 10 + BinaryPrimitives.ReadUInt16LittleEndian(preamble[8..])
        : (int)Math.Min(MaximumLength, BinaryPrimitives.ReadUInt32LittleEndian(preamble[8..])) + 12;

    /// <summary>Reads a header from the beginning of a file.</summary>
    /// <param name="file">The file's content, or its first <see cref="MaximumLength"/> + 12 bytes.</param>
    /// <param name="source">The file's name for messages.</param>
    /// <exception cref="InvalidDataException">It is not such a header.</exception>
    public static NpyHeader Parse(ReadOnlySpan<byte> file, string source)
    {
        if (file.Length < Magic.Length || !file[..Magic.Length].SequenceEqual(Magic))
        {
            throw new InvalidDataException(
                $"'{source}' is not a NumPy file: it was expected to begin with the bytes 93 4E 55 4D 50 59 (“\\x93NUMPY”), " +
                $"but {Found(file)}.");
        }

        if (file.Length < 10)
            throw Truncated(source, "10 bytes of preamble", file.Length);

        var (major, minor) = (file[6], file[7]);
        if (major is < 1 or > 3 || minor != 0)
            throw new InvalidDataException($"'{source}' has NumPy file version {major}.{minor}; versions 1.0, 2.0 and 3.0 are supported.");

        // Version 1 gives the header's length in two bytes, later ones in four.
        var start = major == 1 ? 10 : 12;
        if (file.Length < start)
            throw Truncated(source, $"{start} bytes of preamble", file.Length);
        var length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (length > MaximumLength)
            throw new InvalidDataException($"'{source}' claims a header of {length} bytes; at most {MaximumLength} are accepted.");
        if (file.Length - start < length)
            throw Truncated(source, $"a header of {length} bytes", file.Length - start);

        var text = (major == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(file.Slice(start, (int)length));
        var fields = new NpyHeaderParser(text, source).Parse();
        if (!NpyTypes.TryParse(fields.Description, out var type, out var bigEndian, out var reason))
            throw new InvalidDataException($"'{source}' cannot be read: {reason}.");
        CheckShape(fields.Shape, type, source);
        return new NpyHeader(type, bigEndian, fields.FortranOrder, fields.Shape, start + (int)length);
    }

    /// <summary>Checks that the header is followed by just its elements.</summary>
    /// <param name="found">Bytes behind the header.</param>
    /// <param name="source">The file's name for messages.</param>
    /// <exception cref="InvalidDataException">There are fewer or more.</exception>
    public void CheckSize(long found, string source)
    {
        if (found != DataBytes)
        {
            throw new InvalidDataException(
                $"'{source}' {(found < DataBytes ? "is cut short" : "is longer than its header says")}: " +
                $"({string.Join(", ", Shape)}) elements of {Type} take {DataBytes} bytes, {found} were found.");
        }
    }

    /// <summary>Writes a version 1.0 header for little-endian elements in C order.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The dimensions.</param>
    /// <param name="totalLength">The length to pad to, to overwrite an earlier header; 0 for the shortest.</param>
    public static byte[] Encode(NpyType type, ReadOnlySpan<long> shape, int totalLength = 0)
    {
        var text = new StringBuilder("{'descr': '").Append(type.Description()).Append("', 'fortran_order': False, 'shape': (");
        for (var axis = 0; axis < shape.Length; axis++)
            text.Append(axis == 0 ? "" : ", ").Append(shape[axis].ToString(CultureInfo.InvariantCulture));
        text.Append(shape.Length == 1 ? ",), }" : "), }");

        var needed = 10 + text.Length + 1;
        var total = Math.Max(totalLength, (needed + Alignment - 1) / Alignment * Alignment);
        text.Append(' ', total - needed).Append('\n');

        var header = new byte[total];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)(total - 10)));
        Encoding.ASCII.GetBytes(text.ToString(), header.AsSpan(10));
        return header;
    }

    private static void CheckShape(long[] shape, NpyType type, string source)
    {
        if (shape.Length > MaximumRank)
            throw new InvalidDataException($"'{source}' claims {shape.Length} dimensions; at most {MaximumRank} are accepted.");

        // A zero among the dimensions must not hide that the others are absurd, so it counts as one here.
        Int128 bytes = type.Size();
        foreach (var dimension in shape)
        {
            bytes *= Math.Max(dimension, 1);
            if (bytes > long.MaxValue)
            {
                throw new InvalidDataException(
                    $"'{source}' claims the shape ({string.Join(", ", shape)}), which is more than any file can hold.");
            }
        }

        if (shape.Skip(1).Any(dimension => dimension > int.MaxValue))
        {
            throw new InvalidDataException(
                $"'{source}' claims the shape ({string.Join(", ", shape)}); only the first dimension may exceed {int.MaxValue}.");
        }
    }

    private static InvalidDataException Truncated(string source, string expected, int found) =>
        new($"'{source}' is cut short: {expected} were expected, {found} found.");

    private static string Found(ReadOnlySpan<byte> file) =>
        file.IsEmpty ? "it is empty" : $"it begins with {Convert.ToHexString(file[..Math.Min(file.Length, 6)])}";
}
