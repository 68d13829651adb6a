using System.Globalization;
using System.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>Numbers in cells: the decimal point is a point, whatever the culture.</summary>
internal static class CsvNumber
{
    private static readonly string[] MissingMarks = ["", "NA", "N/A", "null", "?"];

    /// <summary>Whether a column with such a cell may be one of numbers: a number, or the mark of a missing one.</summary>
    public static bool IsNumber(string cell) =>
        IsMissing(cell) || double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Reads a number of the type that the input wants.</summary>
    /// <param name="cell">The text.</param>
    /// <param name="number">The number; NaN only where missing ones are allowed.</param>
    /// <param name="problem">What is wrong with the text, in a sentence.</param>
    /// <param name="allowsMissing">Whether a value may be missing, where the type can say so: it is NaN then.</param>
    public static bool TryParse<T>(string cell, out T number, out string problem, bool allowsMissing = false)
        where T : unmanaged, INumber<T>
    {
        problem = "";
        var isFloating = ElementTypes.Of<T>().IsFloating();
        var parsed = isFloating
            ? T.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            : TryParseInteger(cell, out number);
        var isMissing = IsMissing(cell) || (parsed && T.IsNaN(number));
        if (isMissing && isFloating && allowsMissing)
            number = T.CreateTruncating(double.NaN);
        else if (isMissing)
            problem = $"the value is missing ('{cell}'). Fill in or remove missing values first.";
        else if (parsed && T.IsInfinity(number) && cell.Any(char.IsAsciiDigit))
            problem = $"'{cell}' is too large for the type of the input ({typeof(T).Name}).";
        else if (!parsed)
            problem = $"'{cell}' is not "
                + $"{(isFloating ? "a number" : $"a whole number that the type of the input ({typeof(T).Name}) can hold")}.{Hint(cell)}";
        return problem.Length == 0;
    }

    private static bool TryParseInteger<T>(string cell, out T number) where T : unmanaged, INumber<T>
    {
        if (T.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
            return true;
        // Other programs write class 1 as 1.0.
        if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) || real != Math.Floor(real)
            || Math.Abs(real) > 1L << 53)
            return false;
        number = T.CreateTruncating(real);
        return double.CreateChecked(number) == real;
    }

    /// <summary>Whether a cell says that a value is missing.</summary>
    public static bool IsMissing(string cell) =>
        Array.Exists(MissingMarks, mark => cell.AsSpan().Trim().Equals(mark, StringComparison.OrdinalIgnoreCase));

    private static string Hint(string cell) => cell.Count(c => c == ',') == 1 && IsNumber(cell.Replace(',', '.'))
        ? " The decimal mark is a point."
        : "";
}
