using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation.Relevance;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>A channel of a layer in an attribution graph.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Relevance">Its relevance in the row; of layers below the first, what came through the nodes above.</param>
public sealed record AttributionNode(string Layer, int Channel, double Relevance);

/// <summary>What a channel owes to one of a layer before it.</summary>
/// <param name="From">The upper channel.</param>
/// <param name="To">The lower one.</param>
/// <param name="Relevance">The relevance of the lower under the condition that only the upper keeps its own.</param>
public sealed record AttributionEdge(AttributionNode From, AttributionNode To, double Relevance);

/// <summary>
/// Which channels of lower layers the important ones of an upper layer owe their relevance to, for one row. Achtibat et al. 2023,
/// doi:10.1038/s42256-023-00711-8.
/// </summary>
/// <param name="Nodes">The channels, layer by layer, the most relevant first.</param>
/// <param name="Edges">What they owe to each other, from each node to its most relevant ones below.</param>
public sealed record AttributionGraph(IReadOnlyList<AttributionNode> Nodes, IReadOnlyList<AttributionEdge> Edges)
{
    /// <summary>Follows the relevance of a row.</summary>
    /// <param name="network">The network.</param>
    /// <param name="row">A row for each input, shape [1, …]; and for the target's, where it has one.</param>
    /// <param name="layers">The layers, from the score towards the input.</param>
    /// <param name="target">What is explained.</param>
    /// <param name="width">How many channels are followed, of the first layer and below each node.</param>
    /// <param name="composite">Which layer follows which rule; null for ε-plus.</param>
    /// <param name="runtime">Where to run.</param>
    /// <exception cref="ArgumentException">A layer is unknown, or does not lie before the one above it.</exception>
    public static AttributionGraph Of(Network network, IReadOnlyDictionary<string, Tensor> row, IReadOnlyList<string> layers, Target target,
        int width = 4, RelevanceComposite? composite = null, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (layers.Count == 0)
            throw new ArgumentException("An attribution graph needs at least one layer.", nameof(layers));
        const string kept = "kept channels";
        var first = Read(new ChannelRelevance(layers[0], new LayerwiseRelevance(composite)), row);
        var level = Largest(first).Select(c => new AttributionNode(layers[0], c, first[c])).ToList();
        var (nodes, edges) = (level.ToList(), new List<AttributionEdge>());
        foreach (var (upper, lower) in layers.Zip(layers.Skip(1)))
        {
            var channels = (int)Axis(upper);
            var masks = new double[level.Count * channels];
            for (var i = 0; i < level.Count; i++)
                masks[i * channels + level[i].Channel] = 1;
            var type = network.Definition(network.TensorOf(upper)).Type;
            var batch = row.ToDictionary(r => r.Key, r => Repeated(r.Value, level.Count));
            batch[kept] = Tensor.FromDoubles(type, masks, level.Count, channels);
            var found = Read(new ChannelRelevance(lower,
                new LayerwiseRelevance(composite) { Conditions = [ChannelCondition.Input(upper, kept)] }), batch);
            var size = found.Length / level.Count;
            double[][] below = [.. level.Select((_, i) => found[(i * size)..((i + 1) * size)])];
            var next = below.SelectMany(Largest).Distinct().Select(c => new AttributionNode(lower, c, below.Sum(b => b[c])))
                .OrderByDescending(n => n.Relevance).ThenBy(n => n.Channel).ToList();
            foreach (var (i, from) in level.Index())
                edges.AddRange(Largest(below[i]).Select(c => new AttributionEdge(from, next.First(n => n.Channel == c), below[i][c])));
            nodes.AddRange(next);
            level = next;
        }
        return new AttributionGraph(nodes, edges);

        double[] Read(Reading reading, IReadOnlyDictionary<string, Tensor> feeds)
        {
            var model = Explanation.Compile(network, new Ask(reading, target)).Model;
            using var session = new ModelSession(model, runtime ?? new RuntimeOptions());
            return session.Run(feeds)["attribution"].ToDouble();
        }

        int[] Largest(double[] relevance) =>
            [.. Enumerable.Range(0, relevance.Length).OrderByDescending(c => relevance[c]).ThenBy(c => c).Take(width)];

        long Axis(string layer)
        {
            var definition = network.Definition(network.TensorOf(layer));
            return definition.Shape[Axes.Channels(definition)].Value;
        }
    }

    private static Tensor Repeated(Tensor row, int times)
    {
        if (row.Dimensions.Length == 0 || row.Dimensions[0] != 1)
            throw new ArgumentException($"A row of shape [1, …] was expected; given was {row.Shape}.", nameof(row));
        var bytes = new byte[row.Bytes.Length * times];
        for (var i = 0; i < times; i++)
            row.Bytes.Span.CopyTo(bytes.AsSpan(i * row.Bytes.Length));
        return Tensor.FromBytes(row.Type, [times, .. row.Dimensions[1..]], bytes);
    }
}
