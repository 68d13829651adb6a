using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>
/// A graph around the one operator that holds its trees: rows must reach it as they come, and its scores must leave as they are, or
/// through a last function that a link says.
/// </summary>
internal sealed class TreeGraph
{
    private const string Domain = "ai.onnx.ml";

    private static readonly HashSet<string> Operators = ["TreeEnsembleRegressor", "TreeEnsembleClassifier", "TreeEnsemble"];

    // What carries numbers on in their order.
    private static readonly HashSet<string> Passing = ["Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze"];

    private readonly GraphProto _graph;
    private readonly NodeProto _trees;

    private TreeGraph(GraphProto graph, NodeProto trees) => (_graph, _trees) = (graph, trees);

    /// <summary>The operator.</summary>
    public NodeProto Operator => _trees;

    /// <summary>The graph of a model, or null where it has no trees.</summary>
    /// <exception cref="InvalidModelException">It has several operators with trees.</exception>
    public static TreeGraph? Find(OnnxModel model)
    {
        var trees = model.Proto.Graph.Node.Where(n => n.Domain == Domain && Operators.Contains(n.OpType)).Take(2).ToList();
        return trees.Count < 2 ? trees.Count == 0 ? null : new TreeGraph(model.Proto.Graph, trees[0])
            : throw new InvalidModelException($"It has several operators with trees, among them {Named(trees[0])} and {Named(trees[1])}; what they say together is no sum of trees. Explain it as a black box.");
    }

    /// <summary>Whether values are rounded to single precision on their way to the trees, and how many features the input has; null where it does not say.</summary>
    /// <exception cref="InvalidModelException">Something else happens to them on the way.</exception>
    public (bool ComparesSingles, int? Features) Input()
    {
        var producers = _graph.Node.SelectMany(n => n.Output.Select(o => (Output: o, Node: n))).Where(p => p.Output.Length > 0).ToDictionary(p => p.Output, p => p.Node);
        var singles = false;
        var name = _trees.Input.FirstOrDefault() ?? "";
        // Every node makes its outputs from what stands before it, so that the way ends.
        while (producers.TryGetValue(name, out var node))
        {
            var isCast = Is(node, "Cast");
            var type = isCast ? (ElementType)Attributes.FromProtos(node.Attribute).Int("to") : ElementType.Undefined;
            if (node.Input.Count == 0 || !Is(node, "Identity") && type is not (ElementType.Float or ElementType.Double))
                throw new InvalidModelException($"Rows pass {Named(node)} before they reach the trees, so that the trees do not see the features of the input. Explain the whole model as a black box, or cut the node off.");
            singles |= type == ElementType.Float;
            name = node.Input[0];
        }
        var input = _graph.Input.FirstOrDefault(i => i.Name == name)
            ?? throw new InvalidModelException($"The rows of {Named(_trees)} are no input of the graph, but the constant '{name}'.");
        var info = TensorInfo.FromProto(input);
        if (info.Type is not (ElementType.Float or ElementType.Double or ElementType.Float16 or ElementType.Int32 or ElementType.Int64))
            throw new InvalidModelException($"The input '{name}' holds elements of type {info.Type}; numbers were expected.");
        var features = info.Shape is { Rank: > 0 } shape && shape[-1].IsKnown ? shape[-1].Value : (long?)null;
        return features is null or (> 0 and <= ModelFile.MaximumFeatures)
            ? (singles || info.Type != ElementType.Double, (int?)features)
            : throw new InvalidModelException($"The input '{name}' has {features:N0} features; 1 to {ModelFile.MaximumFeatures:N0} were expected.");
    }

    /// <summary>How scores become predictions on their way out.</summary>
    /// <param name="forest">The operator's content.</param>
    /// <exception cref="InvalidModelException">They leave neither as they are nor through one function that is known.</exception>
    public ScoreLink Link(OnnxForest forest)
    {
        var own = forest.Transformation switch
        {
            "NONE" => ScoreLink.Identity,
            "LOGISTIC" => ScoreLink.Logistic,
            "SOFTMAX" => ScoreLink.Softmax,
            var other => throw new InvalidModelException($"'post_transform' is {Documents.Shortened.Text(other)}; NONE, LOGISTIC and SOFTMAX are known. Explain it as a black box."),
        };
        var scores = _trees.OpType == "TreeEnsembleClassifier" ? 1 : 0;
        if (_trees.Output.Count <= scores || _trees.Output[scores].Length == 0)
            throw new InvalidModelException($"{Named(_trees)} gives no scores.");

        NodeProto? foreign = null;
        ScoreLink? later = null;
        var leaves = false;
        var outputs = _graph.Output.Select(o => o.Name).ToHashSet();
        var consumers = _graph.Node.SelectMany(n => n.Input.Distinct().Select(i => (Input: i, Node: n))).ToLookup(c => c.Input, c => c.Node);
        var seen = new HashSet<string>();
        var open = new Queue<(string Tensor, ScoreLink? Later)>([(_trees.Output[scores], null)]);
        while (open.TryDequeue(out var next))
        {
            if (!seen.Add(next.Tensor))
                continue;
            if (outputs.Contains(next.Tensor))
                (leaves, later) = (true, later ?? next.Later);
            foreach (var node in consumers[next.Tensor])
            {
                if (node.Output.Count > 0 && Passes(node, own, forest))
                    open.Enqueue((node.Output[0], next.Later));
                else if (node.Output.Count > 0 && next.Later is null && own == ScoreLink.Identity && LinkOf(node, forest) is { } link)
                    open.Enqueue((node.Output[0], link));
                else
                    foreign ??= node;
            }
        }
        return leaves ? later ?? own : throw new InvalidModelException(foreign is null
            ? $"The scores of {Named(_trees)} are no output of the graph."
            : $"The scores of the trees pass {Named(foreign)} before they leave, which no link says. Explain the whole model as a black box, or cut the node off.");
    }

    private static bool Passes(NodeProto node, ScoreLink own, OnnxForest forest) =>
        node.Domain is "" or "ai.onnx" && Passing.Contains(node.OpType)
        || Is(node, "Cast") && (ElementType)Attributes.FromProtos(node.Attribute).Int("to") is ElementType.Float or ElementType.Double
        || node is { Domain: Domain, OpType: "ZipMap" }
        // Shares that sum to 1 stay what they are.
        || node is { Domain: Domain, OpType: "Normalizer" } && Attributes.FromProtos(node.Attribute).Text("norm", "MAX") == "L1"
            && (own == ScoreLink.Softmax || own == ScoreLink.Logistic && forest.HasOppositeColumn);

    private static ScoreLink? LinkOf(NodeProto node, OnnxForest forest) =>
        Is(node, "Sigmoid") ? ScoreLink.Logistic
        : Is(node, "Exp") ? ScoreLink.Exponential
        : Is(node, "Softmax") && Attributes.FromProtos(node.Attribute).Int("axis", -1) is -1 or 1 && forest.BaseValues.Length > 1 ? ScoreLink.Softmax
        : null;

    private static bool Is(NodeProto node, string operatorType) => node.Domain is "" or "ai.onnx" && node.OpType == operatorType;

    private static string Named(NodeProto node) => $"the node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault())}' ({node.OpType})";
}
