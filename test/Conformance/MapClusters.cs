using System.Text.Json;
using Microsoft.ML.Introspection.Evaluation.Clusters;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>
/// Clusters of heat maps against folders of reference values, as <see cref="EvaluationMetrics"/>. Where a folder holds the first maps only,
/// what follows starts from its pooled ones.
/// </summary>
internal static class MapClusters
{
    /// <summary>Compares all cases of a folder.</summary>
    public static IEnumerable<EvaluationMetrics.Result> Of(string folder, string only) => Directory.EnumerateDirectories(folder)
        .Order(StringComparer.Ordinal).Where(f => File.Exists(Path.Combine(f, "reference.npz"))).SelectMany(Case)
        .Where(r => r.Name.Contains(only, StringComparison.Ordinal));

    private static List<EvaluationMetrics.Result> Case(string folder)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json")));
        using var arrays = NpzArchive.Open(Path.Combine(folder, "reference.npz"));
        var about = manifest.RootElement.GetProperty("arrays");
        var results = new List<EvaluationMetrics.Result>();

        var given = arrays.Read("maps");
        var maps = HeatMaps.Of([.. given.ToDoubles().Select(v => (float)v)], given.Shape[1], given.Shape[2], given.Shape[3]);
        var block = Parameter("pooled", "stride")[1].GetInt32();
        var pooled = Numbers("pooled");
        var count = arrays.Read("kind").Shape[0];
        Compare("pooled", pooled[..(maps.Count * (pooled.Length / count))], maps.Pooled(block).Values, 1e-6);
        Compare("resized_10x10", Numbers("resized_10x10"), maps.Resized(10, 10).Values, 1e-6);

        var distances = Distances(pooled);
        Present("distance", () => distances, 1e-6);
        var affinity = SpectralEmbedding.NearestAffinity(distances, count, Parameter("affinity_knn", "n_neighbors").GetInt32());
        Present("affinity_knn", () => affinity, 0);
        Present("affinity_rbf", () => SpectralEmbedding.GaussianAffinity(distances, count, Parameter("affinity_rbf", "sigma").GetDouble()), 1e-6);
        Present("laplacian_symmetric", () => SpectralEmbedding.Normalized(affinity, count), 1e-12);
        var values = Numbers("eigenvalues");
        var spectrum = SpectralEmbedding.Of(affinity, count, values.Length);
        Compare("eigenvalues", values, spectrum.Eigenvalues, 1e-9);
        Present("eigenvalues_all", () => SpectralEmbedding.Of(affinity, count, count).Eigenvalues, 1e-9);
        Compare("U Uᵀ", Products(Numbers("eigenvectors")), Products(spectrum.Eigenvectors), 1e-7);
        var apart = Distances(spectrum.Points);
        Compare("distances of the embedding", Distances(Numbers("embedding")), apart, 1e-7);
        Compare("eigengap_clusters", Numbers("eigengap_clusters"), [spectrum.GapClusters], 0);

        foreach (var name in about.EnumerateObject().Select(a => a.Name))
        {
            var dot = name.IndexOf('.', StringComparison.Ordinal);
            var (kind, of) = dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
            if (kind == "kmeans_labels")
            {
                var width = values.Length;
                var means = KMeans.Fit(spectrum.Points, width,
                    [.. Numbers("kmeans_init_rows." + of).SelectMany(r => spectrum.Points.AsSpan((int)r * width, width).ToArray())]);
                var silhouette = DensityClusters.Silhouette(apart, count, means.Labels);
                Compare(name, Numbers(name), Wide(means.Labels), 0);
                Compare("kmeans_inertia." + of, Numbers("kmeans_inertia." + of), [means.Inertia], 1e-8);
                Compare("kmeans_silhouette." + of, Numbers("kmeans_silhouette." + of), silhouette, 1e-8);
                Compare("kmeans_silhouette_mean." + of, Numbers("kmeans_silhouette_mean." + of), [silhouette.Average()], 1e-8);
            }
            else if (kind == "dbscan_labels")
            {
                Compare(name, Numbers(name), Wide(DensityClusters.Of(apart, count, Parameter(name, "eps").GetDouble(),
                    Parameter(name, "min_samples").GetInt32())), 0);
            }
            else if (kind.EndsWith("_labels", StringComparison.Ordinal) && Enum.TryParse<Linkage>(kind[..^7], true, out var linkage))
            {
                var tree = Agglomeration.Of(linkage == Linkage.Ward ? apart : distances, count, linkage);
                Compare(name, Renumbered(Numbers(name)), Renumbered(Wide(tree.Cut(int.Parse(of, null)))), 0);
            }
        }
        var ward = Agglomeration.Of(distances, count, Linkage.Ward);
        Compare("ward_tree", Numbers("ward_tree"), [.. ward.Merges.SelectMany(m => new[] { m.First, m.Second, m.Height, m.Size })], 1e-9);
        return results;

        JsonElement Parameter(string array, string name) => about.GetProperty(array).GetProperty("params").GetProperty(name);

        double[] Numbers(string name) => arrays.Read(arrays.Contains(name + "_f64") ? name + "_f64" : name).ToDoubles();

        double[] Distances(double[] rows) => Array.ConvertAll(TSne.SquaredDistances(rows, count), Math.Sqrt);

        double[] Products(double[] rows)
        {
            var width = rows.Length / count;
            return [.. Enumerable.Range(0, count * count).Select(at =>
                Enumerable.Range(0, width).Sum(k => rows[at / count * width + k] * rows[at % count * width + k]))];
        }

        void Present(string name, Func<double[]> found, double bound)
        {
            if (about.TryGetProperty(name, out _))
                Compare(name, Numbers(name), found(), bound);
        }

        void Compare(string name, double[] expected, double[] found, double bound) =>
            results.Add(new($"{Path.GetFileName(folder)}/{name}", EvaluationMetrics.Gap(expected, found), bound));
    }

    private static double[] Wide(int[] labels) => Array.ConvertAll(labels, l => (double)l);

    private static double[] Renumbered(double[] labels)
    {
        double[] names = [.. labels.Distinct()];
        return Array.ConvertAll(labels, l => (double)Array.IndexOf(names, l));
    }
}
