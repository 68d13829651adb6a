using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>How networks of other libraries are written as ONNX.</summary>
public sealed record TranslationOptions
{
    /// <summary>The newest operator set that is written.</summary>
    public const int NewestOpset = 26;

    /// <summary>
    /// Whether inputs and outputs of four axes and more have their channels second, as ONNX and PyTorch have them; else where the network
    /// was trained with them. Within, they stand second anyway.
    /// </summary>
    public bool ChannelsFirst { get; init; }

    /// <summary>The operator set, 21 at least.</summary>
    public int Opset
    {
        get;
        init => field = value is >= Graph.MinimumOpset and <= NewestOpset ? value
            : throw new ArgumentOutOfRangeException(nameof(Opset), value,
            $"Operator sets {Graph.MinimumOpset} to {NewestOpset} are written.");
    } = Graph.MinimumOpset;

    /// <summary>The signature of a SavedModel where none is named.</summary>
    public const string DefaultSignature = "serving_default";

    /// <summary>The signature of a SavedModel of TensorFlow; null for <see cref="DefaultSignature"/>, or the only one.</summary>
    public string? Signature { get; init; }

    /// <summary>
    /// The tensors where a frozen graph of TensorFlow begins, as <c>node</c> or <c>node:0</c>; none for all placeholders that are needed.
    /// Of a SavedModel, the inputs of the signature are meant, and nothing is to be named here.
    /// </summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>
    /// The tensors where it ends: of a frozen graph, as <c>node</c> or <c>node:0</c>, none for those that no other node uses; of a
    /// SavedModel, outputs of the signature, none for all.
    /// </summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>
    /// Numbers for extents that a file of TensorFlow leaves open, by <c>INPUT[AXIS]</c>, or <c>batch</c> for the first of all inputs:
    /// graphs that compute with their extents can be read where these are numbers, and may not be otherwise.
    /// </summary>
    public IReadOnlyDictionary<string, long> Dimensions { get; init; } = new Dictionary<string, long>();

    /// <summary>An input of a network as the network sees it.</summary>
    /// <param name="graph">The graph, with <see cref="TransposeSinking"/>.</param>
    /// <param name="name">The input's name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="shape">Its shape in the network.</param>
    /// <param name="hasChannelsLast">Whether the network has channels last: pictures are then turned round at once.</param>
    internal Value Input(Graph graph, string name, ElementType type, Shape shape, bool hasChannelsLast)
    {
        if (!hasChannelsLast || shape.Rank <= 3)
            return graph.Input(name, type, shape);
        return ChannelsFirst
            ? Channels.ChannelsLast(graph.Input(name, type, new Shape([shape[0], shape[-1], .. shape.Skip(1).SkipLast(1)])))
            : ((TransposeSinking)graph.Rewriting!).Reordered(graph.Input(name, type, shape),
                [0, shape.Rank - 1, .. Enumerable.Range(1, shape.Rank - 2)]);
    }

    /// <summary>An output of such a network, as it is given.</summary>
    internal Value Outer(Value output, bool hasChannelsLast) => hasChannelsLast && ChannelsFirst && output.Rank > 3
        ? Channels.ChannelsSecond(output) : output;
}
