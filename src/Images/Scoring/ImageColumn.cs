using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>What an added column tells.</summary>
internal enum ImageColumnKind
{
    /// <summary>A map.</summary>
    Map,

    /// <summary>An image with a map over it.</summary>
    Overlay,

    /// <summary>The same as PNG.</summary>
    Png,

    /// <summary>Height and width of the image.</summary>
    Size,

    /// <summary>The explained class.</summary>
    Target,

    /// <summary>The explained score.</summary>
    Score,

    /// <summary>What is wrong with the image.</summary>
    Problem,
}

/// <summary>An added column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Kind">What it tells.</param>
/// <param name="Output">The output of the graph that it is made of; negative where it is made of none.</param>
/// <param name="Style">How a map is laid over the image.</param>
internal sealed record ImageColumn(string Name, DataViewType Type, ImageColumnKind Kind, int Output, OverlayStyle Style);
