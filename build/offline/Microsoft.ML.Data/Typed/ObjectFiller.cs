// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Fills objects of a class from rows of a schema.</summary>
internal sealed class ObjectFiller<TRow>
    where TRow : class
{
    private readonly (MemberColumn Member, DataViewSchema.Column Column)[] _bound;

    public ObjectFiller(DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition definition)
    {
        var bound = new List<(MemberColumn, DataViewSchema.Column)>();
        foreach (var member in MemberColumn.Of(typeof(TRow), definition, SchemaDefinition.Direction.Write))
        {
            if (schema.GetColumnOrNull(member.Name) is not { } column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw Contracts.ExceptSchemaMismatch(nameof(schema), "", member.Name);
            }
            var holds = MemberType.Of(member.Member);
            Contracts.Check(
                holds.IsVector == column.Type is VectorDataViewType && holds.ItemType == column.Type.ItemType().RawType,
                $"Column '{column.Name}' of type {column.Type} cannot fill member '{member.Member.Name}' of {member.ValueType}.");
            bound.Add((member, column));
        }
        _bound = [.. bound];
    }

    public IEnumerable<DataViewSchema.Column> Columns => _bound.Select(pair => pair.Column);

    public bool Needs(int column) => _bound.Any(pair => pair.Column.Index == column);

    public Action<TRow> For(DataViewRow row)
    {
        Action<TRow>[] setters = [.. _bound.Select(pair => Setter(row, pair.Member, row.Schema[pair.Column.Index]))];
        return target =>
        {
            foreach (var setter in setters)
                setter(target);
        };
    }

    private static Action<TRow> Setter(DataViewRow row, MemberColumn member, DataViewSchema.Column column)
    {
        if (member.ValueType == typeof(string))
            return Text(row.GetGetter<ReadOnlyMemory<char>>(column), MemberAccess.Writer<TRow, string>(member.Member));
        if (member.ValueType == typeof(string[]))
            return Texts(row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column), member.Member);
        var (method, type) = member.ValueType.IsArray ? (nameof(Array), member.ValueType.GetElementType()) : (nameof(Value), member.ValueType);
        return GenericCall.Invoke<Action<TRow>>(typeof(ObjectFiller<TRow>), method, type, row, member.Member, column);
    }

    private static Action<TRow> Text(ValueGetter<ReadOnlyMemory<char>> get, Action<TRow, string> write)
    {
        ReadOnlyMemory<char> value = default;
        return target =>
        {
            get(ref value);
            write(target, value.ToString());
        };
    }

    private static Action<TRow> Texts(ValueGetter<VBuffer<ReadOnlyMemory<char>>> get, MemberInfo member)
    {
        var write = MemberAccess.Writer<TRow, string[]>(member);
        VBuffer<ReadOnlyMemory<char>> value = default;
        return target =>
        {
            get(ref value);
            write(target, [.. value.DenseValues().Select(text => text.ToString())]);
        };
    }

    // An array that the object already holds is filled again if it has the right length.
    private static Action<TRow> Array<T>(DataViewRow row, MemberInfo member, DataViewSchema.Column column)
    {
        var get = row.GetGetter<VBuffer<T>>(column);
        var read = MemberAccess.Reader<TRow, T[]>(member);
        var write = MemberAccess.Writer<TRow, T[]>(member);
        VBuffer<T> value = default;
        return target =>
        {
            get(ref value);
            var array = read(target);
            if (array?.Length != value.Length)
                array = new T[value.Length];
            value.CopyTo(array);
            write(target, array);
        };
    }

    private static Action<TRow> Value<T>(DataViewRow row, MemberInfo member, DataViewSchema.Column column)
    {
        var get = row.GetGetter<T>(column);
        var read = MemberAccess.Reader<TRow, T>(member);
        var write = MemberAccess.Writer<TRow, T>(member);
        return target =>
        {
            var value = read(target);
            get(ref value);
            write(target, value);
        };
    }
}
