using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>
/// A line for each row and explained output: the row's number from 0, what is carried along, the output, its score, the base value, and the
/// values; and a second table with the interactions, a line for each feature.
/// </summary>
internal sealed class ShapTable : IShapResults
{
    private readonly Explainer _explainer;
    private readonly List<(AtomicFile File, CsvWriter Csv)> _tables = [];

    /// <summary>Begins the files with their headers.</summary>
    /// <param name="paths">Where they lie.</param>
    /// <param name="delimiter">What separates cells.</param>
    /// <param name="carriedNames">The names of the cells carried along.</param>
    /// <param name="explainer">What explains the rows.</param>
    public ShapTable(ShapPaths paths, char delimiter, IReadOnlyList<string> carriedNames, Explainer explainer)
    {
        _explainer = explainer;
        try
        {
            Begin(paths.Values, delimiter, ["row", .. carriedNames, "target", "score", "base", .. explainer.PlayerNames]);
            if (paths.Interactions is { } interactions)
                Begin(interactions, delimiter, ["row", "target", "feature", .. explainer.PlayerNames]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Append(RowBlock rows, Explanations result)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            var number = (rows.First + row).ToString(CultureInfo.InvariantCulture);
            for (var slot = 0; slot < result.Slots; slot++)
            {
                var at = row * result.Slots + slot;
                var output = _explainer.Outputs.Name(result.Outputs[at], _explainer.OutputName);
                Write(_tables[0].Csv, [number, .. rows.Carried[row], output], [result.Scores[at], result.BaseValues[at]], result.Values.Slice(at * result.Players, result.Players));
                for (var player = 0; result.HasInteractions && player < result.Players; player++)
                    Write(_tables[1].Csv, [number, output, _explainer.PlayerNames[player]], [], result.Interactions.Slice((at * result.Players + player) * result.Players, result.Players));
            }
        }
    }

    public void Complete()
    {
        foreach (var (file, csv) in _tables)
        {
            csv.Flush();
            file.Commit();
        }
    }

    public void Dispose() => _tables.ForEach(t => t.File.Dispose());

    private void Begin(string path, char delimiter, IEnumerable<string> header)
    {
        var file = new AtomicFile(path);
        var csv = new CsvWriter(
            new StreamWriter(file.Stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true),
            new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n", Delimiter = delimiter.ToString() });
        _tables.Add((file, csv));
        Write(csv, [.. ColumnNames.Distinct(header)], [], []);
    }

    private static void Write(CsvWriter csv, ReadOnlySpan<string> cells, ReadOnlySpan<double> numbers, ReadOnlySpan<double> values)
    {
        foreach (var cell in cells)
            csv.WriteField(cell);
        // The shortest texts that read back as the same numbers.
        foreach (var number in numbers)
            csv.WriteField(number.ToString(CultureInfo.InvariantCulture));
        foreach (var value in values)
            csv.WriteField(value.ToString(CultureInfo.InvariantCulture));
        csv.NextRecord();
    }
}
