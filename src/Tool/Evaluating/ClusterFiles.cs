using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Introspection.Evaluation.Clusters;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>Groups of heat maps as files for programs.</summary>
internal static class ClusterFiles
{
    /// <summary>All of it, but for the maps of rows.</summary>
    public static void WriteJson(
        Stream stream, MappedRows rows, IReadOnlyList<(string Name, ClusteredMaps Found)> groups, IReadOnlyList<int>? labels,
        ClassPrototypes? prototypes)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        JsonSerializer.Serialize(json, new
        {
            rows = rows.Maps.Count, height = rows.Height, width = rows.Width, confidence = rows.KnowsConfidence,
            prototypes = prototypes is null ? null : new
            {
                layer = prototypes.Layer, distances = prototypes.Distances, densities = prototypes.LogLikelihoods,
                classes = prototypes.All.Select(p => new
                {
                    @class = p.Class, number = p.Number, share = p.Share, rows = p.Rows, nearest = p.Nearest, centre = p.Centre,
                }),
            },
            groups = groups.Select(g => new
            {
                name = g.Name, rows = g.Found.Rows, eigenvalues = g.Found.Spectrum.Eigenvalues,
                layout = g.Found.UsesTSne ? "t-sne" : "spectral", points = g.Found.Layout.Chunk(2),
                clusterings = g.Found.Clusterings.Select(c => new
                {
                    name = c.Name, silhouette = c.Silhouette, labels = c.Labels,
                    clusters = c.Clusters.Select(k => new
                    {
                        label = k.Label, rows = k.Rows, share = k.Share, @class = k.Class, purity = k.Purity, probability = k.Confidence,
                        silhouette = k.Silhouette, suspicious = k.Suspicious, sentence = k.Sentence,
                        truth = labels is null ? null : k.Rows.GroupBy(r => labels[r]).OrderBy(t => t.Key)
                            .ToDictionary(t => t.Key.ToString(CultureInfo.InvariantCulture), t => t.Count()),
                        map = c == g.Found.Clusterings[0] ? k.MeanMap : null,
                    }),
                }),
            }),
        });
    }

    /// <summary>A line for each row.</summary>
    public static void WriteTable(string path, Stream stream, MappedRows rows, IReadOnlyList<(string Name, ClusteredMaps Found)> groups,
        IReadOnlyList<int>? labels, ClassPrototypes? prototypes)
    {
        var ways = groups[0].Found.Clusterings.Select(c => c.Name).ToList();
        var table = ITableWriter.Begin(path, stream, [("row", CellKind.Whole), ("group", CellKind.Text), ("predicted", CellKind.Whole),
            ("probability", CellKind.Real), .. labels is null ? [] : ((string, CellKind)[])[("label", CellKind.Whole)],
            ("x", CellKind.Real), ("y", CellKind.Real), .. ways.Select(w => (w, CellKind.Whole)), ("suspicious", CellKind.Whole),
            .. prototypes is null ? [] : ((string, CellKind)[])[("prototype", CellKind.Whole), ("distance", CellKind.Real),
                ("density", CellKind.Real)]]);
        foreach (var (row, group, place) in groups.SelectMany(g => g.Found.Rows.Select((row, i) => (row, g, i))).OrderBy(r => r.row))
        {
            var found = group.Found;
            table.Cell(Whole(row));
            table.Cell(group.Name);
            table.Cell(Whole(rows.Predicted[row]));
            table.Cell(Real(rows.Probabilities[row]));
            if (labels is not null)
                table.Cell(Whole(labels[row]));
            table.Cell(Real(found.Layout[2 * place]));
            table.Cell(Real(found.Layout[2 * place + 1]));
            foreach (var way in found.Clusterings)
                table.Cell(Whole(way.Labels[place]));
            table.Cell(found.Clusterings[0].Clusters.Single(c => c.Label == found.Clusterings[0].Labels[place]).Suspicious ? "1" : "0");
            if (prototypes is not null)
            {
                table.Cell(Whole(prototypes.Numbers[row]));
                table.Cell(Real(prototypes.Distances[row]));
                table.Cell(Real(prototypes.LogLikelihoods[row]));
            }
            table.EndRow();
        }
        table.Complete();

        static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
        static string Real(double number) => number.ToString("R", CultureInfo.InvariantCulture);
    }
}
