using System.Globalization;
using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Text;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Results;
using Spectre.Console;

namespace Microsoft.ML.Introspection.Tool.Texts;

/// <summary>Words with their scores, as tables and as JSON.</summary>
internal static class TextTable
{
    private static readonly (string Name, CellKind Kind)[] Columns =
    [
        ("row", CellKind.Whole), ("method", CellKind.Text), ("target", CellKind.Whole), ("score", CellKind.Real), ("kind", CellKind.Text),
        ("word", CellKind.Text), ("start", CellKind.Whole), ("end", CellKind.Whole), ("attribution", CellKind.Real),
    ];

    /// <summary>Refuses a file that words cannot go into.</summary>
    /// <exception cref="UsageException">It is one of arrays, or of no kind that is known.</exception>
    public static void Check(string path)
    {
        if (!IsJson(path) && !DataFiles.IsTable(path))
            throw new UsageException($"'{path}' is a file of arrays; words go into a table (.csv, .tsv, .jsonl, .parquet) or .json.");
    }

    /// <summary>Writes a file: JSON, or a table by its ending.</summary>
    public static void Write(string path, IReadOnlyList<TextResult> results)
    {
        if (IsJson(path))
            AtomicFile.Write(path, stream => WriteJson(stream, results));
        else if (path == DataFiles.Standard)
            WriteTable(path, Console.OpenStandardOutput(), results);
        else
            AtomicFile.Write(path, stream =>
            {
                using var packed = DataFiles.IsPacked(path) ? new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true) : null;
                WriteTable(path, packed ?? stream, results);
            });
    }

    /// <summary>Lists the words on the screen, a table for each text and method.</summary>
    public static void Show(Terminal terminal, IReadOnlyList<TextResult> results)
    {
        foreach (var (result, text, row) in Each(results))
        {
            terminal.Out.WriteLine(Terminal.Printable(text.Target is null ? $"text {row}, {result.Method}: no word to explain"
                : string.Create(CultureInfo.InvariantCulture,
                    $"text {row}, {result.Method}: target {text.Target}, score {text.Score:0.####}")));
            var table = new Table().Border(TableBorder.Simple).AddColumn("word").AddColumn(new TableColumn("attribution").RightAligned());
            foreach (var word in text.Words)
                table.AddRow(Markup.Escape(Terminal.Printable(word.Text) + (word.IsSeen ? "" : " (not seen)")), Shown(word.Score));
            foreach (var (kind, score) in Rest(text))
                table.AddRow($"({kind})", Shown(score));
            table.AddRow("(total)", Shown(text.Total));
            terminal.Write(table);
        }
    }

    /// <summary>What is no word's, by what it is.</summary>
    public static IEnumerable<(string Kind, double Score)> Rest(TextExplanation text) => text.TokenScores.Count == 0 ? []
        : [("added tokens", text.Added), ("padding", text.Padding), ("blanks", text.Blank)];

    private static bool IsJson(string path) => Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);

    private static string Shown(double score) => score.ToString("+0.0000;-0.0000;0", CultureInfo.InvariantCulture);

    private static IEnumerable<(TextResult Result, TextExplanation Text, int Row)> Each(IReadOnlyList<TextResult> results) =>
        Enumerable.Range(0, results[0].Texts.Count).SelectMany(row => results.Select(result => (result, result.Texts[row], row)));

    private static void WriteTable(string path, Stream stream, IReadOnlyList<TextResult> results)
    {
        var table = ITableWriter.Begin(path, stream, Columns);
        foreach (var (result, text, row) in Each(results))
        {
            foreach (var word in text.Words)
                Line(result, text, row, word.IsSeen ? word.Sequence == 0 ? "word" : "second" : "unseen", word.Text, word.Span, word.Score);
            foreach (var (kind, score) in Rest(text))
                Line(result, text, row, kind, "", default, score);
        }
        table.Complete();
        (table as IDisposable)?.Dispose();

        void Line(TextResult result, TextExplanation text, int row, string kind, string word, TextSpan span, double score)
        {
            table.Cell(row.ToString(CultureInfo.InvariantCulture));
            table.Cell(result.Method);
            table.Cell((text.Target ?? -1).ToString(CultureInfo.InvariantCulture));
            table.Cell((text.Score ?? double.NaN).ToString("R", CultureInfo.InvariantCulture));
            table.Cell(kind);
            table.Cell(word);
            table.Cell(span.Start.ToString(CultureInfo.InvariantCulture));
            table.Cell(span.End.ToString(CultureInfo.InvariantCulture));
            table.Cell(score.ToString("R", CultureInfo.InvariantCulture));
            table.EndRow();
        }
    }

    private static void WriteJson(Stream stream, IReadOnlyList<TextResult> results)
    {
        // A file of its own, never part of a page.
        using var json = new Utf8JsonWriter(stream,
            new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartArray();
        foreach (var (result, text, row) in Each(results))
        {
            json.WriteStartObject();
            json.WriteNumber("row", row);
            json.WriteString("method", result.Method);
            json.WriteString("text", text.Text.First);
            if (text.Text.Second is { } second)
                json.WriteString("second", second);
            if (text.Target is { } target)
                json.WriteNumber("target", target);
            Number(json, "score", text.Score ?? double.NaN);
            json.WriteStartArray("words");
            foreach (var word in text.Words)
            {
                json.WriteStartObject();
                json.WriteString("text", word.Text);
                json.WriteNumber("start", word.Span.Start);
                json.WriteNumber("end", word.Span.End);
                if (text.Text.Second is not null)
                    json.WriteNumber("sequence", word.Sequence);
                Number(json, "attribution", word.Score);
                if (!word.IsSeen)
                    json.WriteBoolean("seen", false);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            Tokens(json, text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Tokens(Utf8JsonWriter json, TextExplanation text)
    {
        if (text.TokenScores.Count > 0)
        {
            json.WriteStartArray("tokens");
            foreach (var (token, score) in text.Text.Tokens.Zip(text.TokenScores))
            {
                json.WriteStartObject();
                json.WriteNumber("id", token.Id);
                json.WriteString("token", token.Text);
                json.WriteNumber("start", token.Span.Start);
                json.WriteNumber("end", token.Span.End);
                if (token.IsSpecial)
                    json.WriteBoolean("added", true);
                Number(json, "attribution", score);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartObject("rest");
            Number(json, "added", text.Added);
            Number(json, "padding", text.Padding);
            Number(json, "blank", text.Blank);
            json.WriteEndObject();
        }
        Number(json, "total", text.Total);
    }

    // JSON has no NaN.
    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
