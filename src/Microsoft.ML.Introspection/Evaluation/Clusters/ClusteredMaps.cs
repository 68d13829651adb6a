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

    private ClusteredMaps(IReadOnlyList<int> rows, SpectralEmbedding spectrum, double[] layout, bool usesTSne,
        IReadOnlyList<MapClustering> clusterings) =>
        (Rows, Spectrum, Layout, UsesTSne, Clusterings) = (rows, spectrum, layout, usesTSne, clusterings);

    /// <summary>The row of the data of each map.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>Eigenvalues, and the places of the maps in the space where they are grouped.</summary>
    public SpectralEmbedding Spectrum { get; }

    /// <summary>x and y of each map in a plane: t-SNE of the pooled maps, or the first two axes of the spectral embedding.</summary>
    public IReadOnlyList<double> Layout { get; }

    /// <summary>Whether <see cref="Layout"/> is that of t-SNE.</summary>
    public bool UsesTSne { get; }

    /// <summary>The maps grouped in each way: by centres, by joining, by density; then with each number of a range.</summary>
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
        var (least, most) = (options.Clusters ?? 2, options.MostClusters);
        if (least > most)
            throw new ArgumentException($"A range of numbers of clusters was expected; it is {least} to {most}.", nameof(options));
        var wanted = Math.Max(UsualEigenvalues, (most + 1) ?? options.Clusters ?? 0);
        var all = SpectralEmbedding.Of(affinity, count, Math.Min(options.Dimensions ?? wanted, count));
        cancellation.ThrowIfCancellationRequested();
        var gaps = Enumerable.Range(least, Math.Max(0, Math.Min(most ?? 0, all.Eigenvalues.Length - 1) - least + 1))
            .Select(k => (Clusters: k, Gap: all.Eigenvalues[k] - all.Eigenvalues[k - 1])).ToList();
        var clusters = Math.Min(count, gaps.Count > 0 ? gaps.MaxBy(g => g.Gap).Clusters
            : options.Clusters ?? Math.Max(2, all.GapClusters));
        var chosen = Within(clusters);
        return new(rows, chosen.Spectrum, Layout(chosen.Spectrum), options.UsesTSne,
        [
            Centres(ByCentres, chosen, clusters), Joined(ByJoining, chosen, clusters),
            Clustering(ByDensity, chosen.Apart, DensityClusters.Of(chosen.Apart, count, options.Radius, options.CoreRows)),
            .. Enumerable.Range(least, most - least + 1 ?? 0).SelectMany(Numbered),
        ]);

        // The dimensions go with the clusters, unless they are given.
        (SpectralEmbedding Spectrum, double[] Apart) Within(int groups)
        {
            var within = options.Dimensions is null ? all.Within(Math.Min(groups, count)) : all;
            return (within, Array.ConvertAll(TSne.SquaredDistances(within.Points, count), Math.Sqrt));
        }

        IEnumerable<MapClustering> Numbered(int groups)
        {
            cancellation.ThrowIfCancellationRequested();
            var within = Within(groups);
            return [Centres($"{ByCentres}-{groups:00}", within, groups), Joined($"{ByJoining}-{groups:00}", within, groups)];
        }

        MapClustering Centres(string name, (SpectralEmbedding Spectrum, double[] Apart) within, int groups) =>
            Clustering(name, within.Apart, KMeans.Fit(within.Spectrum.Points, within.Spectrum.Points.Length / count,
                Math.Min(groups, count), options.Seed).Labels);

        MapClustering Joined(string name, (SpectralEmbedding Spectrum, double[] Apart) within, int groups) =>
            Clustering(name, within.Apart, Agglomeration.Of(within.Apart, count, options.Linkage).Cut(Math.Min(groups, count)));

        double[] Layout(SpectralEmbedding spectrum)
        {
            if (options.UsesTSne)
                return TSne.Embed(pooled.Values, count, new TSneOptions
                {
                    Perplexity = Math.Max(1, Math.Min(options.Perplexity, (count - 1) / 3.0)),
                }, cancellation);
            var dimensions = spectrum.Points.Length / count;
            return [.. Enumerable.Range(0, 2 * count).Select(i => i % 2 < dimensions ? spectrum.Points[i / 2 * dimensions + i % 2] : 0)];
        }

        MapClustering Clustering(string name, double[] apart, int[] labels)
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
