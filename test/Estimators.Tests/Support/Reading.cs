using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>Reads and compares columns.</summary>
internal static class Reading
{
    /// <summary>All vectors of a column.</summary>
    public static float[][] Vectors(this IDataView data, string column) => [.. data.GetColumn<float[]>(column)];

    /// <summary>The value of a column in a cursor's current row.</summary>
    public static T Value<T>(this DataViewRow row, string column)
    {
        T value = default!;
        row.GetGetter<T>(row.Schema[column])(ref value);
        return value;
    }

    /// <summary>The vector of a column in a cursor's current row.</summary>
    public static T[] Vector<T>(this DataViewRow row, string column) => [.. row.Value<VBuffer<T>>(column).DenseValues()];

    /// <summary>The names of a column's slots.</summary>
    public static string[]? SlotNames(this DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull("SlotNames") is null)
            return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue("SlotNames", ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    /// <summary>Fails where a row differs by more than <paramref name="tolerance"/> in relative norm, and where there is none.</summary>
    public static void AreClose(float[][] expected, float[][] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        Assert.AreNotEqual(0, expected.Length, "There are no rows to compare.");
        for (var row = 0; row < expected.Length; row++)
            Near.InNorm(expected[row], actual[row], tolerance, $"row {row}");
    }
}
