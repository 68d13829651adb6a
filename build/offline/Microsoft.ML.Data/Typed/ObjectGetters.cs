// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Makes the getters that read columns from the members of the current object.</summary>
internal static class ObjectGetters
{
    public static Delegate Of<TRow>(MemberColumn column, Func<TRow> current)
        where TRow : class
    {
        var type = column.ValueType;
        if (type == typeof(string))
            return Text(MemberAccess.Reader<TRow, string>(column.Member), current);
        if (type == typeof(string[]))
            return Texts(MemberAccess.Reader<TRow, string[]>(column.Member), current);
        var (method, item) = type.IsArray ? (nameof(Array), type.GetElementType())
            : column.Type is VectorDataViewType vector ? (nameof(Buffer), vector.ItemType.RawType)
            : column.Type is KeyDataViewType ? (nameof(Key), type)
            : (nameof(Value), type);
        return GenericCall.Invoke<Delegate>(typeof(ObjectGetters), null, method, [typeof(TRow), item], column, current);
    }

    private static ValueGetter<ReadOnlyMemory<char>> Text<TRow>(Func<TRow, string> read, Func<TRow> current)
        => (ref ReadOnlyMemory<char> destination) => destination = read(current()).AsMemory();

    private static ValueGetter<VBuffer<ReadOnlyMemory<char>>> Texts<TRow>(Func<TRow, string[]> read, Func<TRow> current)
        => (ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            var texts = read(current()) ?? [];
            var editor = VBufferEditor.Create(ref destination, texts.Length);
            for (var i = 0; i < texts.Length; i++)
                editor.Values[i] = texts[i].AsMemory();
            destination = editor.Commit();
        };

    private static ValueGetter<VBuffer<T>> Array<TRow, T>(MemberColumn column, Func<TRow> current)
    {
        var read = MemberAccess.Reader<TRow, T[]>(column.Member);
        return (ref VBuffer<T> destination) =>
        {
            var values = read(current()).AsSpan();
            var editor = VBufferEditor.Create(ref destination, values.Length);
            values.CopyTo(editor.Values);
            destination = editor.Commit();
        };
    }

    private static ValueGetter<VBuffer<T>> Buffer<TRow, T>(MemberColumn column, Func<TRow> current)
    {
        var read = MemberAccess.Reader<TRow, VBuffer<T>>(column.Member);
        return (ref VBuffer<T> destination) => read(current()).CopyTo(ref destination);
    }

    private static ValueGetter<T> Value<TRow, T>(MemberColumn column, Func<TRow> current)
    {
        var read = MemberAccess.Reader<TRow, T>(column.Member);
        return (ref T destination) => destination = read(current());
    }

    // Members count keys from 0, columns from 1; what lies outside is missing.
    private static ValueGetter<T> Key<TRow, T>(MemberColumn column, Func<TRow> current)
    {
        Contracts.Check(typeof(T) != typeof(ushort), "Members cannot hold keys of 16 bits.");
        var count = ((KeyDataViewType)column.Type).Count;
        var read = MemberAccess.Reader<TRow, T>(column.Member);
        return (ref T destination) =>
        {
            var raw = Convert.ToUInt64(read(current()));
            destination = (T)Convert.ChangeType(raw < count ? raw + 1 : 0, typeof(T));
        };
    }
}
