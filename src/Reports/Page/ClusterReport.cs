using System.Globalization;
using Microsoft.ML.Introspection.Evaluation.Clusters;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A page of heat maps in groups: which strategies a network has, and which of them deserve a look.</summary>
public static class ClusterReport
{
    private const int PictureWidth = 64, MapWidth = 152, MostBars = 12, MostClusters = 12, MostChannels = 4,
        MostUnusual = 10;

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="rows">The rows with their maps.</param>
    /// <param name="groups">The maps that were grouped together, each under its name: all, or those of a class.</param>
    /// <param name="network">The network.</param>
    /// <param name="examples">The rows that <see cref="RowsOf"/> names; null for a page without them.</param>
    /// <param name="facts">What is said of model and data.</param>
    /// <param name="mostRows">How many rows of each cluster.</param>
    /// <param name="rowName">What a row is called; null for its number.</param>
    /// <param name="prototypes">Prototypes of the predicted classes; null for none.</param>
    public static Report Of(string title, MappedRows rows, IReadOnlyList<(string Name, ClusteredMaps Found)> groups, Network network,
        ExampleRows? examples = null, IReadOnlyList<(string Name, object? Value)>? facts = null, int mostRows = 8,
        Func<long, string>? rowName = null, ClassPrototypes? prototypes = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(network);
        var suspicious = groups.SelectMany(g => g.Found.Suspicious.Select(c => (g.Name, c.Sentence))).ToList();
        var report = new Report(title, "Which strategies the network has, by groups of alike heat maps")
        {
            new Facts([.. facts ?? [], ("Rows", rows.Maps.Count), ("Map", $"{rows.Height} × {rows.Width}")]),
            new Section("Suspicious clusters", "small, of one predicted class, and confident")
            {
                new Paragraph(suspicious.Count == 0 ? "None. A mark that most rows of a class bear makes no small cluster."
                    : string.Join("\n", suspicious.Select(s => groups.Count > 1 ? $"{s.Name}: {s.Sentence}" : s.Sentence))),
                new Paragraph(What(rows)),
            },
        };
        var pictures = examples is null ? null : new Pictures(rows, network, examples, rowName);
        foreach (var (name, found) in groups)
            report.Add(Group(name, rows, found, mostRows, pictures, rowName));
        if (prototypes is not null)
            report.Add(Prototypes(prototypes, rows, pictures, rowName));
        return report;
    }

    /// <summary>
    /// The rows that the page shows: of each cluster those whose maps are nearest to its mean, those of prototypes, and the most unusual.
    /// </summary>
    /// <inheritdoc cref="Of" path="/param"/>
    public static IReadOnlyList<long> RowsOf(MappedRows rows, IReadOnlyList<(string Name, ClusteredMaps Found)> groups, int mostRows = 8,
        ClassPrototypes? prototypes = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(groups);
        return [.. groups.SelectMany(g => g.Found.Clusterings[0].Clusters.Take(MostClusters).SelectMany(c => Typical(rows, c, mostRows)))
            .Concat(prototypes is null ? [] : prototypes.All.SelectMany(p => p.Nearest).Concat(Unusual(prototypes)))
            .Select(r => (long)r).Distinct().Order()];
    }

    private static string What(MappedRows rows) => "What the numbers do not say: whether a strategy is wrong. A rare but right one looks "
        + "the same, and a wrong one that all rows share makes no cluster of its own. The number of clusters is a hint of the eigenvalues; "
        + "distances between far groups of the scatter mean nothing."
        + (rows.KnowsConfidence ? "" : " The network's outputs are no probabilities: every row counts as confident.");

    private static Section Group(string name, MappedRows rows, ClusteredMaps found, int mostRows, Pictures? pictures,
        Func<long, string>? rowName)
    {
        var chosen = found.Clusterings[0];
        string[] names = [.. chosen.Clusters.Select(c => $"cluster {c.Label}")];
        var places = chosen.Clusters.Index().ToDictionary(c => c.Item.Label, c => c.Index);
        var table = new Table("Cluster", "Rows", "Share", "Predicted", "Purity", "Probability", "Silhouette", "Suspicious");
        foreach (var c in chosen.Clusters)
            table.Add(c.Label, c.Rows.Count, Numbers.Percent(c.Share), $"class {c.Class}", Numbers.Percent(c.Purity), c.Confidence,
                c.Silhouette, c.Suspicious ? "look" : "");
        var ways = new Table("Way", "Clusters", "Silhouette", "In none") { Caption = "Other ways to group the same maps" };
        foreach (var way in found.Clusterings)
            ways.Add(way.Name, way.Clusters.Count, way.Silhouette, way.Labels.Count(l => l == DensityClusters.Noise));
        var section = new Section(name, $"{found.Rows.Count} rows in {chosen.Clusters.Count} clusters")
        {
            new GroupScatter([.. found.Rows.Select((row, i) => new GroupPoint(found.Layout[2 * i], found.Layout[2 * i + 1],
                places[chosen.Labels[i]], string.Create(CultureInfo.InvariantCulture, $"{Name(row, rowName)}, cluster {chosen.Labels[i]}, ")
                    + $"class {rows.Predicted[row]}"))], names)
            {
                Caption = found.UsesTSne ? "Each point is a row; rows with alike maps lie together (t-SNE)."
                    : "Each point is a row, at the first two axes of the spectral embedding.",
            },
            new LineChart(new ChartLine("eigenvalues", found.Spectrum.Eigenvalues))
            {
                Caption = $"Eigenvalues of the graph: as many at 0 as it has pieces. A jump after the {Ordinal(chosen.Clusters.Count)} "
                    + "speaks for as many clusters.",
                XTitle = "eigenvalue", YTitle = "size",
                Places = [.. Enumerable.Range(1, found.Spectrum.Eigenvalues.Length).Select(i => (double)i)],
            },
            table,
        };
        var shown = chosen.Clusters.Take(MostClusters).ToList();
        if (rows.Height > 1)
            section.Add(new Gallery([.. shown.Select(c => Figure.Of(
                new Heatmap([.. c.MeanMap.Select(v => (float)v)], rows.Height, rows.Width, new() { Symmetric = true }),
                $"{c.Rows.Count} rows", $"The mean heat map of cluster {c.Label}") with
            {
                Heading = $"Mean map of cluster {c.Label}", DisplayWidth = MapWidth,
            })]));
        else if (rows.Width <= 64)
            foreach (var c in shown)
                section.Add(new AttributionBars(c.MeanMap.Select((v, i) => new FeatureAttribution($"feature {i}", v)))
                {
                    Caption = $"Cluster {c.Label}: the mean of its rows' shares, red in favour.", MaximumBars = MostBars,
                });
        else
            section.Add(new LineChart(shown.Select(c => new ChartLine($"cluster {c.Label}", c.MeanMap)))
            {
                Caption = "The mean map of each cluster.", XTitle = "position", YTitle = "share",
            });
        if (pictures is not null)
            section.Add(new UnitGrid([.. shown.Select(c => new ShownUnit($"Cluster {c.Label}", c.Suspicious ? "suspicious"
                : $"{c.Rows.Count} rows", [.. Typical(rows, c, mostRows).SelectMany(pictures.Of)]))], PictureWidth));
        return section.Add(ways);
    }

    private static Section Prototypes(ClassPrototypes prototypes, MappedRows rows, Pictures? pictures, Func<long, string>? rowName)
    {
        var table = new Table("Row", "Predicted", "Prototype", "Distance", "Log density")
        {
            Caption = "The rows furthest from all prototypes of their class: judged in an unusual way, rightly or not",
        };
        foreach (var row in Unusual(prototypes))
            table.Add(Name(row, rowName), $"class {rows.Predicted[row]}", prototypes.Numbers[row], prototypes.Distances[row],
                prototypes.LogLikelihoods[row]);
        var section = new Section("Prototypes of classes", $"typical ways in which classes come about in {prototypes.Layer}")
        {
            new UnitGrid([.. prototypes.All.Select(p => new ShownUnit($"Class {p.Class}, prototype {p.Number}",
                $"{Numbers.Percent(p.Share)} of the class; channels {Channels(p)}",
                [.. pictures is null ? [] : p.Nearest.SelectMany(pictures.Of)]))], PictureWidth),
            table,
        };
        return pictures is null ? section : section.Add(new UnitGrid(
            [new ShownUnit("The most unusual rows", "", [.. Unusual(prototypes).SelectMany(pictures.Of)])], PictureWidth));
    }

    private static string Channels(ClassPrototype prototype) => string.Join(", ", prototype.Centre.Index()
        .OrderByDescending(c => c.Item).ThenBy(c => c.Index).Take(MostChannels).Select(c => $"{c.Index} ({Numbers.Percent(c.Item)})"));

    private static IEnumerable<int> Unusual(ClassPrototypes prototypes) => Enumerable.Range(0, prototypes.Distances.Length)
        .OrderByDescending(r => prototypes.Distances[r]).ThenBy(r => r).Take(MostUnusual);

    private static string Ordinal(int number) => number switch { 1 => "first", 2 => "second", 3 => "third", _ => $"{number}th" };

    private static string Name(long row, Func<long, string>? rowName) => rowName?.Invoke(row) ?? $"row {row}";

    private static IEnumerable<int> Typical(MappedRows rows, MapCluster cluster, int most)
    {
        var (size, mean) = (rows.Height * rows.Width, cluster.MeanMap.ToArray());
        return cluster.Rows.OrderBy(r => System.Numerics.Tensors.TensorPrimitives.Distance<double>(
            rows.Maps.Values.AsSpan(r * size, size), mean)).ThenBy(r => r).Take(most);
    }

    // A row, and its map beside it where that is a picture.
    private sealed class Pictures(MappedRows rows, Network network, ExampleRows examples, Func<long, string>? rowName)
    {
        private readonly bool _last = network.Inputs[0].Shape!.Rank > 2 && network.ChannelsOf(network.Inputs[0].Name) != 1;

        private readonly ExamplePictures _drawing = new(examples,
            network.Inputs[0].Shape!.Rank > 2 && network.ChannelsOf(network.Inputs[0].Name) != 1);

        public IEnumerable<ShownExample> Of(int row)
        {
            var seen = examples.Seen(row);
            var says = $"{Name(row, rowName)}, class {rows.Predicted[row]}";
            var size = rows.Height * rows.Width;
            float[] map = [.. rows.Maps.Values.AsSpan(row * size, size).ToArray().Select(v => (float)v)];
            if (!ExamplePictures.IsImage(seen, _last))
            {
                yield return new ShownExample(says, seen.Dimensions.Length > 2 ? _drawing.Image(seen) : _drawing.Signal(seen, map, _last));
                yield break;
            }
            yield return new ShownExample(says, _drawing.Image(seen));
            yield return new ShownExample($"{says}: its map", new Heatmap(map, rows.Height, rows.Width, new() { Symmetric = true }).Draw());
        }
    }
}
