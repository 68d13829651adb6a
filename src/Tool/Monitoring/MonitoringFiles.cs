using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Introspection.Evaluation.Monitoring;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Monitoring;

/// <summary>What was compared, as files for programs. Numbers that are not finite are null, or empty.</summary>
internal static class MonitoringFiles
{
    private static readonly string[] SummaryNames = ["count", "missing", "mean", "deviation", "mean_absolute"],
        DifferenceNames = ["difference", "low", "high", "probability", "adjusted"];

    /// <summary>Two jobs.</summary>
    public static void WriteJson(Stream stream, ExplanationDrift drift)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("first_rows", drift.FirstRows);
        json.WriteNumber("second_rows", drift.SecondRows);
        foreach (var (name, columns) in ((string, IReadOnlyList<ColumnDrift>)[])[("reasons", drift.Reasons), ("others", drift.Others)])
        {
            json.WriteStartArray(name);
            foreach (var column in columns)
            {
                json.WriteStartObject();
                json.WriteString("name", column.Name);
                json.WriteString("level", column.Level.ToString().ToLowerInvariant());
                json.WriteBoolean("certain", column.IsCertain);
                foreach (var (key, value) in Numbers(column))
                    Number(json, key, value);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    /// <summary>Two jobs: a line for each column.</summary>
    public static void WriteCsv(string path, Stream stream, ExplanationDrift drift) => Write(path, stream, ["column", "kind", "level"],
        drift.Reasons.Concat(drift.Others).Select((column, place) => ((IReadOnlyList<string>)
            [column.Name, place < drift.Reasons.Count ? "reason" : "other", column.Level.ToString().ToLowerInvariant()], Numbers(column))));

    /// <summary>Groups.</summary>
    public static void WriteJson(Stream stream, GroupComparison found)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("rows", found.Rows);
        json.WriteString("reference", found.Reference);
        json.WriteStartArray("groups");
        foreach (var group in found.Groups)
        {
            json.WriteStartObject();
            json.WriteString("name", group.Name);
            json.WriteNumber("rows", group.Rows);
            json.WriteBoolean("small", group.IsSmall);
            foreach (var (name, columns) in ((string, IReadOnlyList<GroupColumn>)[])[("reasons", group.Reasons), ("others", group.Others)])
            {
                json.WriteStartArray(name);
                foreach (var column in columns)
                {
                    json.WriteStartObject();
                    json.WriteString("name", column.Name);
                    foreach (var (key, value) in Numbers(column))
                        Number(json, key, value);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Groups: a line for each column of each.</summary>
    public static void WriteCsv(string path, Stream stream, GroupComparison found) => Write(path, stream, ["group", "column", "kind"],
        found.Groups.SelectMany(group => group.Reasons.Concat(group.Others).Select((column, place) => ((IReadOnlyList<string>)
            [group.Name, column.Name, place < group.Reasons.Count ? "reason" : "other"], Numbers(column)))));

    private static IEnumerable<(string Name, double Value)> Numbers(ColumnDrift column) =>
    [
        .. Summary("first_", column.First), .. Summary("second_", column.Second), ("first_rank", Rank(column.FirstRank)),
        ("second_rank", Rank(column.SecondRank)), .. Difference("mean_", column.Mean), .. Difference("size_", column.Size),
        ("distance", column.Distance), ("kolmogorov_smirnov", column.KolmogorovSmirnov), ("stability_index", column.Stability),
        ("stability_by_chance", column.StabilityByChance), ("jensen_shannon", column.JensenShannon), ("bins", column.Bins),
    ];

    private static IEnumerable<(string Name, double Value)> Numbers(GroupColumn column) =>
        [.. Summary("", column.Summary), .. Difference("", column.Difference)];

    private static IEnumerable<(string, double)> Summary(string prefix, ColumnSummary summary) => SummaryNames.Zip(
        (double[])[summary.Count, summary.Missing, summary.Mean, summary.Deviation, summary.MeanAbsolute], (n, v) => (prefix + n, v));

    private static IEnumerable<(string, double)> Difference(string prefix, MeanDifference? difference) => DifferenceNames.Zip(
        difference is not { } d ? Enumerable.Repeat(double.NaN, DifferenceNames.Length)
            : (double[])[d.Value, d.Low, d.High, d.Probability, d.Adjusted], (n, v) => (prefix + n, v));

    private static double Rank(int rank) => rank == 0 ? double.NaN : rank;

    private static void Write(string path, Stream stream, string[] texts,
        IEnumerable<(IReadOnlyList<string> Texts, IEnumerable<(string Name, double Value)> Numbers)> lines)
    {
        ITableWriter? table = null;
        foreach (var (cells, numbers) in lines)
        {
            table ??= ITableWriter.Begin(path, stream,
                [.. texts.Select(t => (t, CellKind.Text)), .. numbers.Select(n => (n.Name, CellKind.Real))]);
            foreach (var cell in cells)
                table.Cell(cell);
            foreach (var (_, value) in numbers)
                table.Cell(double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "");
            table.EndRow();
        }
        table?.Complete();
    }

    private static void Number(Utf8JsonWriter json, string name, double number)
    {
        if (double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
