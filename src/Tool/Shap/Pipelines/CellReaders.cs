using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>Reads a value of one of ML.NET's types from a cell.</summary>
/// <exception cref="FormatException">The cell holds no such value; the message says what it holds.</exception>
internal delegate T CellReader<T>(string cell);

/// <summary>How each of ML.NET's types is read from a cell, as ML.NET's own loader of text files has it.</summary>
internal static class CellReaders
{
    private static readonly string[] True = ["true", "yes", "1"], False = ["false", "no", "0"];

    /// <summary>A reader of a type's values; a <see cref="CellReader{T}"/> of its raw type.</summary>
    /// <param name="type">The type of a column, or of the items of a vector.</param>
    /// <param name="keyNames">What the values of a key stand for, where the column tells.</param>
    /// <exception cref="InvalidDataException">Such values cannot be read from a cell.</exception>
    public static Delegate Of(DataViewType type, IReadOnlyList<string>? keyNames) => type switch
    {
        KeyDataViewType key => OfKey(key, cell => Key(cell, key.Count, keyNames)),
        TextDataViewType => (CellReader<ReadOnlyMemory<char>>)(cell => cell.AsMemory()),
        BooleanDataViewType => (CellReader<bool>)Truth,
        DateTimeDataViewType =>
            (CellReader<DateTime>)(cell => DateTime.Parse(cell, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)),
        DateTimeOffsetDataViewType => (CellReader<DateTimeOffset>)(cell => DateTimeOffset.Parse(cell, CultureInfo.InvariantCulture)),
        TimeSpanDataViewType => (CellReader<TimeSpan>)(cell => TimeSpan.Parse(cell, CultureInfo.InvariantCulture)),
        NumberDataViewType => OfNumber(type.RawType),
        _ => throw new InvalidDataException($"values of type {type} cannot be read from a file of rows."),
    };

    private static Delegate OfNumber(Type raw) => Type.GetTypeCode(raw) switch
    {
        TypeCode.Single => (CellReader<float>)Number<float>,
        TypeCode.Double => (CellReader<double>)Number<double>,
        TypeCode.SByte => (CellReader<sbyte>)Number<sbyte>,
        TypeCode.Byte => (CellReader<byte>)Number<byte>,
        TypeCode.Int16 => (CellReader<short>)Number<short>,
        TypeCode.UInt16 => (CellReader<ushort>)Number<ushort>,
        TypeCode.Int32 => (CellReader<int>)Number<int>,
        TypeCode.UInt32 => (CellReader<uint>)Number<uint>,
        TypeCode.Int64 => (CellReader<long>)Number<long>,
        _ => (CellReader<ulong>)Number<ulong>,
    };

    private static Delegate OfKey(KeyDataViewType key, Func<string, ulong> read) => Type.GetTypeCode(key.RawType) switch
    {
        TypeCode.Byte => (CellReader<byte>)(cell => (byte)read(cell)),
        TypeCode.UInt16 => (CellReader<ushort>)(cell => (ushort)read(cell)),
        TypeCode.UInt32 => (CellReader<uint>)(cell => (uint)read(cell)),
        _ => (CellReader<ulong>)(cell => read(cell)),
    };

    // A value by its name, or its number from 0; what is neither is missing, which is 0, and values count from 1.
    private static ulong Key(string cell, ulong count, IReadOnlyList<string>? names)
    {
        for (var i = 0; i < names?.Count; i++)
            if (names[i] == cell)
                return (ulong)i + 1;
        return names is null && ulong.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < count
            ? number + 1 : 0;
    }

    // Missing numbers are NaN where the type has it.
    private static T Number<T>(string cell) where T : unmanaged, INumber<T> =>
        CsvNumber.TryParse<T>(cell, out var number, out var problem, allowsMissing: true) ? number : throw new FormatException(problem);

    private static bool Truth(string cell) => True.Contains(cell, StringComparer.OrdinalIgnoreCase)
        || (False.Contains(cell, StringComparer.OrdinalIgnoreCase) ? false
            : throw new FormatException($"'{cell}' is no truth value; true or false was expected."));
}
