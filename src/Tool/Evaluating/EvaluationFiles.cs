using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Reports;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>Results as files for programs. Numbers that are not finite are null, or empty.</summary>
internal static class EvaluationFiles
{
    /// <summary>All of it.</summary>
    public static void WriteJson(Stream stream, EvaluationResult result, IReadOnlyList<SanityRow> sanity)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("rows", result.Rows);
        json.WriteStartArray("results");
        foreach (var cell in result.Cells)
        {
            json.WriteStartObject();
            json.WriteString("method", cell.Method);
            json.WriteString("metric", cell.Metric.Name);
            json.WriteString("better", cell.Metric.Metric.Better.ToString().ToLowerInvariant());
            if (cell.Obstacle is not null)
                json.WriteString("obstacle", cell.Obstacle);
            Number(json, "median", cell.Median);
            Number(json, "low", cell.Interval.Low);
            Number(json, "high", cell.Interval.High);
            json.WriteNumber("n", cell.Count);
            json.WriteNumber("scored", cell.Passes);
            json.WriteNumber("explained", cell.Explanations);
            Numbers(json, "values", cell.Values);
            if (cell.Curve.Count > 0)
                Numbers(json, "curve", cell.Curve);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("agreement");
        for (var i = 0; i < result.Agreement.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("method", result.Methods[i / result.Methods.Count].Name);
            json.WriteString("other", result.Methods[i % result.Methods.Count].Name);
            Number(json, "rankCorrelation", result.Agreement[i]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("sanity");
        foreach (var row in sanity)
        {
            json.WriteStartObject();
            json.WriteString("method", row.Method);
            json.WriteStartArray("layers");
            foreach (var layer in row.Layers)
                json.WriteStringValue(layer);
            json.WriteEndArray();
            Numbers(json, row.By, row.Similarity);
            if (row.Permuted is { } permuted)
                Number(json, "permutedLabels", permuted);
            if (row.Shifted is { } shifted)
                Number(json, "shiftedRows", shifted);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A line for each method, metric and row.</summary>
    public static void WriteCsv(string path, Stream stream, EvaluationResult result)
    {
        var table = ITableWriter.Begin(path, stream,
            [("method", CellKind.Text), ("metric", CellKind.Text), ("row", CellKind.Whole), ("value", CellKind.Real)]);
        foreach (var cell in result.Cells)
            foreach (var (row, value) in cell.Values.Index())
            {
                table.Cell(cell.Method);
                table.Cell(cell.Metric.Name);
                table.Cell(row.ToString(CultureInfo.InvariantCulture));
                table.Cell(double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "");
                table.EndRow();
            }
        table.Complete();
    }

    private static void Number(Utf8JsonWriter json, string name, double number)
    {
        if (double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    private static void Numbers(Utf8JsonWriter json, string name, IReadOnlyList<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            if (double.IsFinite(number))
                json.WriteNumberValue(number);
            else
                json.WriteNullValue();
        json.WriteEndArray();
    }
}
