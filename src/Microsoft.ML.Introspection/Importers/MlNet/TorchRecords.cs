using System.Text;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.MlNet;

/// <summary>
/// Weights as TorchSharp saves them: how many, then of each its name, the number of its type, its extents, and its bytes; whole numbers
/// take seven bits a byte (LEB128).
/// </summary>
internal static class TorchRecords
{
    private const int MaximumTensors = 1 << 16, MaximumName = 1 << 10, MaximumRank = 8;

    // TorchSharp's numbers of types.
    private const int Byte = 0, Int64 = 4, Half = 5, Single = 6, Double = 7;

    /// <summary>Whether content begins as such records do: with a number of them, and a name of letters.</summary>
    public static bool IsBegun(ReadOnlySpan<byte> start)
    {
        try
        {
            var at = 0;
            if (Whole(start, ref at) is < 1 or > MaximumTensors || Whole(start, ref at) is not (> 0 and <= MaximumName and var length))
                return false;
            // Of a long name only the beginning is there.
            var name = start[at..(int)Math.Min(start.Length, at + length)];
            return name.Length >= Math.Min(length, 4) && !name.ContainsAnyExcept(s_letters);
        }
        catch (InvalidModelException)
        {
            return false;
        }
    }

    /// <summary>Reads all records.</summary>
    /// <exception cref="InvalidModelException">They end too early, or hold what weights do not.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(ReadOnlyMemory<byte> content)
    {
        var span = content.Span;
        var at = 0;
        var count = Whole(span, ref at);
        if (count is < 1 or > MaximumTensors)
            throw new InvalidModelException($"Its weights say that they are {count:N0} tensors; 1 to {MaximumTensors:N0} were expected.");
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        for (var i = 0L; i < count; i++)
        {
            var length = Whole(span, ref at);
            if (length is < 1 or > MaximumName)
                throw new InvalidModelException($"The name of tensor {i} of {count} is said to have {length:N0} bytes; 1 to "
                    + $"{MaximumName:N0} were expected. The file is damaged.");
            var name = Encoding.UTF8.GetString(Taken(span, ref at, length, $"the name of tensor {i} of {count}"));
            var (type, rank) = (Whole(span, ref at), Whole(span, ref at));
            var (element, size) = type switch
            {
                Single => (ElementType.Float, sizeof(float)),
                Double => (ElementType.Double, sizeof(double)),
                Half => (ElementType.Float16, sizeof(float) / 2),
                Int64 => (ElementType.Int64, sizeof(long)),
                Byte => (ElementType.UInt8, sizeof(byte)),
                _ => throw new InvalidModelException($"The tensor '{name}' has elements of TorchSharp's type {type}, which is not read."),
            };
            if (rank is < 0 or > MaximumRank)
                throw new InvalidModelException($"The tensor '{name}' has {rank} axes; at most {MaximumRank} were expected.");
            var (extents, elements) = (new long[rank], 1L);
            for (var axis = 0; axis < rank; axis++)
            {
                extents[axis] = Whole(span, ref at);
                if (extents[axis] < 0 || extents[axis] > 0 && elements > content.Length / extents[axis])
                    throw new InvalidModelException($"The tensor '{name}' of the shape [{string.Join(", ", extents[..(axis + 1)])}, …] "
                        + "would be larger than the file. It is damaged or cut off.");
                elements *= extents[axis];
            }
            var start = at;
            _ = Taken(span, ref at, elements * size, $"the tensor '{name}' of the shape [{string.Join(", ", extents)}]");
            if (!tensors.TryAdd(name, Tensor.FromBytes(element, extents, content[start..at])))
                throw new InvalidModelException($"It has two tensors '{name}'.");
        }
        return at == content.Length ? tensors : throw new InvalidModelException(
            $"{content.Length - at:N0} bytes follow its {count} tensors; none were expected. The file is damaged.");
    }

    private static readonly System.Buffers.SearchValues<byte> s_letters = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"u8);

    private static ReadOnlySpan<byte> Taken(ReadOnlySpan<byte> span, ref int at, long length, string what)
    {
        if (length > span.Length - at)
            throw new InvalidModelException($"Its weights end at byte {span.Length:N0}, within {what}, which has {length:N0} bytes from "
                + $"byte {at:N0} on. The file is cut off.");
        at += (int)length;
        return span[(at - (int)length)..at];
    }

    private static long Whole(ReadOnlySpan<byte> span, ref int at)
    {
        var number = 0L;
        for (var shift = 0; shift < 63; shift += 7)
        {
            if (at >= span.Length)
                throw new InvalidModelException($"Its weights end at byte {span.Length:N0}, within a number. The file is cut off.");
            var next = span[at++];
            number |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }
        throw new InvalidModelException($"At byte {at:N0} of its weights a whole number has more bytes than 64 bits need. It is damaged.");
    }
}
