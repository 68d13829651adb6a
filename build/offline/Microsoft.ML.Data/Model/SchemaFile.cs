// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Collections.Immutable;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes a schema into a model file and reads it back, with the annotations that hold numbers or texts.</summary>
internal static class SchemaFile
{
    public static byte[] Write(DataViewSchema schema)
    {
        var contents = new MemoryStream();
        using var writer = new BinaryWriter(contents, Encoding.UTF8);
        var columns = schema.Where(column => CanWrite(column.Type)).ToArray();
        writer.Write(columns.Length);
        foreach (var column in columns)
        {
            writer.Write(column.Name);
            WriteType(writer, column.Type);
            var annotations = column.Annotations.Schema.Where(annotation => CanWrite(annotation.Type)).ToArray();
            writer.Write(annotations.Length);
            foreach (var annotation in annotations)
            {
                writer.Write(annotation.Name);
                WriteType(writer, annotation.Type);
                GenericCall.Invoke<object>(typeof(SchemaFile), nameof(WriteValue), annotation.Type.ItemType().RawType, writer, column.Annotations, annotation);
            }
        }
        writer.Flush();
        return contents.ToArray();
    }

    public static DataViewSchema Read(byte[] contents)
    {
        using var reader = new BinaryReader(new MemoryStream(contents), Encoding.UTF8);
        var builder = new DataViewSchema.Builder();
        for (var columns = reader.ReadInt32(); columns > 0; columns--)
        {
            var name = reader.ReadString();
            var type = ReadType(reader);
            var annotations = new DataViewSchema.Annotations.Builder();
            for (var count = reader.ReadInt32(); count > 0; count--)
            {
                var kind = reader.ReadString();
                var annotation = ReadType(reader);
                annotations.Add(kind, annotation, GenericCall.Invoke<Delegate>(typeof(SchemaFile), nameof(ReadValue), annotation.ItemType().RawType, reader, annotation));
            }
            builder.AddColumn(name, type, annotations.ToAnnotations());
        }
        return builder.ToSchema();
    }

    private static bool CanWrite(DataViewType type) => type.ItemType() is NumberDataViewType or TextDataViewType or BooleanDataViewType
        or KeyDataViewType or DateTimeDataViewType or DateTimeOffsetDataViewType or TimeSpanDataViewType or RowIdDataViewType;

    private static void WriteType(BinaryWriter writer, DataViewType type)
    {
        var item = type.ItemType();
        writer.Write(item.RawType == typeof(ReadOnlyMemory<char>) ? "text" : item.RawType.FullName);
        writer.Write((item as KeyDataViewType)?.Count ?? 0);
        var dimensions = (type as VectorDataViewType)?.Dimensions ?? [];
        writer.Write(dimensions.Length);
        foreach (var dimension in dimensions)
            writer.Write(dimension);
    }

    private static DataViewType ReadType(BinaryReader reader)
    {
        var name = reader.ReadString();
        var raw = name == "text" ? typeof(ReadOnlyMemory<char>)
            : name == typeof(DataViewRowId).FullName ? typeof(DataViewRowId) : Type.GetType(name);
        Contracts.CheckDecode(raw != null && ColumnTypes.IsKnown(raw), $"The model file's schema names a type that is not known: '{name}'.");
        var keys = reader.ReadUInt64();
        PrimitiveDataViewType item = keys > 0 ? new KeyDataViewType(raw, keys) : ColumnTypes.Of(raw);
        var dimensions = new int[reader.ReadInt32()];
        for (var i = 0; i < dimensions.Length; i++)
            dimensions[i] = reader.ReadInt32();
        return dimensions.Length > 0 ? new VectorDataViewType(item, dimensions.ToImmutableArray()) : item;
    }

    private static object WriteValue<T>(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
    {
        VBuffer<T> vector = default;
        if (annotation.Type is VectorDataViewType)
        {
            annotations.GetValue(annotation.Name, ref vector);
        }
        else
        {
            T scalar = default;
            annotations.GetValue(annotation.Name, ref scalar);
            vector = new VBuffer<T>(1, [scalar]);
        }
        writer.Write(vector.Length);
        foreach (var value in vector.DenseValues())
            writer.Write(value is ReadOnlyMemory<char> text ? text.ToString() : TypeText.Of(value));
        return null;
    }

    private static Delegate ReadValue<T>(BinaryReader reader, DataViewType type)
    {
        var values = new T[reader.ReadInt32()];
        for (var i = 0; i < values.Length; i++)
        {
            var text = reader.ReadString();
            values[i] = typeof(T) == typeof(ReadOnlyMemory<char>) ? (T)(object)text.AsMemory() : (T)TypeText.Parse(text, typeof(T));
        }
        var vector = new VBuffer<T>(values.Length, values);
        if (type is VectorDataViewType)
            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) => vector.CopyTo(ref destination));
        return (ValueGetter<T>)((ref T destination) => destination = values[0]);
    }
}
