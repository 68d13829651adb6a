using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>A column's values as features, and back.</summary>
internal abstract class ColumnCodec
{
    /// <summary>The column, and which features are its own.</summary>
    public required PipelineColumn Column { get; init; }

    /// <summary>The features' names.</summary>
    public required IReadOnlyList<string> FeatureNames { get; init; }

    /// <summary>The values of keys, where the column tells them as texts.</summary>
    public IReadOnlyList<string>? KeyNames { get; init; }

    /// <summary>How many values are remembered.</summary>
    public abstract int Remembered { get; }

    /// <summary>Forgets all but the first remembered values.</summary>
    public abstract void Forget(int kept);

    /// <summary>Writes the features of a source's current row.</summary>
    public abstract RowEncoder EncoderOf(DataViewRow source, DataViewSchema.Column column);

    /// <summary>A getter of the column's values in rows of features.</summary>
    public abstract Delegate GetterOf(DecodedRow row);

    /// <summary>What a row has in this column, for messages.</summary>
    public abstract string Show(ReadOnlySpan<float> row);

    /// <summary>What a code stands for; of keys the value, where the column tells it.</summary>
    public abstract string Text(float code);

    /// <summary>The value of a key; null where the column tells none.</summary>
    protected string? KeyName(float code) => KeyNames is not null && code >= 1 && code <= KeyNames.Count ? KeyNames[(int)code - 1] : null;

    /// <summary>Makes the codec of a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="first">The number of its first feature.</param>
    /// <param name="whole">Whether a vector is one feature.</param>
    /// <exception cref="NotSupportedException">Values of this type cannot be kept and exchanged.</exception>
    public static ColumnCodec Of(DataViewSchema.Column column, int first, bool whole)
    {
        var item = ColumnTypes.ItemOf(column.Type);
        if (item is not (PrimitiveDataViewType or KeyDataViewType))
            throw new NotSupportedException($"The column '{column.Name}' of type {column.Type} cannot be a feature: its values cannot be "
                + "kept and put into other rows. " +
                "Numbers, truth values, keys, texts, times and vectors of them can. Explain a later part of the pipeline, or name the "
                    + "columns that are features.");
        return (ColumnCodec)typeof(ColumnCodec).GetMethod(nameof(Make), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(item.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [column, first, whole], null)!;
    }

    private static ColumnCodec Make<T>(DataViewSchema.Column column, int first, bool whole) where T : notnull
    {
        if (column.Type is VectorDataViewType vector)
        {
            if (whole || !vector.IsKnownSize)
                return new ValueCodec<VBuffer<T>>(new VectorCodes<T>()) { Column = new(column.Name, vector, first, 1, true),
                    FeatureNames = [column.Name] };
            var codes = CodesOf<T>(vector.ItemType);
            var names = SlotNames.Read(column, vector.Size);
            return new SlotsCodec<T>(codes)
            {
                Column = new(column.Name, vector, first, vector.Size, codes.IsCategorical),
                KeyNames = NamesOfKeys(column),
                FeatureNames =
                    [.. Enumerable.Range(0, vector.Size)
                        .Select(i => names is not null && names[i].Length > 0 ? $"{column.Name}.{names[i]}" : $"{column.Name}[{i}]")],
            };
        }
        var scalar = CodesOf<T>(column.Type);
        return new ValueCodec<T>(scalar) { Column = new(column.Name, column.Type, first, 1, scalar.IsCategorical),
            FeatureNames = [column.Name], KeyNames = NamesOfKeys(column) };
    }

    private static IReadOnlyList<string>? NamesOfKeys(DataViewSchema.Column column)
    {
        if (ColumnTypes.ItemOf(column.Type) is not KeyDataViewType
            || column.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue("KeyValues", ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private static ValueCodes<T> CodesOf<T>(DataViewType type) where T : notnull
    {
        var isKey = type is KeyDataViewType;
        object codes = type switch
        {
            _ when type == NumberDataViewType.Single => new SingleCodes(),
            _ when type == NumberDataViewType.Double => new NumberCodes<double>(isKey),
            BooleanDataViewType => new TruthCodes(),
            TextDataViewType => new TextCodes(),
            _ when type.RawType == typeof(byte) => new NumberCodes<byte>(isKey),
            _ when type.RawType == typeof(sbyte) => new NumberCodes<sbyte>(isKey),
            _ when type.RawType == typeof(short) => new NumberCodes<short>(isKey),
            _ when type.RawType == typeof(ushort) => new NumberCodes<ushort>(isKey),
            _ when type.RawType == typeof(int) => new NumberCodes<int>(isKey),
            _ when type.RawType == typeof(uint) => new NumberCodes<uint>(isKey),
            _ when type.RawType == typeof(long) => new NumberCodes<long>(isKey),
            _ when type.RawType == typeof(ulong) => new NumberCodes<ulong>(isKey),
            _ => new ListedCodes<T>(),
        };
        return (ValueCodes<T>)codes;
    }
}

/// <summary>Writes what a source's current row has in one column.</summary>
internal abstract class RowEncoder
{
    /// <summary>Writes the column's features.</summary>
    /// <param name="row">The whole row of features.</param>
    public abstract void Write(Span<float> row);
}

/// <summary>Columns whose value is one feature.</summary>
internal sealed class ValueCodec<T>(ValueCodes<T> codes) : ColumnCodec
{
    public override int Remembered => codes.Remembered;

    public override void Forget(int kept) => codes.Forget(kept);

    public override RowEncoder EncoderOf(DataViewRow source, DataViewSchema.Column column) =>
        new Encoder(source.GetGetter<T>(column), codes, Column.FirstFeature);

    public override Delegate GetterOf(DecodedRow row) =>
        (ValueGetter<T>)((ref T value) => codes.Decode(row.Read(this)[Column.FirstFeature], ref value));

    public override string Show(ReadOnlySpan<float> row) => Shown.Value(codes, row[Column.FirstFeature]);

    public override string Text(float code) => KeyName(code) ?? codes.Show(codes.Decode(code));

    /// <summary>The code of a value, which is remembered.</summary>
    public float Encode(T value) => codes.Encode(value);

    private sealed class Encoder(ValueGetter<T> getter, ValueCodes<T> codes, int feature) : RowEncoder
    {
        private T _value = default!;

        public override void Write(Span<float> row)
        {
            getter(ref _value);
            row[feature] = codes.Encode(_value);
        }
    }
}

/// <summary>Vectors of which every slot is a feature.</summary>
internal sealed class SlotsCodec<T>(ValueCodes<T> codes) : ColumnCodec
{
    public override int Remembered => codes.Remembered;

    public override void Forget(int kept) => codes.Forget(kept);

    public override RowEncoder EncoderOf(DataViewRow source, DataViewSchema.Column column) =>
        new Encoder(source.GetGetter<VBuffer<T>>(column), codes, Column);

    public override Delegate GetterOf(DecodedRow row) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        var slots = row.Read(this).Slice(Column.FirstFeature, Column.FeatureCount);
        var editor = VBufferEditor.Create(ref value, slots.Length);
        for (var i = 0; i < slots.Length; i++)
            editor.Values[i] = codes.Decode(slots[i]);
        value = editor.Commit();
    });

    public override string Show(ReadOnlySpan<float> row)
    {
        const int most = 8;
        var slots = row.Slice(Column.FirstFeature, Column.FeatureCount);
        var shown = new List<string>();
        foreach (var code in slots[..Math.Min(most, slots.Length)])
            shown.Add(Shown.Value(codes, code));
        return $"[{string.Join(", ", shown)}{(slots.Length > most ? $", … {slots.Length - most} more" : "")}]";
    }

    public override string Text(float code) => KeyName(code) ?? codes.Show(codes.Decode(code));

    private sealed class Encoder(ValueGetter<VBuffer<T>> getter, ValueCodes<T> codes, PipelineColumn column) : RowEncoder
    {
        private VBuffer<T> _value;

        public override void Write(Span<float> row)
        {
            getter(ref _value);
            if (_value.Length != column.FeatureCount)
                throw new InvalidOperationException(
                    $"A vector of column '{column.Name}' has {_value.Length} items; the column's type says {column.FeatureCount}.");
            var slots = row.Slice(column.FirstFeature, column.FeatureCount);
            if (!_value.IsDense)
                slots.Fill(codes.Encode(default!));
            var values = _value.GetValues();
            var indices = _value.GetIndices();
            for (var i = 0; i < values.Length; i++)
                slots[_value.IsDense ? i : indices[i]] = codes.Encode(values[i]);
        }
    }
}

/// <summary>Values in messages.</summary>
internal static class Shown
{
    private const int Most = 60;

    /// <summary>What a code stands for, not too long, texts in quotes; the code itself where it stands for nothing.</summary>
    public static string Value<T>(ValueCodes<T> codes, float code)
    {
        T value;
        try
        {
            value = codes.Decode(code);
        }
        catch (ArgumentException)
        {
            return FormattableString.Invariant($"code {code}");
        }
        var text = codes.Show(value);
        text = text.Length <= Most ? text : $"{text[..Most]}…";
        return value is ReadOnlyMemory<char> ? $"'{text}'" : text;
    }
}
