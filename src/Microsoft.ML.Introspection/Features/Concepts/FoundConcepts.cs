using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How concepts are found in images of a class.</summary>
public sealed record FoundConceptOptions
{
    /// <summary>Into how many clusters parts fall.</summary>
    public int Clusters
    {
        get;
        init => field = value >= 2 ? value
            : throw new ArgumentOutOfRangeException(nameof(Clusters), value, "Two clusters at least were expected.");
    } = 25;

    /// <summary>How many parts of a cluster are kept, the nearest to its centre.</summary>
    public int Most
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Most), value, "One at least was expected.");
    } = 40;

    /// <summary>A cluster of more members than this may be a concept.</summary>
    public int Least
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Least), value, "One at least was expected.");
    } = 20;

    /// <summary>What chooses the first centres.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The first centres, one after the other, instead of chosen ones; null for these.</summary>
    public IReadOnlyList<double>? Centres { get; init; }
}

/// <summary>A concept that was found.</summary>
/// <param name="Name">Its name: "concept 3".</param>
/// <param name="Members">The parts that show it, by their numbers, the nearest to the centre first.</param>
/// <param name="Activations">What the layer makes of them.</param>
public sealed record FoundConcept(string Name, IReadOnlyList<int> Members, LayerActivations Activations);

/// <summary>
/// Automatic concept-based explanations: parts of images that a layer likens, and that come from many of the images, are concepts; TCAV
/// tells which count. Ghorbani, Wexler, Zou, Kim 2019, arXiv:1902.03129.
/// </summary>
public static class FoundConcepts
{
    /// <summary>Finds concepts.</summary>
    /// <param name="network">The network, of one input.</param>
    /// <param name="parts">Parts of images of one class.</param>
    /// <param name="layer">The layer by which they are likened; maps are averaged over their positions.</param>
    /// <param name="options">How.</param>
    /// <param name="runtime">Where to run.</param>
    /// <returns>The concepts, those of the most members first.</returns>
    /// <exception cref="ArgumentException">The layer is unknown, or there are fewer parts than clusters.</exception>
    public static IReadOnlyList<FoundConcept> Of(
        Network network, ImageParts parts, string layer, FoundConceptOptions? options = null, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        options ??= new FoundConceptOptions();
        using var rows = parts.AsRows(network);
        var all = LayerActivations.Take(network, rows, [layer], pooled: true, runtime, _ => new Jobs.InputRows(0))[0];
        return Of(all, [.. parts.Places.Select(p => p.Row)], options);
    }

    /// <summary>Finds concepts among activations of parts, wherever these were cut out.</summary>
    /// <param name="parts">What the layer makes of the parts.</param>
    /// <param name="images">The image that each part is of.</param>
    /// <param name="options">How.</param>
    /// <returns>The concepts, those of the most members first.</returns>
    /// <exception cref="ArgumentException">There are fewer parts than clusters, or not an image for each.</exception>
    public static IReadOnlyList<FoundConcept> Of(
        LayerActivations parts, IReadOnlyList<long> images, FoundConceptOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(images);
        options ??= new FoundConceptOptions();
        if (images.Count != parts.Rows)
            throw new ArgumentException($"There are {parts.Rows} parts, and an image for {images.Count} of them.", nameof(images));
        if (options.Centres is null && parts.Rows < options.Clusters)
            throw new ArgumentException($"{parts.Rows} parts do not fall into {options.Clusters} clusters; take more images, or fewer.",
                nameof(parts));
        var found = options.Centres is { } given ? KMeans.Fit(parts.Values, parts.Width, [.. given])
            : KMeans.Fit(parts.Values, parts.Width, options.Clusters, options.Seed);
        var all = images.Distinct().Count();
        var concepts = new List<FoundConcept>();
        foreach (var cluster in found.Labels.Index().GroupBy(l => l.Item, l => l.Index).Where(g => g.Count() > options.Least)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key))
        {
            var (count, from) = (cluster.Count(), cluster.Select(i => images[i]).Distinct().Count());
            // As the authors have it: from about as many images as members, or from many of all.
            if (from <= 0.5 * count && !(from > 0.25 * count && from > 0.25 * all) && !(from > 0.1 * count && from > 0.5 * all))
                continue;
            var centre = found.Centres.AsSpan(cluster.Key * parts.Width, parts.Width).ToArray();
            int[] kept = [.. cluster.OrderBy(i => TensorPrimitives.Distance(parts.Row(i), centre)).ThenBy(i => i).Take(options.Most)];
            concepts.Add(new FoundConcept($"concept {concepts.Count + 1}", kept,
                parts with { Values = [.. kept.SelectMany(i => parts.Row(i).ToArray())] }));
        }
        return concepts;
    }
}
