// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A member of a class bound to the column it fills or is filled from.</summary>
internal sealed record MemberColumn(MemberInfo Member, string Name, DataViewType Type, DataViewSchema.Annotations Annotations)
{
    public Type ValueType => MemberType.TypeOf(Member);

    public static MemberColumn[] Of(Type type, SchemaDefinition definition, SchemaDefinition.Direction direction)
        => [.. (definition ?? SchemaDefinition.Create(type, direction)).Select(column => Of(type, column))];

    public static DataViewSchema SchemaOf(IEnumerable<MemberColumn> columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var column in columns)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        return builder.ToSchema();
    }

    private static MemberColumn Of(Type type, SchemaDefinition.Column column)
    {
        const string parameter = "userSchemaDefinition";
        Contracts.CheckParam(column.MemberName != null, parameter, "A column of the schema definition names no member.");
        var member = (MemberInfo)type.GetField(column.MemberName) ?? type.GetProperty(column.MemberName)
            ?? throw Contracts.ExceptParam(parameter, $"{type} has no field or property '{column.MemberName}'.");
        var name = string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName;
        var holds = MemberType.Of(member);
        if (column.ColumnType == null)
        {
            var item = ColumnTypes.Of(holds.ItemType);
            return new MemberColumn(member, name, holds.IsVector ? new VectorDataViewType(item) : item, column.Annotations);
        }
        Contracts.CheckParam(holds.IsVector == column.ColumnType is VectorDataViewType, parameter, $"Column '{name}' is of type {column.ColumnType}, but member '{column.MemberName}' is of {MemberType.TypeOf(member)}.");
        Contracts.CheckParam(holds.ItemType == column.ColumnType.ItemType().RawType, parameter, $"Column '{name}' has items of {column.ColumnType.ItemType()}, but member '{column.MemberName}' of {holds.ItemType}.");
        return new MemberColumn(member, name, column.ColumnType, column.Annotations);
    }
}
