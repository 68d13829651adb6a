namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>How the numbers of a row lie in space: planes of one or several channels, or a volume.</summary>
/// <param name="Channels">How many numbers a place has.</param>
/// <param name="Depth">The extent of a volume's first direction; 1 for planes.</param>
/// <param name="Height">The extent of the next.</param>
/// <param name="Width">The extent of the last.</param>
/// <param name="ChannelsLast">Whether the numbers of a place stand together.</param>
internal sealed record MapShape(int Channels, int Depth, int Height, int Width, bool ChannelsLast)
{
    // A line of numbers is drawn as a band of at least this share of its length.
    private const int LongestBand = 8;

    /// <summary>Whether it is a volume.</summary>
    public bool IsVolume { get; private init; }

    /// <summary>The shape of a row of these extents; null where they are no map.</summary>
    /// <param name="extents">The extents, without the batch.</param>
    /// <param name="channelAxis">Where channels lie among them.</param>
    public static MapShape? Of(IReadOnlyList<int> extents, int channelAxis = 0)
    {
        var last = extents.Count > 2 && channelAxis == extents.Count - 1;
        int[] space = extents.Count < 3 ? [.. extents] : [.. last ? extents.SkipLast(1) : extents.Skip(1)];
        var channels = extents.Count < 3 ? 1 : last ? extents[^1] : extents[0];
        return space switch
        {
            [var height, var width] => new MapShape(channels, 1, height, width, last),
            [var depth, var height, var width] => new MapShape(channels, depth, height, width, last) { IsVolume = true },
            _ => null,
        };
    }

    /// <summary>The numbers channel by channel.</summary>
    public float[] Planes(float[] numbers)
    {
        if (!ChannelsLast || Channels == 1)
            return numbers;
        var places = numbers.Length / Channels;
        return [.. Enumerable.Range(0, numbers.Length).Select(i => numbers[i % places * Channels + i / places])];
    }

    /// <summary>How often a line of a plane is drawn, so that long thin ones can be seen.</summary>
    public int LinesOfOne => Math.Max(1, Width / (LongestBand * Height));

    /// <summary>A plane with its lines drawn so often.</summary>
    public float[] Stretched(float[] plane) => LinesOfOne == 1 ? plane
        : [.. Enumerable.Range(0, Height * LinesOfOne).SelectMany(y => plane.Skip(y / LinesOfOne * Width).Take(Width))];
}
