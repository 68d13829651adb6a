using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>The columns of a batch of Arrow. What damaged offsets lead to is looked at within bounds, so that it can be told.</summary>
/// <remarks>Arrow's own arrays read texts by pointers, wherever the file's offsets lead.</remarks>
internal static class ArrowColumns
{
    // Of 256 bits.
    private const int MostDigits = 76;

    /// <summary>A column.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="array">Its cells.</param>
    public static TypedColumn Of(string name, IArrowArray array) => array switch
    {
        NullArray => new TypedColumn(_ => ""),
        StringArray texts => Texts(texts, row => (texts.ValueOffsets[row], texts.ValueOffsets[row + 1]), texts.ValueBuffer),
        LargeStringArray texts => Texts(texts, row => (texts.ValueOffsets[row], texts.ValueOffsets[row + 1]), texts.ValueBuffer),
        StringViewArray texts => new TypedColumn(row => Encoding.UTF8.GetString(texts.GetBytes((int)row))),
        BooleanArray truths => TypedColumn.Truths(row => truths.GetValue((int)row)),
        // With the digits of single precision: those of half precision would be read as other numbers.
        HalfFloatArray numbers => new NumberColumn<float>(row => (float?)numbers.GetValue((int)row)),
        FloatArray numbers => Numbers(numbers),
        DoubleArray numbers => Numbers(numbers),
        Int8Array numbers => Numbers(numbers),
        Int16Array numbers => Numbers(numbers),
        Int32Array numbers => Numbers(numbers),
        Int64Array numbers => Numbers(numbers),
        UInt8Array numbers => Numbers(numbers),
        UInt16Array numbers => Numbers(numbers),
        UInt32Array numbers => Numbers(numbers),
        UInt64Array numbers => Numbers(numbers),
        Decimal32Array numbers => new NumberColumn<decimal>(row => numbers.GetValue((int)row)),
        Decimal64Array numbers => new NumberColumn<decimal>(row => numbers.GetValue((int)row)),
        // Of more digits than .NET's.
        Decimal128Array numbers => Decimals(name, (Decimal128Type)numbers.Data.DataType, row => numbers.GetString((int)row)),
        Decimal256Array numbers => Decimals(name, (Decimal256Type)numbers.Data.DataType, row => numbers.GetString((int)row)),
        Date32Array dates => TypedColumn.Dates(row => dates.GetValue((int)row) is { } days
            ? DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(days) : null),
        Date64Array dates => TypedColumn.Dates(row => dates.GetValue((int)row) is { } milliseconds
            ? DateOnly.FromDateTime(DateTime.UnixEpoch.AddTicks(Ticks(milliseconds, TimeUnit.Millisecond))) : null),
        TimestampArray times => Times(times, (TimestampType)times.Data.DataType),
        Time32Array times => Spans(row => times.GetValue((int)row), ((Time32Type)times.Data.DataType).Unit),
        Time64Array times => Spans(row => times.GetValue((int)row), ((Time64Type)times.Data.DataType).Unit),
        DurationArray times => Spans(row => times.GetValue((int)row), ((DurationType)times.Data.DataType).Unit),
        DictionaryArray coded => new PlacedColumn(Of(name, coded.Dictionary), Places(coded)),
        ExtensionArray named => Of(name, named.Storage),
        // Only where it is read: a file may hold columns that nobody asks for.
        var other => new TypedColumn(_ => throw new NotSupportedException($"the column '{name}' is of the type {other.Data.DataType.Name}; "
            + "numbers, texts, truth values, dates, and lists of a fixed length can be read. Write the items as columns of their own.")),
    };

    /// <summary>The columns of lists of one length, item by item.</summary>
    public static IEnumerable<TypedColumn> Of(string name, FixedSizeListArray lists)
    {
        var (values, length) = (Of(name, lists.Values), ((FixedSizeListType)lists.Data.DataType).ListSize);
        return Enumerable.Range(0, length).Select(item =>
            new PlacedColumn(values, row => lists.IsValid((int)row) ? (row + lists.Offset) * length + item : null));
    }

    private static NumberColumn<T> Numbers<T>(PrimitiveArray<T> numbers) where T : struct, System.Numerics.INumber<T> =>
        new(row => numbers.GetValue((int)row));

    // Their texts are made on the stack, of as many digits as the type says.
    private static TypedColumn Decimals(string name, FixedSizeBinaryType type, Func<long, string?> cells)
    {
        var (precision, scale) = type is Decimal128Type one ? (one.Precision, one.Scale)
            : type is Decimal256Type other ? (other.Precision, other.Scale) : default;
        var isSound = precision is > 0 and <= MostDigits && scale is >= -MostDigits and <= MostDigits;
        return new TypedColumn(row => isSound ? cells(row) ?? "" : throw new NotSupportedException(
            $"the column '{name}' has decimals of {precision} digits, {scale} of them behind the point; at most {MostDigits} are read."));
    }

    private static TypedColumn Texts(Apache.Arrow.Array texts, Func<int, (long From, long To)> place, ArrowBuffer bytes) => new(row =>
        texts.IsValid((int)row) && place((int)row) is var (from, to)
            ? Encoding.UTF8.GetString(bytes.Span[checked((int)from)..checked((int)to)]) : "");

    private static TypedColumn Times(TimestampArray times, TimestampType type)
    {
        var kind = string.IsNullOrEmpty(type.Timezone) ? DateTimeKind.Unspecified : DateTimeKind.Utc;
        return TypedColumn.Times(row => times.GetValue((int)row) is { } passed
            ? DateTime.SpecifyKind(DateTime.UnixEpoch.AddTicks(Ticks(passed, type.Unit)), kind) : null);
    }

    private static TypedColumn Spans(Func<long, long?> cells, TimeUnit unit) =>
        TypedColumn.Spans(row => cells(row) is { } passed ? new TimeSpan(Ticks(passed, unit)) : null);

    private static long Ticks(long passed, TimeUnit unit) => checked(unit switch
    {
        TimeUnit.Second => passed * TimeSpan.TicksPerSecond,
        TimeUnit.Millisecond => passed * TimeSpan.TicksPerMillisecond,
        TimeUnit.Microsecond => passed * TimeSpan.TicksPerMicrosecond,
        _ => passed / TimeSpan.NanosecondsPerTick,
    });

    private static Func<long, long?> Places(DictionaryArray coded) => coded.Indices switch
    {
        Int8Array places => row => places.GetValue((int)row),
        Int16Array places => row => places.GetValue((int)row),
        Int32Array places => row => places.GetValue((int)row),
        Int64Array places => row => places.GetValue((int)row),
        UInt8Array places => row => places.GetValue((int)row),
        UInt16Array places => row => places.GetValue((int)row),
        UInt32Array places => row => places.GetValue((int)row),
        UInt64Array places => row => places.GetValue((int)row) is { } place ? checked((long)place) : null,
        _ => throw new NotSupportedException("the numbers of texts are of an unknown type"),
    };
}
