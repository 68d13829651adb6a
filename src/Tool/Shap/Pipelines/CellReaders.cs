using System.Globalization;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>Reads a value of one of ML.NET's types from a cell.</summary>
/// <exception cref="FormatException">The cell holds no such value; the message says what it holds.</exception>
internal delegate T CellReader<T>(string cell);

/// <summary>
/// How each of ML.NET's types is read from a cell: as ML.NET's own loader of text files has it, by its defaults or by those of its options
/// that are known here. What of this a user may not expect is said once for each column.
/// </summary>
internal static class CellReaders
{
    private static readonly string[] True = ["true", "t", "yes", "y", "1", "+1", "+"],
        False = ["", "false", "f", "no", "n", "0", "-1", "-"];

    /// <summary>A reader of a type's values; a <see cref="CellReader{T}"/> of its raw type.</summary>
    /// <param name="type">The type of a column, or of the items of a vector.</param>
    /// <param name="keyNames">What the values of a key stand for, where the column tells.</param>
    /// <param name="name">The column.</param>
    /// <param name="csv">What is said of empty cells and blanks.</param>
    /// <exception cref="InvalidDataException">Such values cannot be read from a cell.</exception>
    public static Delegate Of(DataViewType type, IReadOnlyList<string>? keyNames, string name, CsvOptions csv) => type switch
    {
        KeyDataViewType key => OfKey(key, cell => Key(cell.Trim(), key.Count, keyNames)),
        TextDataViewType => Text(name, csv),
        BooleanDataViewType => (CellReader<bool>)Truth,
        DateTimeDataViewType =>
            (CellReader<DateTime>)(cell => DateTime.Parse(cell, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)),
        DateTimeOffsetDataViewType => (CellReader<DateTimeOffset>)(cell => DateTimeOffset.Parse(cell, CultureInfo.InvariantCulture)),
        TimeSpanDataViewType => (CellReader<TimeSpan>)(cell => TimeSpan.Parse(cell, CultureInfo.InvariantCulture)),
        NumberDataViewType => OfNumber(type.RawType, name, csv),
        _ => throw new InvalidDataException($"values of type {type} cannot be read from a file of rows."),
    };

    private static Delegate OfNumber(Type raw, string name, CsvOptions csv) => Type.GetTypeCode(raw) switch
    {
        TypeCode.Single => Number<float>(name, csv),
        TypeCode.Double => Number<double>(name, csv),
        TypeCode.SByte => Number<sbyte>(name, csv),
        TypeCode.Byte => Number<byte>(name, csv),
        TypeCode.Int16 => Number<short>(name, csv),
        TypeCode.UInt16 => Number<ushort>(name, csv),
        TypeCode.Int32 => Number<int>(name, csv),
        TypeCode.UInt32 => Number<uint>(name, csv),
        TypeCode.Int64 => Number<long>(name, csv),
        _ => Number<ulong>(name, csv),
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

    private static CellReader<ReadOnlyMemory<char>> Text(string name, CsvOptions csv)
    {
        var isTold = !csv.KeepsBlanks;
        return cell =>
        {
            if (!isTold && cell.Length > 0 && char.IsWhiteSpace(cell[^1]))
            {
                isTold = true;
                csv.Note($"texts of '{name}' end in blanks, which are kept, as ML.NET's loader does by default; --trim-whitespace cuts "
                    + "them off.");
            }
            return cell.AsMemory();
        };
    }

    // Numbers that are said to be missing are NaN where the type has it; of an empty cell that is an option of the loader.
    private static CellReader<T> Number<T>(string name, CsvOptions csv) where T : unmanaged, INumber<T>
    {
        var (isReal, isTold) = (ElementTypes.Of<T>().IsFloating(), false);
        return cell =>
        {
            // Only in quotation marks do blanks stay in front.
            if (cell.Length > 0 && char.IsWhiteSpace(cell[0]) && !string.IsNullOrWhiteSpace(cell))
                throw new FormatException($"'{cell}' has blanks in front, inside quotation marks; ML.NET's loader does not read it as a "
                    + "number. Remove them.");
            if (!string.IsNullOrWhiteSpace(cell) || csv.MissingRealsAreNaN && isReal)
                return CsvNumber.TryParse<T>(cell.Trim(), out var number, out var problem, allowsMissing: true) ? number
                    : throw new FormatException(problem);
            if (!isTold)
                csv.Note($"empty cells of '{name}' are taken for 0, as ML.NET's loader does by default"
                    + $"{(isReal ? "; --missing-reals-as-nans takes them for missing values" : "")}.");
            isTold = true;
            return T.Zero;
        };
    }

    private static bool Truth(string cell) => True.Contains(cell.Trim(), StringComparer.OrdinalIgnoreCase)
        || (False.Contains(cell.Trim(), StringComparer.OrdinalIgnoreCase) ? false
            : throw new FormatException($"'{cell}' is no truth value; true or false was expected."));
}
