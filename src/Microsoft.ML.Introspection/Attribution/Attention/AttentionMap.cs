using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>The probabilities of one block of attention, shape [N, heads, queries, keys].</summary>
/// <param name="Block">The block, from 0 in the order in which they are computed (<see cref="AttentionBlock"/>).</param>
public sealed record AttentionMap(int Block) : Reading
{
    /// <summary>The block.</summary>
    public int Block { get; } = Block >= 0 ? Block : throw new ArgumentOutOfRangeException(nameof(Block), Block,
        "Blocks are counted from 0.");

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Read(Question question)
    {
        var maps = new AttentionMaps(question);
        return Block < maps.Blocks.Count ? [maps[Block] + maps.Checked()]
            : throw new ArgumentException($"There is no block {Block}; the network has {maps.Blocks.Count}, from 0.");
    }

    /// <summary>The maps of all blocks as a model, whatever the network's output is.</summary>
    /// <param name="network">The network.</param>
    /// <returns>A model with the network's inputs; its outputs are <c>block0</c>, <c>block1</c>, ….</returns>
    /// <exception cref="ArgumentException">The network has no attention.</exception>
    public static OnnxModel Compile(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var maps = new AttentionMaps(network.Trace(graph, inputs), inputs.Values.First(i => i.Rank > 0).Shape[0]);
        var right = maps.Checked();
        return graph.ToModel([.. maps.Blocks.Select((_, i) => ($"block{i}", (maps[i] + right).Readable()))], keepAllInputs: true);
    }

    /// <summary>Those of the input say nothing of queries and keys.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];
}
