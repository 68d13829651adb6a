using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation.Clusters;

/// <summary>
/// Heat maps of many rows in groups of alike ones: strategies of a network, among them those that it should not have, such as reading a
/// watermark (SpRAy: Lapuschkin et al. 2019, doi:10.1038/s41467-019-08987-4). What a group is called is for a person to say.
/// </summary>
public sealed class ClusteredMaps
{
    /// <summary>The name of the grouping by centres.</summary>
    public const string ByCentres = "k-means";

    /// <summary>The name of the grouping by joining.</summary>
    public const string ByJoining = "agglomerative";

    /// <summary>The name of the grouping by density.</summary>
    public const string ByDensity = "dbscan";

    // Among so many the largest gap is looked for.
    private const int UsualEigenvalues = 8;

    private ClusteredMaps(IReadOnlyList<int> rows, SpectralEmbedding spectrum, double[] layout, IReadOnlyList<MapClustering> clusterings) =>
        (Rows, Spectrum, Layout, Clusterings) = (rows, spectrum, layout, clusterings);

    /// <summary>The row of the data of each map.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>Eigenvalues, and the places of the maps in the space where they are grouped.</summary>
    public SpectralEmbedding Spectrum { get; }

    /// <summary>x and y of each map in a plane (t-SNE of the pooled maps).</summary>
    public IReadOnlyList<double> Layout { get; }

    /// <summary>The maps grouped in each way.</summary>
    public IReadOnlyList<MapClustering> Clusterings { get; }

    /// <summary>Small, pure and confident groups of k-means, the smallest first.</summary>
    public IEnumerable<MapCluster> Suspicious =>
        Clusterings[0].Clusters.Where(c => c.Suspicious).OrderBy(c => c.Rows.Count);

    /// <summary>Groups maps.</summary>
    /// <param name="maps">The maps, 2 to 5,000.</param>
    /// <param name="predicted">The predicted class of each.</param>
    /// <param name="probabilities">Its probability, 0 to 1.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ArgumentException">Counts differ, or there are too few or too many maps.</exception>
    public static ClusteredMaps Of(HeatMaps maps, IReadOnlyList<int> predicted, IReadOnlyList<double> probabilities,
        MapClusterOptions? options = null, CancellationToken cancellation = default)
    {
        Check(maps, predicted, probabilities, options ??= new());
        return Grouped(maps, predicted, probabilities, [.. Enumerable.Range(0, maps.Count)], options, cancellation);
    }

    /// <summary>Groups the maps of each predicted class by themselves: the classes in order, null for one that has a single map.</summary>
    /// <inheritdoc cref="Of"/>
    public static IReadOnlyDictionary<int, ClusteredMaps?> PerClass(HeatMaps maps, IReadOnlyList<int> predicted,
        IReadOnlyList<double> probabilities, MapClusterOptions? options = null, CancellationToken cancellation = default)
    {
        Check(maps, predicted, probabilities, options ??= new());
        return new SortedDictionary<int, ClusteredMaps?>(Enumerable.Range(0, maps.Count).GroupBy(i => predicted[i]).ToDictionary(
            of => of.Key,
            of => of.Count() < 2 ? null : Grouped(maps.Only([.. of]), [.. of.Select(i => predicted[i])],
                [.. of.Select(i => probabilities[i])], [.. of], options, cancellation)));
    }

    private static void Check(
        HeatMaps maps, IReadOnlyList<int> predicted, IReadOnlyList<double> probabilities, MapClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(maps);
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(probabilities);
        if (predicted.Count != maps.Count || probabilities.Count != maps.Count)
            throw new ArgumentException($"A class and a probability for each of {maps.Count} maps were expected; there are "
                + $"{predicted.Count} classes and {probabilities.Count} probabilities.");
        for (var i = 0; i < maps.Count; i++)
            if (probabilities[i] is not (>= 0 and <= 1))
                throw new ArgumentException($"Probabilities from 0 to 1 were expected; that of map {i} is {probabilities[i]}.",
                    nameof(probabilities));
    }

    private static ClusteredMaps Grouped(HeatMaps maps, IReadOnlyList<int> predicted, IReadOnlyList<double> probabilities,
        int[] rows, MapClusterOptions options, CancellationToken cancellation)
    {
        var count = maps.Count;
        var pooled = maps.Pooled(options.Block ?? (Math.Max(maps.Height, maps.Width) + 19) / 20);
        var squares = TSne.SquaredDistances(pooled.Values, count);
        var distances = Array.ConvertAll(squares, Math.Sqrt);
        var affinity = options.Sigma is { } sigma ? SpectralEmbedding.GaussianAffinity(distances, count, sigma)
            : SpectralEmbedding.NearestAffinity(distances, count, Math.Min(options.Neighbours, count - 1));
        cancellation.ThrowIfCancellationRequested();
        var spectrum = SpectralEmbedding.Of(
            affinity, count, Math.Min(options.Dimensions ?? Math.Max(UsualEigenvalues, options.Clusters ?? 0), count));
        cancellation.ThrowIfCancellationRequested();
        var clusters = Math.Min(options.Clusters ?? Math.Max(2, spectrum.GapClusters), count);
        if (options.Dimensions is null)
            spectrum = spectrum.Within(clusters);
        var apart = Array.ConvertAll(TSne.SquaredDistances(spectrum.Points, count), Math.Sqrt);
        var dimensions = spectrum.Points.Length / count;
        var layout = TSne.Embed(pooled.Values, count,
            new TSneOptions { Perplexity = Math.Max(1, Math.Min(options.Perplexity, (count - 1) / 3.0)) }, cancellation);
        return new(rows, spectrum, layout,
        [
            Clustering(ByCentres, KMeans.Fit(spectrum.Points, dimensions, clusters, options.Seed).Labels),
            Clustering(ByJoining, Agglomeration.Of(apart, count, options.Linkage).Cut(clusters)),
            Clustering(ByDensity, DensityClusters.Of(apart, count, options.Radius, options.CoreRows)),
        ]);

        MapClustering Clustering(string name, int[] labels)
        {
            var silhouette = DensityClusters.Silhouette(apart, count, labels);
            return new(name, labels, silhouette.Average(), [.. Enumerable.Range(0, count).GroupBy(i => labels[i]).OrderBy(g => g.Key)
                .Where(g => g.Key != DensityClusters.Noise)
                .Select(g => MapCluster.Of(g.Key, [.. g], rows, maps, predicted, probabilities, g.Average(i => silhouette[i]), options))]);
        }
    }
}

/// <summary>Maps grouped in one way.</summary>
/// <param name="Name">The way.</param>
/// <param name="Labels">The group of each map; −1 for one in none (only of DBSCAN).</param>
/// <param name="Silhouette">How well maps fit their groups in the spectral embedding, −1 to 1; 0 where there is one group.</param>
/// <param name="Clusters">The groups.</param>
public sealed record MapClustering(string Name, IReadOnlyList<int> Labels, double Silhouette, IReadOnlyList<MapCluster> Clusters);

/// <summary>A group of alike maps.</summary>
/// <param name="Label">Its number.</param>
/// <param name="Rows">The rows of the data.</param>
/// <param name="Share">Their share of all maps grouped.</param>
/// <param name="Class">The class most often predicted; the lowest of equally frequent ones.</param>
/// <param name="Purity">The share of its rows with that class.</param>
/// <param name="Confidence">The mean probability of the predicted classes.</param>
/// <param name="Silhouette">How well its maps fit, −1 to 1.</param>
/// <param name="MeanMap">The mean of its maps, shape [height, width].</param>
/// <param name="Suspicious">Whether it is small, pure and confident.</param>
public sealed record MapCluster(int Label, IReadOnlyList<int> Rows, double Share, int Class, double Purity, double Confidence,
    double Silhouette, IReadOnlyList<double> MeanMap, bool Suspicious)
{
    /// <summary>What the numbers say, and do not say, in a sentence.</summary>
    public string Sentence => string.Create(CultureInfo.InvariantCulture, $"Cluster {Label}: {Rows.Count} rows ({Share:P0} of all), "
        + $"{Purity:P0} predicted as class {Class}, mean probability {Confidence:0.00}.{(Suspicious ? Warning : "")}");

    private const string Warning =
        " Few rows, one class and high confidence: look whether the network reads something there that it should not.";

    internal static MapCluster Of(int label, int[] members, int[] rows, HeatMaps maps, IReadOnlyList<int> predicted,
        IReadOnlyList<double> probabilities, double silhouette, MapClusterOptions options)
    {
        var size = maps.Height * maps.Width;
        var mean = new double[size];
        foreach (var i in members)
            TensorPrimitives.Add(mean, maps.Values.AsSpan(i * size, size), mean);
        TensorPrimitives.Divide(mean, members.Length, mean);
        var most = members.GroupBy(i => predicted[i]).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).First();
        var (share, purity) = ((double)members.Length / maps.Count, (double)most.Count() / members.Length);
        var confidence = members.Average(i => probabilities[i]);
        return new(label, [.. members.Select(i => rows[i])], share, most.Key, purity, confidence, silhouette, mean,
            share <= options.SmallShare && purity >= options.PureShare && confidence >= options.ConfidentProbability);
    }
}
