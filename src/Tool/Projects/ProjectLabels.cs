using System.Globalization;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>What is true of the rows, as the model's scores are counted: a class from 0, a number, or NaN where it is not known.</summary>
/// <param name="Values">Of every row.</param>
/// <param name="Classes">How many classes there are; 0 for numbers.</param>
/// <param name="Unknown">A label that is none of the model's classes; null where all are.</param>
internal sealed record ProjectLabels(double[] Values, int Classes, string? Unknown)
{
    private static readonly string[] True = ["true", "t", "yes", "y", "1", "1.0", "+1", "+"],
        False = ["false", "f", "no", "n", "0", "0.0", "-1", "-"];

    /// <summary>How many rows have one.</summary>
    public int Known => Values.Count(v => !double.IsNaN(v));

    /// <summary>Reads the labels of a table.</summary>
    /// <param name="truth">The cells; null where the file has no label.</param>
    /// <param name="outputs">What the scores are called.</param>
    /// <param name="isClassification">Whether classes are told apart.</param>
    public static ProjectLabels? Read(IReadOnlyList<string>? truth, IReadOnlyList<string> outputs, bool isClassification)
    {
        if (truth is null)
            return null;
        string? unknown = null;
        double[] values = [.. truth.Select(cell =>
            !isClassification ? Number(cell) ?? double.NaN : outputs.Count > 1 ? Place(cell) : Truth(cell))];
        return values.All(double.IsNaN) ? null
            : new ProjectLabels(values, isClassification ? Math.Max(outputs.Count, 2) : 0, unknown);

        // Numbers may be written otherwise than the model calls its classes.
        double Place(string cell)
        {
            var place = outputs.ToList().FindIndex(o => o == cell);
            if (place < 0 && Number(cell) is { } number)
                place = outputs.ToList().FindIndex(o => Number(o) == number);
            if (place < 0 && Array.Exists(True, t => t.Equals(cell, StringComparison.OrdinalIgnoreCase)))
                place = outputs.ToList().FindIndex(o => o is "True" or "1");
            if (place < 0 && Array.Exists(False, t => t.Equals(cell, StringComparison.OrdinalIgnoreCase)))
                place = outputs.ToList().FindIndex(o => o is "False" or "0");
            if (place < 0 && cell.Length > 0)
                unknown ??= cell;
            return place < 0 ? double.NaN : place;
        }

        double Truth(string cell)
        {
            if (Array.Exists(True, t => t.Equals(cell, StringComparison.OrdinalIgnoreCase)))
                return 1;
            if (Array.Exists(False, t => t.Equals(cell, StringComparison.OrdinalIgnoreCase)))
                return 0;
            unknown ??= cell.Length > 0 ? cell : null;
            return double.NaN;
        }
    }

    private static double? Number(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
