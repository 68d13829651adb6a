using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// A condition on relevance: at a layer only some channels keep theirs. What is left answers what the score owes to these. Achtibat et al.
/// 2023, doi:10.1038/s42256-023-00711-8.
/// </summary>
public sealed record ChannelCondition
{
    private ChannelCondition(string layer, IReadOnlyList<int> channels, string? inputName)
    {
        ArgumentException.ThrowIfNullOrEmpty(layer);
        (Layer, Channels, InputName) = (layer, channels, inputName);
    }

    /// <summary>The same channels for all rows.</summary>
    /// <param name="layer">The layer, or the name of a tensor inside the network; of a dense layer, channels are units.</param>
    /// <param name="channels">The channels that keep their relevance, from 0.</param>
    public ChannelCondition(string layer, params IReadOnlyList<int> channels) : this(layer, Checked(channels), null)
    {
    }

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>The channels; none where an input tells them.</summary>
    public IReadOnlyList<int> Channels { get; }

    /// <summary>The name of the input that tells them row by row; null where they are the same for all.</summary>
    public string? InputName { get; }

    /// <summary>
    /// What each row keeps is told by a further input, of shape [N, channels] and the layer's type: 1 keeps a channel's relevance, 0 does
    /// not. One graph serves all channels.
    /// </summary>
    /// <param name="layer">The layer.</param>
    /// <param name="inputName">The name of the input.</param>
    public static ChannelCondition Input(string layer, string inputName)
    {
        ArgumentException.ThrowIfNullOrEmpty(inputName);
        return new ChannelCondition(layer, [], inputName);
    }

    /// <inheritdoc/>
    public bool Equals(ChannelCondition? other) =>
        other is not null && Layer == other.Layer && InputName == other.InputName && Channels.SequenceEqual(other.Channels);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Layer, InputName, Channels.Count);

    /// <inheritdoc/>
    public override string ToString() => InputName is { } name ? $"{Layer}:@{name}" : $"{Layer}:{string.Join(',', Channels)}";

    /// <summary>The layer's value in a question's graph, and what its relevance is multiplied by, laid out to meet it.</summary>
    internal (Value At, Value Mask) In(Question question)
    {
        var at = question.Trace.Layer(Layer);
        if (!at.Type.IsFloating() || at.ShapeOrNull is not { Rank: > 1 })
            throw new ArgumentException($"The layer '{Layer}' makes {at}; floating-point numbers of shape [N, channels, …] were expected.");
        var axis = Axes.Channels(question.Network.Definition(question.Network.TensorOf(Layer)));
        var channels = at.Shape[axis].Value;
        long[] laid = [.. Enumerable.Range(0, at.Rank).Select(a => a == axis ? channels : 1)];
        if (InputName is { } name)
        {
            var graph = question.Graph;
            while (graph.Parent is { } around)
                graph = around;
            var shape = new Shape([at.Shape[0], channels]);
            var given = graph.Inputs.FirstOrDefault(i => i.Name == name) is not { } present ? graph.Input(name, at.Type, shape)
                : present.Type == at.Type && present.Shape.Equals(shape) ? present
                : throw new ArgumentException($"The input '{name}' is {present}; {at.Type}{shape} was expected for the condition {this}.");
            laid[0] = -1;
            return (at, given.Reshape(laid));
        }
        if (Channels.FirstOrDefault(c => c >= channels, -1) is >= 0 and var beyond)
            throw new ArgumentException($"The layer '{Layer}' has {channels} channels, 0 to {channels - 1}; the condition names {beyond}.");
        var kept = new double[channels];
        foreach (var channel in Channels)
            kept[channel] = 1;
        return (at, question.Graph.Constant(Tensor.FromDoubles(at.Type, kept, laid)));
    }

    private static IReadOnlyList<int> Checked(IReadOnlyList<int> channels)
    {
        ArgumentNullException.ThrowIfNull(channels);
        return channels.Count > 0 && channels.All(c => c >= 0) ? [.. channels.Distinct()]
            : throw new ArgumentException("A condition names at least one channel, from 0.", nameof(channels));
    }
}
