using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Images.Pictures;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>Reads the user's images, row by row.</summary>
internal static class ImageSource
{
    /// <summary>What gives the image of the row's current position.</summary>
    /// <param name="plan">Where images come from.</param>
    /// <param name="row">The row or cursor that has the column.</param>
    public static Func<PictureValue> Of(ImagePlan plan, DataViewRow row)
    {
        var column = plan.Find(row.Schema);
        if (plan.Pixels.Source.Folder is { } folder)
        {
            var paths = row.GetGetter<ReadOnlyMemory<char>>(column);
            return () =>
            {
                ReadOnlyMemory<char> path = default;
                paths(ref path);
                // As LoadImages has it.
                var whole = path.IsEmpty || folder.Length == 0 ? path.ToString() : Path.Combine(folder, path.ToString());
                return new PictureValue(whole, whole, null, null);
            };
        }
        if (column.Type is ImageDataViewType)
        {
            var images = row.GetGetter<MLImage>(column);
            return () =>
            {
                // What was handed out stays whose it is; a source may dispose of an image that it is given back.
                MLImage image = null!;
                images(ref image);
                return new PictureValue(column.Name, null, null, image);
            };
        }
        var bytes = row.GetGetter<VBuffer<byte>>(column);
        return () =>
        {
            VBuffer<byte> value = default;
            bytes(ref value);
            return new PictureValue(column.Name, null, [.. value.DenseValues()], null);
        };
    }
}
