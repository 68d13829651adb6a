using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// What the channels of a layer contribute to the score: relevance at the layer, summed over positions, shape [N, channels], unit of the
/// score. Achtibat et al. 2023, doi:10.1038/s42256-023-00711-8.
/// </summary>
/// <param name="Layer">The layer, or the name of a tensor inside the network.</param>
/// <param name="Relevance">How relevance is propagated; null for ε-plus without conditions.</param>
/// <param name="IsNormed">Whether the numbers of a row are divided by the sum of their absolute values (+ 1e-10).</param>
public sealed record ChannelRelevance(string Layer, LayerwiseRelevance? Relevance = null, bool IsNormed = false) : Reading
{
    /// <summary>The layer.</summary>
    public string Layer { get; } = string.IsNullOrEmpty(Layer) ? throw new ArgumentException("A layer has a name.", nameof(Layer)) : Layer;

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var summed = Maps(question, Layer, Relevance ?? new LayerwiseRelevance()).SumInOrder(2).Squeeze(2);
        return [IsNormed ? Normed(summed) : summed];
    }

    /// <summary>Those of the input say nothing of a layer's channels.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];

    /// <summary>Relevance at a layer by channel, shape [N, channels, positions].</summary>
    internal static Value Maps(Question question, string layer, LayerwiseRelevance relevance) =>
        ByChannel(question, layer, relevance.At(question, question.Trace.Layer(layer), question.Input));

    /// <summary>A value of a layer's shape by channel, shape [N, channels, positions].</summary>
    internal static Value ByChannel(Question question, string layer, Value value)
    {
        var axis = Axes.Channels(question.Network.Definition(question.Network.TensorOf(layer)));
        if (axis != 1)
            value = value.Transpose([0, axis, .. Enumerable.Range(1, value.Rank - 1).Where(a => a != axis)]);
        return value.Reshape(-1, value.Shape[1].Value, value.Shape.Skip(2).Aggregate(1L, (size, d) => size * d.Value));
    }

    /// <summary>Numbers by channel over the sum of their absolute values.</summary>
    internal static Value Normed(Value channels) => channels / (channels.Abs().SumInOrder(1) + 1e-10);
}
