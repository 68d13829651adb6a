namespace Microsoft.ML.Introspection.Reports;

/// <summary>What one method gives for the pixels of an image.</summary>
public sealed class MethodMap
{
    private readonly float[] _values;

    /// <summary>A map and the name of its method.</summary>
    /// <param name="method">The name above the picture.</param>
    /// <param name="values">height × width numbers, rows from the top; it may be coarser than the image.</param>
    /// <param name="height">Number of rows.</param>
    /// <param name="width">Values in a row.</param>
    /// <param name="caption">A remark under the picture, such as the method's settings.</param>
    /// <exception cref="ArgumentException">The number of values is not height × width, or the method has no name.</exception>
    public MethodMap(string method, ReadOnlySpan<float> values, int height, int width, string? caption = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(method);
        if (height < 1 || width < 1 || (long)height * width != values.Length)
        {
            throw new ArgumentException(
                $"The map of {method} has {height} × {width} (height, width), each at least 1, so {(long)height * width} values; " +
                $"{values.Length} given. Attributions with channels are summed first: {nameof(Heatmap)}.{nameof(Heatmap.SumChannels)}.",
                nameof(values));
        }

        (Method, _values, Height, Width, Caption) = (method, values.ToArray(), height, width, caption);
    }

    /// <summary>The name of the method.</summary>
    public string Method { get; }

    /// <summary>height × width numbers, rows from the top.</summary>
    public ReadOnlyMemory<float> Values => _values;

    /// <summary>Number of rows.</summary>
    public int Height { get; }

    /// <summary>Values in a row.</summary>
    public int Width { get; }

    /// <summary>A remark under the picture.</summary>
    public string? Caption { get; }
}
