// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>For each slot, an offset to subtract and then a scale to multiply with.</summary>
internal abstract record AffineMap
{
    public abstract Type ItemType { get; }

    public abstract void Write(BinaryWriter writer);

    public abstract Delegate GetterOf(DataViewRow row, DataViewSchema.Column column);

    public abstract NormalizingTransformer.NormalizerModelParametersBase Parameters(bool isVector);

    public static AffineMap Read(BinaryReader reader)
    {
        var isSingle = reader.ReadBoolean();
        var (offset, scale) = (ReadNumbers(reader), ReadNumbers(reader));
        return isSingle
            ? new AffineMap<float>([.. offset.Select(value => (float)value)], [.. scale.Select(value => (float)value)])
            : new AffineMap<double>(offset, scale);
    }

    private static double[] ReadNumbers(BinaryReader reader)
    {
        var numbers = new double[reader.ReadInt32()];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = reader.ReadDouble();
        return numbers;
    }
}

internal sealed record AffineMap<T>(T[] Offset, T[] Scale) : AffineMap
    where T : struct, IFloatingPointIeee754<T>
{
    public override Type ItemType => typeof(T);

    public override void Write(BinaryWriter writer)
    {
        writer.Write(typeof(T) == typeof(float));
        foreach (var numbers in new[] { Offset, Scale })
        {
            writer.Write(numbers.Length);
            foreach (var number in numbers)
                writer.Write(double.CreateChecked(number));
        }
    }

    public override Delegate GetterOf(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var scalar = row.GetGetter<T>(column);
            return (ValueGetter<T>)((ref T destination) =>
            {
                scalar(ref destination);
                destination = (destination - Offset[0]) * Scale[0];
            });
        }
        var vector = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> source = default;
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
        {
            vector(ref source);
            Runtime.Contracts.Check(source.Length == Scale.Length, $"Column '{column.Name}' has {source.Length} values, but the normalizer was fitted to {Scale.Length}.");
            var editor = VBufferEditor.Create(ref destination, source.Length);
            source.CopyTo(editor.Values);
            for (var i = 0; i < Scale.Length; i++)
                editor.Values[i] = (editor.Values[i] - Offset[i]) * Scale[i];
            destination = editor.Commit();
        });
    }

    public override NormalizingTransformer.NormalizerModelParametersBase Parameters(bool isVector)
        => isVector
            ? new NormalizingTransformer.AffineNormalizerModelParameters<System.Collections.Immutable.ImmutableArray<T>>([.. Scale], [.. Offset])
            : new NormalizingTransformer.AffineNormalizerModelParameters<T>(Scale[0], Offset[0]);
}
