// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What a field or property can hold: one item or a vector of them.</summary>
internal readonly record struct MemberType(Type ItemType, bool IsVector)
{
    public static MemberType Of(MemberInfo member) => Of(TypeOf(member), member.Name);

    public static MemberType Of(Type type, string name)
    {
        var isBuffer = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);
        var item = type.IsArray ? type.GetElementType() : isBuffer ? type.GetGenericArguments()[0] : type;
        if (item == typeof(string))
            item = typeof(ReadOnlyMemory<char>);
        if (!ColumnTypes.IsKnown(item))
            throw Contracts.ExceptParam("rawType", $"Member '{name}' is of {type}, for which there is no column type.");
        return new MemberType(item, type.IsArray || isBuffer);
    }

    public static Type TypeOf(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;
}
