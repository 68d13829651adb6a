using System.Text.Json;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How often which score occurs over all rows, of each class by itself where rows have one of a few.</summary>
/// <param name="From">Where the first bin begins.</param>
/// <param name="To">Where the last bin ends.</param>
/// <param name="Classes">What is true of rows; empty where it is not known, or too many things are.</param>
/// <param name="Counts">For every bin the rows of each class, or one number.</param>
internal sealed record ScoreCounts(double From, double To, IReadOnlyList<string> Classes, int[][] Counts)
{
    public const int Bins = 38;
    private const int MostClasses = 12;

    /// <summary>The rows of the fullest bin.</summary>
    public int Most => Counts.Max(bin => bin.Sum());

    public double BoundOf(int bin) => From + (To / Bins - From / Bins) * bin;

    public static ScoreCounts Of(ShapValues values)
    {
        string[] classes = [.. (values.Labels ?? []).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length > MostClasses)
            classes = [];
        var scale = LinearScale.Spanning(values.Predictions.Append(values.BaseValueOf(0)), 0, Bins);
        int[][] counts = [.. Enumerable.Range(0, Bins).Select(_ => new int[Math.Max(classes.Length, 1)])];
        for (var row = 0; row < values.RowCount; row++)
            counts[Math.Min((int)scale.At(values.Predictions[row]), Bins - 1)][
                classes.Length > 0 ? Array.IndexOf(classes, values.Labels![row]) : 0]++;
        return new ScoreCounts(scale.From, scale.To, classes, counts);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("histogram");
        PlotRows.WriteNumbers(json, "span", [From, To]);
        json.WriteStartArray("classes");
        foreach (var name in Classes)
            json.WriteStringValue(PlotRows.Shown(name));
        json.WriteEndArray();
        PlotRows.WriteNumbers(json, "counts", Counts.SelectMany(bin => bin).Select(count => (double)count));
        json.WriteEndObject();
    }
}
