using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.OnnxOperators;

/// <summary>
/// Reads <c>TreeEnsemble</c> of the operator set 5 of ai.onnx.ml: inner nodes and leaves in tables of their own, each leaf with one weight
/// for one output.
/// </summary>
internal static class TreeEnsembleReader
{
    /// <summary>Reads the operator.</summary>
    public static OnnxForest Read(NodeProto node)
    {
        var attributes = new OnnxAttributes(node);
        var outputs = attributes.Whole("n_targets", 1);
        if (outputs is < 1 or > ModelFile.MaximumOutputs)
            throw new InvalidModelException($"'n_targets' is {outputs}; a number from 1 to {ModelFile.MaximumOutputs:N0} was expected.");
        if (attributes.Whole("post_transform", 0) is not 0 and var transformation)
            throw new InvalidModelException($"'post_transform' is {transformation}: ONNX Runtime takes 1 for the logistic function and 2 "
                + "for softmax, the standard the other way round. Leave it out, and put a node Sigmoid or Softmax behind.");

        var targets = attributes.Required("leaf_targetids");
        var weights =
            attributes.Reals("leaf_weights", targets.Length) ?? (targets.Length == 0 ? [] : throw OnnxAttributes.Lacks("leaf_weights"));
        var features = attributes.Required("nodes_featureids");
        var sets = new List<double[]>();
        var nodes = Nodes(attributes, features, targets.Length, sets);
        var roots = attributes.Required("tree_roots");
        return new OnnxForest
        {
            Nodes = nodes,
            Roots =
                Array.ConvertAll(roots,
                    r => r >= 0 && r < features.Length ? LeafOr(nodes, (int)r)
                        : throw new InvalidModelException($"'tree_roots' names node {r}; there are the nodes 0 to {features.Length - 1}.")),
            Votes = TreeTableReader.Sorted([.. targets.Select((t, i) => t >= 0 && t < outputs
                ? new OnnxVote(features.Length + i, (int)t, weights[i])
                : throw new InvalidModelException(
                    $"Leaf {i} adds to output {t} ('leaf_targetids'); there are {outputs:N0}, 0 to {outputs - 1}."))], nodes),
            Sets = sets,
            BaseValues = new double[outputs],
            Divisor = attributes.Whole("aggregate_function", 1) switch
            {
                0 => Math.Max(1, roots.Length),
                1 => 1,
                2 or 3 => throw new InvalidModelException("It takes the minimum or maximum of its trees ('aggregate_function'), which is "
                    + "no sum of trees. Explain it as a black box."),
                var other => throw new InvalidModelException($"'aggregate_function' is {other}, which is not known."),
            },
            Transformation = "NONE",
        };
    }

    private static OnnxNode[] Nodes(OnnxAttributes attributes, long[] features, int leaves, List<double[]> sets)
    {
        var count = features.Length;
        var modes = attributes.Bytes("nodes_modes");
        if (modes.Length != count)
            throw new InvalidModelException(
                $"'nodes_modes' holds {modes.Length:N0} values; {count:N0} were expected. The file is damaged.");
        var thresholds = attributes.Reals("nodes_splits", count) ?? throw OnnxAttributes.Lacks("nodes_splits");
        var yes = (attributes.Required("nodes_truenodeids", count), attributes.Required("nodes_trueleafs", count));
        var no = (attributes.Required("nodes_falsenodeids", count), attributes.Required("nodes_falseleafs", count));
        var missing = attributes.Wholes("nodes_missing_value_tracks_true", count);
        var members = new Queue<double>(attributes.Reals("membership_values") ?? []);

        var nodes = new OnnxNode[count + leaves];
        for (var i = 0; i < count; i++)
        {
            nodes[i] = new OnnxNode
            {
                Mode = modes[i] <= (byte)OnnxNodeMode.Member ? (OnnxNodeMode)modes[i]
                    : throw new InvalidModelException($"Node {i} has the mode {modes[i]} ('nodes_modes'), which is not known."),
                Feature = (int)Math.Clamp(features[i], -1, int.MaxValue),
                Threshold = thresholds[i],
                Set = -1,
                True = Child(i, yes),
                False = Child(i, no),
                MissingIsTrue = missing is not null && missing[i] == 1,
                // How often leaves were hit is not told, so covers would be incomplete.
                Hits = double.NaN,
                Name = $"node {i}",
            };
            if (nodes[i].Mode != OnnxNodeMode.Member)
                continue;
            nodes[i].Set = sets.Count;
            sets.Add(Members(members, i));
        }
        for (var i = 0; i < leaves; i++)
            nodes[count + i] = new OnnxNode { Mode = OnnxNodeMode.Leaf, Hits = double.NaN, Name = $"leaf {i}" };
        return nodes;

        int Child(int node, (long[] Ids, long[] AreLeaves) children)
        {
            var (id, isLeaf) = (children.Ids[node], children.AreLeaves[node] != 0);
            return id >= 0 && id < (isLeaf ? leaves : count)
                ? (int)id + (isLeaf ? count : 0)
                : throw new InvalidModelException(
                    $"Node {node} has the child {(isLeaf ? "leaf" : "node")} {id}; there are {(isLeaf ? leaves : count):N0}.");
        }
    }

    // A tree that is only a leaf has a root whose answers both are that leaf.
    private static int LeafOr(OnnxNode[] nodes, int root) => nodes[root].True == nodes[root].False ? nodes[root].True : root;

    // The members of all nodes stand one after the other, NaN behind those of each.
    private static double[] Members(Queue<double> members, int node)
    {
        var set = new List<double>();
        while (members.TryDequeue(out var member))
        {
            if (double.IsNaN(member))
                return [.. set];
            set.Add(member);
        }
        throw new InvalidModelException($"Node {node} asks for membership, and 'membership_values' has no set for it that ends with NaN.");
    }
}
