using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Reports;

namespace Microsoft.ML.Introspection.Tool.Images;

/// <summary>Which files of images a command line names.</summary>
internal static class ImageSet
{
    // Known to be images, though some are not read: the user is told so.
    private static readonly FileSet Files =
        new("image", [.. ImageFile.Endings], [".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jxl"]);

    /// <inheritdoc cref="FileSet.Find"/>
    public static IReadOnlyList<LabelledImage> Find(string named) =>
        [.. Files.Find(named).Select(file => new LabelledImage(file.Path, file.Label))];
}
