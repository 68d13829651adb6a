using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Steps;

/// <summary>A step that makes an image of an image.</summary>
/// <param name="Step">ML.NET's own.</param>
/// <param name="Inputs">All columns that it reads, ours among them.</param>
/// <param name="Input">The column of the image.</param>
/// <param name="Output">The column that it makes.</param>
/// <param name="Resize">Where the image lies in what it makes; null where it stays as large as it is.</param>
internal sealed record PictureStep(
    ITransformer Step, IReadOnlyList<string> Inputs, string Input, string Output, Preprocessing? Resize = null)
{
    /// <summary>The geometry of a resizing.</summary>
    public static Preprocessing Geometry(ResizedColumn options) => new(options.Width, options.Height)
    {
        Fitting = options.Kind switch
        {
            ImageResizingEstimator.ResizingKind.IsoPad => PictureFitting.Pad,
            ImageResizingEstimator.ResizingKind.IsoCrop => PictureFitting.Crop,
            _ => PictureFitting.Stretch,
        },
        // ML.NET pads evenly, whatever the anchor.
        Anchor = options.Kind == ImageResizingEstimator.ResizingKind.IsoPad ? PictureAnchor.Center : options.Anchor switch
        {
            ImageResizingEstimator.Anchor.Left => PictureAnchor.Left,
            ImageResizingEstimator.Anchor.Right => PictureAnchor.Right,
            ImageResizingEstimator.Anchor.Top => PictureAnchor.Top,
            ImageResizingEstimator.Anchor.Bottom => PictureAnchor.Bottom,
            _ => PictureAnchor.Center,
        },
        Resizing = new Resizing(ResizeRule.MlNet, options.Kind == ImageResizingEstimator.ResizingKind.Fill ? ResizeFilter.Nearest
            : ResizeFilter.Bilinear),
    };
}

/// <summary>Where images come from.</summary>
/// <param name="Column">The column of the data.</param>
/// <param name="Folder">Where files lie; null where the column holds no paths.</param>
internal sealed record PictureSource(string Column, string? Folder);

/// <summary>A column of pixels, and all that is done to the user's image before.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Source">Where the image comes from.</param>
/// <param name="Steps">What makes another image of it, one after the other.</param>
/// <param name="Extraction">What makes numbers of the last.</param>
/// <param name="Inputs">All columns that the extraction reads.</param>
/// <param name="IsInterleaved">Whether the numbers of a pixel lie together.</param>
/// <param name="Type">What the column holds.</param>
/// <param name="Behind">How many steps of the pipeline stand before what comes behind it.</param>
internal sealed record PixelColumn(
    string Column, PictureSource Source, IReadOnlyList<PictureStep> Steps, ITransformer Extraction, IReadOnlyList<string> Inputs,
    bool IsInterleaved, VectorDataViewType Type, int Behind)
{
    /// <summary>Rows of the picture.</summary>
    public int Height => Type.Dimensions[IsInterleaved ? 0 : 1];

    /// <summary>Pixels in a row.</summary>
    public int Width => Type.Dimensions[IsInterleaved ? 1 : 2];

    /// <summary>How many numbers a pixel has.</summary>
    public int Planes => Type.Size / (Height * Width);
}
