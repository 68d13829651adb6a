using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Models;

/// <summary>How much may be written out of one model: a loop is a few bytes that can stand for any number of nodes.</summary>
internal sealed class UnrollingBudget
{
    /// <summary>The most turns of one loop.</summary>
    public const int MaximumTurns = 512;

    /// <summary>The most nodes of all bodies written out.</summary>
    public const int MaximumNodes = 1 << 15;

    private const long MaximumBytes = 1L << 27;

    // Copies given back have still cost time; a file of many loops that come to nothing must end.
    private const long MaximumTried = 4L * MaximumNodes;

    private long _nodes;
    private long _tried;
    private long _bytes;

    /// <summary>Takes the cost of some copies of a body, or nothing where they are too dear.</summary>
    public bool Take(BodyCost cost)
    {
        if (_nodes + cost.Nodes > MaximumNodes || _tried + cost.Nodes > MaximumTried || _bytes + cost.Bytes > MaximumBytes)
            return false;
        _tried += cost.Nodes;
        (_nodes, _bytes) = (_nodes + cost.Nodes, _bytes + cost.Bytes);
        return true;
    }

    /// <summary>Gives back what was taken for copies that were not used.</summary>
    public void Return(BodyCost cost, int copies) => (_nodes, _bytes) = (_nodes - cost.Nodes * copies, _bytes - cost.Bytes * copies);
}

/// <summary>What one copy of a body adds to a graph; its own weights are shared between copies, those of bodies within are not.</summary>
internal readonly record struct BodyCost(long Nodes, long Bytes)
{
    public static BodyCost Of(GraphProto body) => new(Count(body) + 1, body.Node.Sum(n => (long)n.CalculateSize()));

    // ONNX Runtime takes the square of a node's outputs to load it: as long for 4,500 of them as for 20,000 nodes.
    private const long OutputsSquaredOfNode = 1 << 10;

    /// <summary>The nodes of a graph, with those of the bodies in it; one that makes many values counts as many.</summary>
    public static long Count(GraphProto body) => body.Node.Sum(n => Weight(n) + n.Attribute.SelectMany(Subgraphs.Of).Sum(Count));

    private static long Weight(NodeProto node) => Math.Max(1, (long)node.Output.Count * node.Output.Count / OutputsSquaredOfNode);
}
