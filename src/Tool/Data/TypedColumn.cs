using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>A column of a block of rows that files of typed columns hold.</summary>
/// <param name="text">A cell as text; empty where its value is missing.</param>
internal class TypedColumn(Func<long, string> text)
{
    /// <summary>Truth values: 1 and 0.</summary>
    public static TypedColumn Truths(Func<long, bool?> cells) => new(row => cells(row) is { } value ? value ? "1" : "0" : "");

    /// <summary>Dates with times.</summary>
    public static TypedColumn Times(Func<long, DateTime?> cells) => Formatted(cells, "O");

    /// <summary>Dates.</summary>
    public static TypedColumn Dates(Func<long, DateOnly?> cells) => Formatted(cells, "O");

    /// <summary>Times of a day, or lengths of time.</summary>
    public static TypedColumn Spans(Func<long, TimeSpan?> cells) => Formatted(cells, "c");

    /// <summary>A cell as text; empty where its value is missing.</summary>
    public string Text(long row) => text(row);

    /// <summary>A cell as a number.</summary>
    /// <returns>False where only the text of the cell tells.</returns>
    public virtual bool TryNumber<T>(long row, out T number) where T : unmanaged, INumber<T>
    {
        number = default;
        return false;
    }

    private static TypedColumn Formatted<T>(Func<long, T?> cells, string format) where T : struct, IFormattable =>
        new(row => cells(row)?.ToString(format, CultureInfo.InvariantCulture) ?? "");
}

/// <summary>A column of numbers.</summary>
/// <param name="cells">A cell; null where its value is missing.</param>
internal sealed class NumberColumn<TCell>(Func<long, TCell?> cells)
    : TypedColumn(row => cells(row)?.ToString(null, CultureInfo.InvariantCulture) ?? "") where TCell : struct, INumber<TCell>
{
    public override bool TryNumber<T>(long row, out T number)
    {
        number = default;
        return cells(row) is { } cell && ExactNumber.TryGet(cell, out number);
    }
}

/// <summary>A column whose cells stand elsewhere: in a list of the values that occur, or one behind the other in lists.</summary>
/// <param name="values">What stands there.</param>
/// <param name="place">Where the cell of a row stands; null where its value is missing.</param>
internal sealed class PlacedColumn(TypedColumn values, Func<long, long?> place)
    : TypedColumn(row => place(row) is { } there ? values.Text(there) : "")
{
    public override bool TryNumber<T>(long row, out T number)
    {
        number = default;
        return place(row) is { } there && values.TryNumber(there, out number);
    }
}
