using System.Collections;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Steps;

/// <summary>A column that <c>ResizeImages</c> makes.</summary>
internal sealed record ResizedColumn(
    string Name, string Input, int Width, int Height, ImageResizingEstimator.ResizingKind Kind, ImageResizingEstimator.Anchor Anchor);

/// <summary>A column that <c>ExtractPixels</c> makes; order, offset and scale stay with the step, which is run as it is.</summary>
internal sealed record ExtractedColumn(string Name, string Input, bool IsInterleaved);

/// <summary>What ML.NET's steps of images and networks were told, which they do not publish.</summary>
internal static class UnpublishedSteps
{
    private const string Otherwise = "give the network by ImageExplanationOptions.Network and images that are prepared already";

    public static IReadOnlyList<ResizedColumn> Columns(ImageResizingTransformer step)
    {
        const string fact = "what images are resized to";
        return [.. ((IEnumerable)Columns(step, fact)).Cast<object>().Select(column => new ResizedColumn(
            (string)Read(column, "Name", fact)!, (string)Read(column, "InputColumnName", fact)!, (int)Read(column, "ImageWidth", fact)!,
            (int)Read(column, "ImageHeight", fact)!, (ImageResizingEstimator.ResizingKind)Read(column, "Resizing", fact)!,
            (ImageResizingEstimator.Anchor)Read(column, "Anchor", fact)!))];
    }

    public static IReadOnlyList<ExtractedColumn> Columns(ImagePixelExtractingTransformer step)
    {
        const string fact = "how pixels become numbers";
        return [.. ((IEnumerable)Columns(step, fact)).Cast<object>().Select(column => new ExtractedColumn(
            (string)Read(column, "Name", fact)!, (string)Read(column, "InputColumnName", fact)!,
            (bool)Read(column, "InterleavePixelColors", fact)!))];
    }

    public static IEnumerable<(string Output, string Input)> Columns(ImageGrayscalingTransformer step) => Pairs(step);

    public static IEnumerable<(string Output, string Input)> Columns(ImageLoadingTransformer step) => Pairs(step);

    public static IEnumerable<(string Output, string Input)> Columns(ColumnCopyingTransformer step) => Pairs(step);

    /// <summary>Whether images are decoded, and not only read as bytes.</summary>
    public static bool Decodes(ImageLoadingTransformer step) => (bool)Read(step, "_useImageType", "whether files are decoded")!;

    private static IEnumerable<(string, string)> Pairs(object step) =>
        (IEnumerable<(string, string)>)Columns(step, "which columns it reads and makes");

    private static object Columns(object step, string fact) => Read(step, "Columns", fact)!;

    private static object? Read(object holder, string member, string fact) => Unpublished.Read(holder, null, member, fact, Otherwise);
}
