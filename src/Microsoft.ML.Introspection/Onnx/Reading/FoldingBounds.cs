using Microsoft.ML.Introspection.Onnx.Proto;

namespace Microsoft.ML.Introspection.Onnx.Reading;

/// <summary>
/// ONNX Runtime works out whatever follows from constants while it loads a model, cannot be stopped at it, and does not ask how long it
/// takes. It is let only where that is surely quick; elsewhere it does the same arithmetic whenever it runs.
/// </summary>
internal sealed class FoldingBounds
{
    /// <summary>The most bytes of one result.</summary>
    public const long MaximumBytes = 1L << 28;

    // Multiplications, of which an element that is moved or computed counts as so many; about two seconds of one processor.
    private const long MaximumWork = 1L << 31, WorkOfElement = 8;

    private readonly Dictionary<string, long[]?> _constants = [];
    private readonly bool _isPass;
    private Int128 _work;

    private FoldingBounds(bool isPass) => _isPass = isPass;

    /// <summary>Whether all that follows from constants in a graph is within bounds.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="isPass">
    /// Whether that is a pass of a network (of a baseline, say) that takes as long as those that will be run: no bound then, as long as all
    /// of it are operators whose time goes with what they are given.
    /// </param>
    public static bool Hold(GraphProto graph, bool isPass = false) => new FoldingBounds(isPass).HoldWithin(graph);

    private bool HoldWithin(GraphProto graph)
    {
        foreach (var tensor in graph.Initializer)
            _constants[tensor.Name] = [.. tensor.Dims];
        Dictionary<string, ValueInfoProto>? declared = null;
        foreach (var node in graph.Node)
        {
            var bodies = node.Attribute.SelectMany(Subgraphs.Of).ToList();
            if (!bodies.TrueForAll(HoldWithin))
                return false;
            if (node is { OpType: "Constant", Output.Count: > 0 })
                _constants[node.Output[0]] = [.. node.Attribute.FirstOrDefault(a => a.T is not null)?.T.Dims ?? []];
            if (bodies.Count > 0 || node.Output.Count == 0 || node.Input.All(i => i.Length == 0)
                || !node.Input.All(i => i.Length == 0 || _constants.ContainsKey(i)))
                continue;
            declared ??= graph.ValueInfo.Concat(graph.Output).GroupBy(v => v.Name).ToDictionary(g => g.Key, g => g.First());
            var extents = declared.GetValueOrDefault(node.Output[0]) is { } info
                && TensorInfo.FromProto(info).Shape is { IsKnown: true } shape ? shape.ToArray() : null;
            if (OperatorFacts.Of(node) is not { } facts || !Add(node, facts, extents))
                return false;
            foreach (var output in node.Output)
                _constants[output] = extents;
        }
        return true;
    }

    private bool Add(NodeProto node, OperatorFacts facts, long[]? extents)
    {
        if (_isPass)
            return facts.Kind is not (OperatorKind.Random or OperatorKind.Control);
        var inputs = node.Input.Where(i => i.Length > 0).Select(i => Count(_constants[i])).ToList();
        // Where nobody tells what comes out, no more than every element with every other, of what does not grow by its numbers.
        var elements = extents is not null ? Count(extents)
            : facts.Has(OperatorTraits.SameElements) ? inputs[0]
            : facts.Has(OperatorTraits.Grows) ? MaximumWork
            : inputs.Aggregate((Int128)1, (p, n) => Int128.Min(p * Int128.Max(n, 1), MaximumWork));
        _work += facts.Kind switch
        {
            _ when facts.IsQuick => (elements + inputs.Aggregate((Int128)0, (s, n) => s + n)) * WorkOfElement,
            OperatorKind.Product when facts.Has(OperatorTraits.Contracts) =>
                elements * (_constants.GetValueOrDefault(node.Input[0]) is { Length: > 0 } left ? left.Max() : inputs[0]),
            OperatorKind.Product => inputs.Aggregate((Int128)1, (p, n) => Int128.Min(p * n, MaximumWork + 1)),
            _ => MaximumWork + 1,
        };
        return _work <= MaximumWork;
    }

    private static Int128 Count(long[]? extents) =>
        extents?.Aggregate((Int128)1, (p, n) => Int128.Min(p * Int128.Max(n, 0), MaximumWork)) ?? MaximumWork;
}
