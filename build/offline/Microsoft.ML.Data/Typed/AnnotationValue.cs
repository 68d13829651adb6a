// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A value that a <see cref="SchemaDefinition"/> attaches to a column, and the getter that serves it.</summary>
internal sealed record AnnotationValue(DataViewType Type, Delegate Getter)
{
    public static AnnotationValue Of<T>(T value, DataViewType type)
    {
        var member = MemberType.Of(typeof(T), "annotation value");
        Contracts.Check(member.IsVector == type is VectorDataViewType, $"A value of {typeof(T)} does not fit an annotation of type {type}: one of them is a vector.");
        Contracts.Check(member.ItemType == type.ItemType().RawType, $"A value of {typeof(T)} does not fit an annotation of type {type}.");
        return new AnnotationValue(type, value switch
        {
            string[] texts => Vector([.. texts.Select(text => text.AsMemory())]),
            string text => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> destination) => destination = text.AsMemory()),
            Array array => GenericCall.Invoke<Delegate>(typeof(AnnotationValue), nameof(Vector), member.ItemType, array),
            _ when member.IsVector => GenericCall.Invoke<Delegate>(typeof(AnnotationValue), nameof(Copy), member.ItemType, value),
            _ => (ValueGetter<T>)((ref T destination) => destination = value),
        });
    }

    private static ValueGetter<VBuffer<TItem>> Vector<TItem>(TItem[] values) => Copy(new VBuffer<TItem>(values.Length, values));

    private static ValueGetter<VBuffer<TItem>> Copy<TItem>(VBuffer<TItem> value)
        => (ref VBuffer<TItem> destination) => value.CopyTo(ref destination);
}
