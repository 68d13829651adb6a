namespace Microsoft.ML.Introspection.Importers.Layout;

/// <summary>What is put around an input before windows slide over it, by the rules of TensorFlow.</summary>
internal sealed record Padding
{
    private Padding(long[]? before, long[]? after) => (Before, After) = (before, after);

    /// <summary>Nothing.</summary>
    public static Padding Valid { get; } = new(null, null);

    /// <summary>As much as makes the output ⌈input / stride⌉ long; what is odd goes to the end.</summary>
    public static Padding Same { get; } = new(null, null);

    /// <summary>So much before and behind each spatial axis.</summary>
    public static Padding Explicit(long[] before, long[] after) => new(before, after);

    /// <summary>So much before each spatial axis as lets no window see what comes later.</summary>
    public static Padding Causal(long[] kernel, long[] dilations) =>
        new([.. kernel.Select((k, i) => (k - 1) * dilations[i])], [.. kernel.Select(_ => 0L)]);

    private long[]? Before { get; }

    private long[]? After { get; }

    /// <summary>
    /// The numbers before the spatial axes and then behind them; null where they depend on an extent that is open.
    /// </summary>
    /// <param name="extents">The extents of the spatial axes, -1 for open ones.</param>
    /// <param name="kernel">The taps along each.</param>
    /// <param name="strides">The distance between windows.</param>
    /// <param name="dilations">The distance between taps.</param>
    public long[]? Pads(long[] extents, long[] kernel, long[] strides, long[] dilations)
    {
        if (Before is not null)
            return [.. Before, .. After!];
        var pads = new long[2 * kernel.Length];
        if (ReferenceEquals(this, Valid))
            return pads;
        for (var i = 0; i < kernel.Length; i++)
        {
            var reach = (kernel[i] - 1) * dilations[i] + 1;
            if (extents[i] < 0 && strides[i] != 1)
                return null;
            var total = extents[i] < 0 ? reach - 1
                : Math.Max(0, ((extents[i] + strides[i] - 1) / strides[i] - 1) * strides[i] + reach - extents[i]);
            (pads[i], pads[i + kernel.Length]) = (total / 2, total - total / 2);
        }
        return pads;
    }
}
