// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal static class SchemaDefinitions
{
    /// <summary>The members of a class with the types and annotations of a schema.</summary>
    public static SchemaDefinition For(Type type, DataViewSchema schema)
    {
        var definition = SchemaDefinition.Create(type, SchemaDefinition.Direction.Read);
        foreach (var column in schema)
        {
            var member = definition[column.Name] ?? throw Contracts.Except($"{type} has no member for column '{column.Name}'.");
            member.ColumnType = column.Type;
            foreach (var annotation in column.Annotations.Schema)
                member.Values[annotation.Name] = new AnnotationValue(annotation.Type, GetterOf(column.Annotations, annotation));
        }
        return definition;
    }

    public static Delegate GetterOf(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
        => GenericCall.Invoke<Delegate>(typeof(SchemaDefinitions), nameof(TypedGetter), annotation.Type.RawType, annotations, annotation);

    private static Delegate TypedGetter<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
        => annotations.GetGetter<T>(annotation);
}
