using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Images.Pictures;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>Getters of the added columns.</summary>
internal static class ImageGetters
{
    /// <summary>A getter of a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="result">Gives what it has of the current row; null for an image that could not be used.</param>
    public static Delegate Of(ImageColumn column, Func<object?> result) => column.Kind switch
    {
        ImageColumnKind.Map => Vector(result, float.NaN, ((VectorDataViewType)column.Type).Size),
        ImageColumnKind.Png => Vector<byte>(result, 0, 0),
        ImageColumnKind.Size => Vector(result, 0, 2),
        ImageColumnKind.Overlay => (ValueGetter<MLImage>)((ref MLImage value) =>
            value = result() is Raster picture ? MlPixels.ToImage(picture) : null!),
        ImageColumnKind.Target => (ValueGetter<long>)((ref long value) => value = result() is long target ? target : -1),
        ImageColumnKind.Score => (ValueGetter<float>)((ref float value) => value = result() is float score ? score : float.NaN),
        _ => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = ((string)result()!).AsMemory()),
    };

    // A column of known size has a vector of that size for every row.
    private static ValueGetter<VBuffer<T>> Vector<T>(Func<object?> result, T missing, int size) => (ref VBuffer<T> value) =>
    {
        var items = (T[]?)result();
        var editor = VBufferEditor.Create(ref value, items?.Length ?? size);
        if (items is null)
            editor.Values.Fill(missing);
        else
            items.CopyTo(editor.Values);
        value = editor.Commit();
    };
}
