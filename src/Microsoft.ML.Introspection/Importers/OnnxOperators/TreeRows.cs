using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx.Reading.Learners;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>The rows that reach trees: one input, or several that are put side by side, as ML.NET exports its columns.</summary>
/// <param name="ComparesSingles">Whether values are rounded to single precision on their way.</param>
/// <param name="Features">How many features there are; null where the input does not say.</param>
internal sealed record TreeRows(bool ComparesSingles, int? Features)
{
    // Files are untrusted: inputs may be put side by side again and again.
    private const int MaximumDepth = 64, MaximumPlaces = 1 << 20;

    /// <summary>What the features are called, where they come from several inputs; else null.</summary>
    public IReadOnlyList<string>? Names { get; private init; }

    /// <summary>The inputs of the graph that rows come from, in their order.</summary>
    public IReadOnlyList<string> Inputs { get; private init; } = [];

    // Which feature each number is that the trees see: an input may stand there twice.
    private int[]? Places { get; init; }

    /// <summary>Follows rows from the trees to the inputs of the graph.</summary>
    /// <exception cref="InvalidModelException">Something else happens to them on the way.</exception>
    public static TreeRows Find(GraphProto graph, NodeProto trees)
    {
        var producers = graph.Node.SelectMany(n => n.Output.Select(o => (Output: o, Node: n))).Where(p => p.Output.Length > 0)
            .ToDictionary(p => p.Output, p => p.Node);
        var inputs = graph.Input.DistinctBy(i => i.Name).ToDictionary(i => i.Name);
        var (parts, places) = (new List<Part>(), 0L);
        Follow(trees.Input.FirstOrDefault() ?? "", false, 0);
        if (parts is [{ Features: var features, IsSingle: var single }])
            return new TreeRows(single, features) { Inputs = [parts[0].Input] };
        if (parts.Any(p => p.IsSingle != parts[0].IsSingle))
            throw new InvalidModelException($"Some inputs of {TreeGraph.Named(trees)} are rounded to single precision and others are not. "
                + "Explain the whole model as a black box.");
        List<(string Input, int Index, int Of)> seen =
            [.. parts.SelectMany(p => Enumerable.Range(0, p.Features ?? 0).Select(i => (p.Input, i, p.Features ?? 0)))];
        var distinct = seen.Distinct().ToList();
        var numbers = distinct.Index().ToDictionary(d => d.Item, d => d.Index);
        return new TreeRows(parts[0].IsSingle, distinct.Count)
        {
            Names = [.. distinct.Select(d => d.Of == 1 ? d.Input : FormattableString.Invariant($"{d.Input}.{d.Index}"))],
            Places = [.. seen.Select(s => numbers[s])],
            Inputs = [.. parts.Select(p => p.Input)],
        };

        void Follow(string name, bool single, int depth)
        {
            // Every node makes its outputs from what stands before it, so that the way ends.
            while (producers.TryGetValue(name, out var node))
            {
                if (IsJoint(node))
                {
                    if (depth == MaximumDepth)
                        throw new InvalidModelException($"Inputs are put side by side more than {MaximumDepth} times before they reach "
                            + $"{TreeGraph.Named(trees)}. Explain the whole model as a black box.");
                    foreach (var input in node.Input)
                        Follow(input, single || node.Domain == LearnerOperators.Domain, depth + 1);
                    return;
                }
                var type = TreeGraph.Is(node, "Cast") ? (ElementType)Attributes.FromProtos(node.Attribute).Int("to")
                    : ElementType.Undefined;
                if (node.Input.Count == 0 || !TreeGraph.Is(node, "Identity") && type is not (ElementType.Float or ElementType.Double))
                    throw new InvalidModelException($"Rows pass {TreeGraph.Named(node)} before they reach the trees, so that the trees do "
                        + "not see the features of the input. Explain the whole model as a black box, or cut the node off.");
                single |= type == ElementType.Float;
                name = node.Input[0];
            }
            parts.Add(Part.Of(inputs.GetValueOrDefault(name) ?? throw new InvalidModelException(
                $"The rows of {TreeGraph.Named(trees)} are no input of the graph, but the constant '{name}'."), single));
            places += parts[^1].Features ?? MaximumPlaces;
            if (parts.Count > 1 && places >= MaximumPlaces)
                throw new InvalidModelException($"Several inputs reach {TreeGraph.Named(trees)}; each must say how many features it has, "
                    + $"and together at most {MaximumPlaces - 1:N0}.");
        }
    }

    /// <summary>The forest, asking features by their own numbers.</summary>
    public void Renumber(OnnxForest forest)
    {
        if (Places is not { } places)
            return;
        foreach (ref var node in forest.Nodes.AsSpan())
        {
            if (node.Mode != OnnxNodeMode.Leaf)
                node.Feature = node.Feature >= 0 && node.Feature < places.Length ? places[node.Feature] : throw new InvalidModelException(
                    $"{node.Name} asks feature {node.Feature}; {places.Length} reach the trees.");
        }
    }

    // Numbers of rows, side by side.
    private static bool IsJoint(NodeProto node) => node.Input.Count > 0 && (node.Domain == LearnerOperators.Domain
        ? node.OpType == "FeatureVectorizer"
        : TreeGraph.Is(node, "Concat") && Attributes.FromProtos(node.Attribute).Int("axis") is 1 or -1);

    private sealed record Part(string Input, int? Features, bool IsSingle)
    {
        public static Part Of(ValueInfoProto input, bool single)
        {
            var name = input.Name;
            var info = TensorInfo.FromProto(input);
            if (info.Type is not (ElementType.Float or ElementType.Double or ElementType.Float16 or ElementType.Int32 or ElementType.Int64))
                throw new InvalidModelException($"The input '{name}' holds elements of type {info.Type}; numbers were expected.");
            var features = info.Shape is { Rank: > 0 } shape && shape[-1].IsKnown ? shape[-1].Value : (long?)null;
            return features is null or (> 0 and <= ModelFile.MaximumFeatures)
                ? new Part(name, (int?)features, single || info.Type != ElementType.Double)
                : throw new InvalidModelException(
                    $"The input '{name}' has {features:N0} features; 1 to {ModelFile.MaximumFeatures:N0} were expected.");
        }
    }
}
