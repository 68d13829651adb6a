using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>
/// Reads <c>TreeEnsembleRegressor</c> and <c>TreeEnsembleClassifier</c>: a table of nodes, each with the numbers of its tree and of
/// itself within it, and a table of what leaves add to which output. Where the standard leaves things open, ONNX Runtime
/// decides.
/// </summary>
internal static class TreeTableReader
{
    /// <summary>Reads a regressor.</summary>
    public static OnnxForest Regressor(NodeProto node)
    {
        var attributes = new OnnxAttributes(node);
        var outputs = attributes.Whole("n_targets", 0);
        if (outputs is < 1 or > ModelFile.MaximumOutputs)
            throw new InvalidModelException($"'n_targets' is {outputs}; a number from 1 to {ModelFile.MaximumOutputs:N0} was expected.");
        var (nodes, roots, places) = Nodes(attributes);
        return new OnnxForest
        {
            Nodes = nodes,
            Roots = roots,
            Votes = Votes(attributes, "target", nodes, places, (int)outputs),
            BaseValues = attributes.Reals("base_values", (int)outputs) ?? new double[outputs],
            Divisor = Divisor(attributes.Text("aggregate_function", "SUM"), roots),
            // ONNX Runtime transforms the scores of several targets only.
            Transformation = outputs == 1 && Known(attributes) ? "NONE" : attributes.Text("post_transform", "NONE"),
        };
    }

    /// <summary>Reads a classifier. Two classes of which only the first has votes have one score: that of the second.</summary>
    public static OnnxForest Classifier(NodeProto node)
    {
        var attributes = new OnnxAttributes(node);
        var labels = attributes.Texts("classlabels_strings")
            ?? attributes.Wholes("classlabels_int64s")?.Select(l => $"{l}").ToArray() ?? throw OnnxAttributes.Lacks("classlabels_int64s");
        if (labels.Length > ModelFile.MaximumOutputs)
            throw new InvalidModelException($"It has {labels.Length:N0} classes; at most {ModelFile.MaximumOutputs:N0} were expected.");
        var (nodes, roots, places) = Nodes(attributes);
        var votes = Votes(attributes, "class", nodes, places, labels.Length);
        var given = attributes.Reals("base_values");
        var isSingle = labels.Length == 2 && given is null or { Length: < 2 } && Array.TrueForAll(votes, v => v.Output == 0);
        return new OnnxForest
        {
            Nodes = nodes,
            Roots = roots,
            Votes = votes,
            BaseValues = isSingle ? given ?? [0] : BaseValues(given, labels.Length, votes),
            Divisor = Divisor("SUM", roots),
            // Of a single score ONNX Runtime makes a probability only where that is asked by this name, of one class never.
            Transformation = attributes.Text("post_transform", "NONE") is var name && (labels.Length == 1 || isSingle && name == "SOFTMAX")
                && Known(attributes) ? "NONE" : name,
            OutputNames = isSingle ? [labels[1]] : labels,
            HasOppositeColumn = isSingle,
        };
    }

    private static double[] BaseValues(double[]? given, int classes, OnnxVote[] votes)
    {
        if (given is null || classes is 1 or > 2)
            return given is null ? new double[classes]
                : given.Length == classes ? given
                : throw new InvalidModelException(
                    $"'base_values' holds {given.Length:N0} values; {classes:N0} were expected, one for each class.");
        // Of two classes ONNX Runtime gives a single base value to the first; with two of them it computes what the standard does not say.
        return given.Length == 1 && Array.Exists(votes, v => v.Output == 0)
            ? [given[0], 0]
            : throw new InvalidModelException($"It has {given.Length:N0} base values for two classes, where ONNX Runtime and the "
                + "standard disagree on what the scores are. Add the base values to the leaves of a tree, or export it with a single "
                    + "score.");
    }

    private static (OnnxNode[] Nodes, int[] Roots, Dictionary<(long Tree, long Node), int> Places) Nodes(OnnxAttributes attributes)
    {
        var trees = attributes.Wholes("nodes_treeids") ?? throw OnnxAttributes.Lacks("nodes_treeids");
        var count = trees.Length;
        var ids = attributes.Required("nodes_nodeids", count);
        var features = attributes.Required("nodes_featureids", count);
        var yes = attributes.Required("nodes_truenodeids", count);
        var no = attributes.Required("nodes_falsenodeids", count);
        var missing = attributes.Wholes("nodes_missing_value_tracks_true", count);
        var thresholds = attributes.Reals("nodes_values", count) ?? throw OnnxAttributes.Lacks("nodes_values");
        var hits = attributes.Reals("nodes_hitrates", count);
        var modes = attributes.Texts("nodes_modes") ?? throw OnnxAttributes.Lacks("nodes_modes");
        if (modes.Length != count)
            throw new InvalidModelException(
                $"'nodes_modes' holds {modes.Length:N0} values; {count:N0} were expected. The file is damaged.");

        var places = new Dictionary<(long, long), int>(count);
        var roots = new List<int>();
        var seen = new HashSet<long>();
        for (var i = 0; i < count; i++)
        {
            if (!places.TryAdd((trees[i], ids[i]), i))
                throw new InvalidModelException($"Two nodes are number {ids[i]} of tree {trees[i]}.");
            if (i > 0 && trees[i] == trees[i - 1])
                continue;
            if (!seen.Add(trees[i]))
                throw new InvalidModelException($"The nodes of tree {trees[i]} do not stand together ('nodes_treeids').");
            roots.Add(i);
        }

        var nodes = new OnnxNode[count];
        for (var i = 0; i < count; i++)
        {
            var (tree, id) = (trees[i], ids[i]);
            nodes[i] = new OnnxNode
            {
                Mode = Mode(modes[i], tree, id),
                Feature = (int)Math.Clamp(features[i], -1, int.MaxValue),
                Threshold = thresholds[i],
                Set = -1,
                MissingIsTrue = missing is not null && missing[i] == 1,
                Hits = hits?[i] ?? double.NaN,
                Name = $"node {id} of tree {tree}",
            };
            if (nodes[i].Mode == OnnxNodeMode.Leaf)
                continue;
            nodes[i].True = Child(yes[i]);
            nodes[i].False = Child(no[i]);

            int Child(long child) => places.TryGetValue((tree, child), out var place)
                ? place
                : throw new InvalidModelException($"Node {id} of tree {tree} has the child {child}, and the tree has no such node.");
        }
        return (nodes, [.. roots], places);
    }

    private static OnnxNodeMode Mode(string mode, long tree, long node) => mode switch
    {
        "BRANCH_LEQ" => OnnxNodeMode.LessOrEqual,
        "BRANCH_LT" => OnnxNodeMode.Less,
        "BRANCH_GTE" => OnnxNodeMode.GreaterOrEqual,
        "BRANCH_GT" => OnnxNodeMode.Greater,
        "BRANCH_EQ" => OnnxNodeMode.Equal,
        "BRANCH_NEQ" => OnnxNodeMode.NotEqual,
        "LEAF" => OnnxNodeMode.Leaf,
        _ => throw new InvalidModelException($"Node {node} of tree {tree} has the mode {Documents.Shortened.Text(mode)}, which is not "
            + "known."),
    };

    private static OnnxVote[] Votes(OnnxAttributes attributes, string prefix, OnnxNode[] nodes,
        Dictionary<(long Tree, long Node), int> places, int outputs)
    {
        var trees = attributes.Required(prefix + "_treeids");
        var ids = attributes.Required(prefix + "_nodeids", trees.Length);
        var targets = attributes.Required(prefix + "_ids", trees.Length);
        var weights = attributes.Reals(prefix + "_weights", trees.Length)
            ?? (trees.Length == 0 ? [] : throw OnnxAttributes.Lacks(prefix + "_weights"));
        var votes = new List<OnnxVote>(trees.Length);
        for (var i = 0; i < trees.Length; i++)
        {
            if (!places.TryGetValue((trees[i], ids[i]), out var node))
                throw new InvalidModelException($"'{prefix}_nodeids' names node {ids[i]} of tree {trees[i]}, which is not there.");
            if (targets[i] < 0 || targets[i] >= outputs)
                throw new InvalidModelException(
                    $"Node {ids[i]} of tree {trees[i]} adds to output {targets[i]}; there are {outputs:N0}, 0 to {outputs - 1}.");
            // Only leaves have a say.
            if (nodes[node].Mode == OnnxNodeMode.Leaf)
                votes.Add(new OnnxVote(node, (int)targets[i], weights[i]));
        }
        return Sorted(votes, nodes);
    }

    /// <summary>Votes in the order of nodes and outputs, each pair once, with finite weights.</summary>
    public static OnnxVote[] Sorted(List<OnnxVote> votes, OnnxNode[] nodes)
    {
        OnnxVote[] sorted = [.. votes.OrderBy(v => v.Node).ThenBy(v => v.Output)];
        for (var i = 0; i < sorted.Length; i++)
        {
            if (!double.IsFinite(sorted[i].Weight))
                throw new InvalidModelException(
                    $"The leaf '{nodes[sorted[i].Node].Name}' has the weight {sorted[i].Weight}; a finite number was expected.");
            if (i > 0 && sorted[i].Node == sorted[i - 1].Node && sorted[i].Output == sorted[i - 1].Output)
                throw new InvalidModelException($"The leaf '{nodes[sorted[i].Node].Name}' has two weights for output {sorted[i].Output}.");
        }
        return sorted;
    }

    private static int Divisor(string aggregation, int[] roots) => aggregation switch
    {
        "SUM" => 1,
        "AVERAGE" => Math.Max(1, roots.Length),
        "MIN" or "MAX" => throw new InvalidModelException($"It takes the {aggregation} of its trees ('aggregate_function'), which is no "
            + "sum of trees. Explain it as a black box."),
        _ => throw new InvalidModelException($"'aggregate_function' is {Documents.Shortened.Text(aggregation)}, which is not known."),
    };

    // Whether a transformation that is not carried out is at least one that could be.
    private static bool Known(OnnxAttributes attributes) => attributes.Text("post_transform", "NONE") is "NONE" or "LOGISTIC" or "SOFTMAX";
}
