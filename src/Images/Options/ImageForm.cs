namespace Microsoft.ML.Introspection.Images;

/// <summary>What an explanation column of images holds.</summary>
public enum ImageForm
{
    /// <summary>
    /// A number for each pixel, rows from the top: a vector of [height, width] numbers of single precision, of known size where it is that
    /// of the picture that the network sees.
    /// </summary>
    Map,

    /// <summary>An <see cref="Data.MLImage"/>: the image with the map laid over it.</summary>
    Overlay,

    /// <summary>The same as the bytes of a PNG file: a vector of bytes.</summary>
    Png,
}

/// <summary>How a map of what the network sees comes back to the image's own pixels.</summary>
public enum MapCarrying
{
    /// <summary>
    /// Each pixel gets the value that lies over it, between places bilinearly: what overlays show everywhere. Sums change with the size.
    /// </summary>
    Interpolated,

    /// <summary>
    /// Each value is shared among the pixels that its place was made of, by the weights of the resizing (its transpose): sums hold, and a
    /// gradient becomes that by the image's own pixels. Where an image shrinks, it may show the grid of the resizing.
    /// </summary>
    Shared,
}
