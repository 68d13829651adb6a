// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Makes the tensors of the current row.</summary>
internal static class OnnxInputs
{
    public static Func<NamedOnnxValue> Of(DataViewRow row, DataViewSchema.Column column, List<int> shape)
        => column.Type is VectorDataViewType vector
            ? GenericCall.Invoke<Func<NamedOnnxValue>>(typeof(OnnxInputs), nameof(Vector), vector.ItemType.RawType, row, column, shape)
            : GenericCall.Invoke<Func<NamedOnnxValue>>(typeof(OnnxInputs), nameof(Scalar), column.Type.RawType, row, column);

    private static Func<NamedOnnxValue> Scalar<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var get = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            get(ref value);
            return Tensor<T>(column.Name, [value], [1, 1]);
        };
    }

    private static Func<NamedOnnxValue> Vector<T>(DataViewRow row, DataViewSchema.Column column, List<int> shape)
    {
        var get = row.GetGetter<VBuffer<T>>(column);
        var isKnownSize = ((VectorDataViewType)column.Type).IsKnownSize;
        var open = shape.IndexOf(0);
        var known = shape.Where(size => size > 0).Aggregate((a, b) => a * b);
        VBuffer<T> value = default, dense = default;
        return () =>
        {
            get(ref value);
            value.CopyToDense(ref dense);
            // Only a column of unknown size fills an open dimension of the model; without one this fails, as there.
            var dimensions = new List<int>(shape);
            if (!isKnownSize)
                dimensions[open] = dense.Length / known;
            return Tensor(column.Name, dense.GetValues(), [.. dimensions]);
        };
    }

    private static NamedOnnxValue Tensor<T>(string name, ReadOnlySpan<T> values, int[] dimensions)
    {
        var array = values.ToArray();
        if (array is ReadOnlyMemory<char>[] texts)
            return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<string>(texts.Select(text => text.ToString()).ToArray(), dimensions));
        return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(array, dimensions));
    }
}
