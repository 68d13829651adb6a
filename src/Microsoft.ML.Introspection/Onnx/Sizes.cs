namespace Microsoft.ML.Introspection.Onnx;

/// <summary>The one place where numbers of elements and bytes are multiplied out; extents come from files and may be anything.</summary>
internal static class Sizes
{
    /// <summary>How many elements a tensor of some extents has.</summary>
    /// <exception cref="InvalidModelException">An extent is negative, or they are more than can be counted.</exception>
    public static long Count(ReadOnlySpan<long> extents, string? name = null)
    {
        Int128 count = 1;
        foreach (var extent in extents)
        {
            if (extent < 0)
                throw new InvalidModelException($"{Named(name)} has a negative extent: {Listed(extents)}.");
            count *= extent;
            // An extent of 0 further on makes nothing of what came before; what overflows meanwhile is not meant.
            if (count > long.MaxValue)
                throw new InvalidModelException($"{Named(name)} claims more elements than can be counted: {Listed(extents)}.");
        }
        return (long)count;
    }

    /// <summary>How many bytes so many elements take, as far as one array holds them.</summary>
    /// <exception cref="InvalidModelException">They are more than one array holds.</exception>
    public static int Bytes(long count, int size) => (Int128)count * size is var bytes && bytes <= Array.MaxLength ? (int)bytes
        : throw new InvalidModelException(
            $"{count:N0} elements{(size == 1 ? "" : $" of {size} bytes")} are more than one array holds.");

    /// <summary>How many elements some axes span, as far as one array holds them.</summary>
    /// <exception cref="InvalidModelException">They are more than one array holds.</exception>
    /// <exception cref="InvalidOperationException">An extent is no number.</exception>
    public static int Count(IEnumerable<Dimension> axes) => Bytes(Count([.. axes.Select(d => d.Value)]), 1);

    /// <summary>An extent that elements are numbered by.</summary>
    /// <inheritdoc cref="Count(IEnumerable{Dimension})"/>
    public static int Extent(Dimension dimension) => Count([dimension]);

    private static string Named(string? name) => name is null ? "A tensor" : $"The tensor '{name}'";

    private static string Listed(ReadOnlySpan<long> extents) => $"[{string.Join(", ", extents.ToArray())}]";
}
