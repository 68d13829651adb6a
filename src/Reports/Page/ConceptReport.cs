using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Pages of concepts: tested (TCAV), found (factorised layers), and of channels with the rows that stand for them.</summary>
public static class ConceptReport
{
    private const int Width = 64;

    /// <summary>What TCAV says of concepts, layer by layer; those that chance may have made are told.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="results">The results.</param>
    /// <param name="facts">What is said of model and data.</param>
    /// <param name="pictures">What shows each concept, by its name; null for nothing.</param>
    public static Report Tested(string title, IReadOnlyList<TcavResult> results, IReadOnlyList<(string Name, object? Value)>? facts = null,
        IReadOnlyDictionary<string, IReadOnlyList<Raster>>? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(results);
        var report = new Report(title, "To which concepts the score is sensitive") { new Facts([.. facts ?? []]) };
        foreach (var layer in results.GroupBy(r => r.Layer))
        {
            var random = layer.First().RandomScores;
            var table = new Table("Concept", "TCAV", "Deviation", "Random sets", "Mean derivative", "p", "p of several", "Told apart");
            foreach (var r in layer.OrderByDescending(r => r.Scores.Average(s => s.Share)))
                table.Add(r.Concept, r.Scores.Average(s => s.Share), Deviation(r.Scores), r.RandomScores.Average(s => s.Share),
                    r.Scores.Average(s => s.Mean), r.Test.Probability, r.Probability, Numbers.Percent(r.Vectors.Average(v => v.Accuracy)));
            report.Add(new Section(layer.Key, $"{layer.Count(r => r.IsSignificant)} of {layer.Count()} concepts matter")
            {
                new AttributionBars([.. layer.Select(r => new FeatureAttribution(r.Concept + (r.IsSignificant ? " *" : ""),
                    r.Scores.Average(s => s.Share))), new FeatureAttribution("random sets", random.Average(s => s.Share))])
                {
                    // Shares do not add up: there is a bar for each.
                    Signed = false, MaximumBars = Math.Min(layer.Count() + 1, 500),
                    Caption = "The share of rows whose score grows towards the concept, on average over its vectors; * told from chance.",
                },
                table,
            });
        }
        if (pictures is { Count: > 0 })
            report.Add(new Section("What shows them")
            {
                new UnitGrid([.. pictures.Select(p => new ShownUnit(p.Key, "",
                    [.. p.Value.Select((picture, i) => new ShownExample($"{p.Key}, {i + 1}", picture))]))], Width),
            });
        return report;
    }

    /// <summary>Concepts that a layer falls into, each with the rows that have most of it, dark where it is not.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="bank">The concepts.</param>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, all of them that <paramref name="maps"/> has.</param>
    /// <param name="maps">How much of each concept every position of each row has, shape [rows, concepts, positions].</param>
    /// <param name="space">The extents of a map.</param>
    /// <param name="importance">How much of the score hangs on each concept; null where nobody asked.</param>
    /// <param name="facts">What is said of model and data.</param>
    /// <param name="most">How many rows of each concept.</param>
    /// <param name="rowName">What a row is called; null for its number.</param>
    public static Report Found(string title, ConceptBank bank, Network network, ExampleRows rows, double[] maps, IReadOnlyList<int> space,
        IReadOnlyList<double>? importance = null, IReadOnlyList<(string Name, object? Value)>? facts = null, int most = 8,
        Func<long, string>? rowName = null)
    {
        ArgumentNullException.ThrowIfNull(bank);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(maps);
        var positions = rows.Numbers.Count == 0 ? 1 : maps.Length / bank.Count / rows.Numbers.Count;
        if (rows.Numbers.Count == 0 || maps.Length != rows.Numbers.Count * bank.Count * positions || positions < 1)
            throw new ArgumentException($"Maps of {rows.Numbers.Count} rows and {bank.Count} concepts were expected, one row at least; "
                + $"{maps.Length} numbers were given.", nameof(maps));
        var report = new Report(title, $"What {bank.Layer} falls into") { new Facts([.. facts ?? [], ("Concepts", bank.Count)]) };
        if (importance is not null)
            report.Add(new Section("Importance", "how much of the score's variance hangs on each where concepts are dimmed")
            {
                new AttributionBars(importance.Select((value, k) => new FeatureAttribution($"Concept {k}", value))) { Signed = false },
            });
        var last = ChannelsLast(network);
        var drawing = new ExamplePictures(rows, last);
        var order = Enumerable.Range(0, bank.Count).OrderByDescending(k => importance?[k] ?? 0).ThenBy(k => k);
        report.Add(new Section("Concepts", "the rows that have most of each; bright where it is")
        {
            new UnitGrid([.. order.Select(Shown)], 96),
        });
        return report;

        ShownUnit Shown(int concept)
        {
            float[] Map(int row) => Array.ConvertAll(
                maps[((row * bank.Count + concept) * positions)..((row * bank.Count + concept + 1) * positions)], v => (float)v);
            var means = Enumerable.Range(0, rows.Numbers.Count).Select(r => Map(r).Average()).ToArray();
            float[] all = [.. Enumerable.Range(0, rows.Numbers.Count).SelectMany(Map).Order()];
            var threshold = all[(int)(0.9 * (all.Length - 1))];
            var strongest = Enumerable.Range(0, bank.Channels)
                .OrderByDescending(c => bank.Vectors[concept * bank.Channels + c]).ThenBy(c => c).Take(3);
            return new ShownUnit($"Concept {concept}", $"channels {string.Join(", ", strongest)}",
            [
                .. means.Index().OrderByDescending(m => m.Item).ThenBy(m => m.Index).Take(most).Select(m => new ShownExample(
                    $"{rowName?.Invoke(rows.Numbers[m.Index]) ?? $"row {rows.Numbers[m.Index]}"}: {Numbers.Format(m.Item)}",
                    Picture(rows.Seen(rows.Numbers[m.Index]), Map(m.Index), threshold))),
            ]);
        }

        Raster Picture(Tensor row, float[] map, double threshold) => !ExamplePictures.IsImage(row, last)
            ? row.Dimensions.Length <= 2 ? drawing.Signal(row, map, false) : drawing.Image(row)
            : positions == 1 ? drawing.Image(row) : drawing.Masked(row, map, space, threshold);
    }

    /// <summary>The channels of layers with the rows that stand for them (RelMax, ActMax).</summary>
    /// <param name="title">The heading.</param>
    /// <param name="network">The network.</param>
    /// <param name="references">The rows of each layer's channels, by one criterion.</param>
    /// <param name="rows">Those rows.</param>
    /// <param name="relevances">How relevant each channel is on average, layer by layer: the most relevant are shown.</param>
    /// <param name="facts">What is said of model and data.</param>
    /// <param name="mostChannels">How many channels of each layer.</param>
    /// <param name="rowName">What a row is called; null for its number.</param>
    /// <param name="graph">Which channels owe their relevance to which, of one row; null for nothing.</param>
    public static Report Channels(string title, Network network, IReadOnlyList<ReferenceRows> references, ExampleRows rows,
        IReadOnlyList<double[]> relevances, IReadOnlyList<(string Name, object? Value)>? facts = null, int mostChannels = 16,
        Func<long, string>? rowName = null, AttributionGraph? graph = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(relevances);
        var report = new Report(title, "Which channels the score comes through, and what they stand for") { new Facts([.. facts ?? []]) };
        var drawing = new ExamplePictures(rows, ChannelsLast(network));
        foreach (var (of, relevance) in references.Zip(relevances))
        {
            int[] shown = [.. Enumerable.Range(0, relevance.Length).OrderByDescending(c => relevance[c]).ThenBy(c => c).Take(mostChannels)];
            report.Add(new Section(of.Layer,
                $"{shown.Length} of {relevance.Length} channels, the most relevant first; rows by {of.Criterion}")
            {
                new AttributionBars(shown.Select(c => new FeatureAttribution($"Channel {c}", relevance[c])))
                {
                    Caption = "The channel's share of the relevance, on average over all rows.", MaximumBars = mostChannels,
                },
                new UnitGrid([.. shown.Select(c => new ShownUnit($"Channel {c}", "", [.. of.Rows[c].Zip(of.Values[c])
                    .Where(r => r.Second > 0).Select(r => new ShownExample(
                        $"{rowName?.Invoke(r.First) ?? $"row {r.First}"}: {Numbers.Format(r.Second)}", Drawn(rows.Seen(r.First))))]))],
                    Width),
            });
        }
        if (graph is not null)
        {
            var table = new Table("Layer", "Channel", "Relevance", "Owes to") { MaximumRows = 400 };
            foreach (var node in graph.Nodes)
                table.Add(node.Layer, node.Channel, node.Relevance, string.Join("; ", graph.Edges.Where(e => e.From == node)
                    .Select(e => $"{e.To.Layer} {e.To.Channel}: {Numbers.Format(e.Relevance)}")));
            report.Add(new Section("Attribution graph", "which channels below a channel's relevance comes from, in one row") { table });
        }
        return report;

        Raster Drawn(Tensor row) => row.Dimensions.Length <= 2 ? drawing.Signal(row, [0], false) : drawing.Image(row);
    }

    /// <summary>The channels that a page of references shows, and their rows.</summary>
    /// <inheritdoc cref="Channels" path="/param"/>
    public static IReadOnlyList<long> RowsOf(
        IReadOnlyList<ReferenceRows> references, IReadOnlyList<double[]> relevances, int mostChannels = 16)
    {
        ArgumentNullException.ThrowIfNull(references);
        return [.. references.Zip(relevances).SelectMany(r => Enumerable.Range(0, r.Second.Length).OrderByDescending(c => r.Second[c])
            .ThenBy(c => c).Take(mostChannels).SelectMany(c => r.First.Rows[c])).Distinct().Order()];
    }

    /// <summary>Rows of images as pictures on one scale.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows.</param>
    public static IReadOnlyList<Raster> Pictures(Network network, ExampleRows rows)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        var last = ChannelsLast(network);
        if (rows.Numbers.Count == 0 || !ExamplePictures.IsImage(rows.Seen(rows.Numbers[0]), last))
            return [];
        var drawing = new ExamplePictures(rows, last);
        return [.. rows.Numbers.Select(r => drawing.Image(rows.Seen(r)))];
    }

    private static double Deviation(IReadOnlyList<ConceptScore> scores)
    {
        var mean = scores.Average(s => s.Share);
        return Math.Sqrt(scores.Average(s => (s.Share - mean) * (s.Share - mean)));
    }

    private static bool ChannelsLast(Network network) =>
        network.Inputs[0].Shape!.Rank > 2 && network.ChannelsOf(network.Inputs[0].Name) != 1;
}
