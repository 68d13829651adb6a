using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx.Proto;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Importers;

/// <summary>Random trees, written as each of the three operators of ONNX.</summary>
internal sealed class OnnxForestSample
{
    public const int Features = 4;

    private static readonly string[] Modes =
        ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER"];

    // Values that rows hit exactly.
    private static readonly double[] Thresholds = [-2, -1, -0.5, 0, 0.1, 1, 2, 3];

    private readonly List<Node> _nodes = [];
    private readonly List<int> _roots = [];
    private readonly int _outputs;
    private readonly bool _doubles;

    /// <param name="seed">Decides everything.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="modes">The modes that occur, as numbers of <c>TreeEnsemble</c>.</param>
    /// <param name="doubles">Whether numbers are of double precision.</param>
    /// <param name="votes">The most votes of a leaf.</param>
    /// <param name="positive">Whether all votes are positive.</param>
    public OnnxForestSample(int seed, int outputs, int[] modes, bool doubles = false, int votes = 1, bool positive = false, int trees = 7)
    {
        (_outputs, _doubles) = (outputs, doubles);
        var random = new Random(seed);
        for (var tree = 0; tree < trees; tree++)
        {
            _roots.Add(_nodes.Count);
            Grow(random, tree, _nodes.Count, 0, modes, votes, positive, tree == 3 ? 0 : 5);
        }
    }

    private sealed record Node(int Tree, int Id, int Feature, int Mode, double Threshold, double[] Members, bool Missing,
        (int Output, double Weight)[] Votes)
    {
        public int True { get; set; }

        public int False { get; set; }

        public bool IsLeaf => Mode < 0;
    }

    /// <summary>Rows with values at thresholds, beside them, missing, infinite and negative zero.</summary>
    public static double[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        var rows = new double[count * Features];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = random.Next(10) switch
            {
                < 5 => Thresholds[random.Next(Thresholds.Length)],
                5 => double.NaN,
                6 => MathF.BitIncrement((float)Thresholds[random.Next(Thresholds.Length)]),
                7 => (double[])[double.PositiveInfinity, double.NegativeInfinity, -0.0] is var odd ? odd[random.Next(3)] : 0,
                _ => (float)(random.NextDouble() * 8 - 4),
            };
        return rows;
    }

    /// <summary>Rows of the type that the operator wants.</summary>
    public Tensor Input(int count, int seed) =>
        Tensor.FromDoubles(_doubles ? ElementType.Double : ElementType.Float, Rows(count, seed), count, Features);

    /// <summary>A model of <c>TreeEnsembleRegressor</c>.</summary>
    public ModelBuilder Regressor(string aggregation = "SUM", string transformation = "NONE", double[]? baseValues = null) =>
        Model("TreeEnsembleRegressor", 3, ["scores"], [.. Table("target"), ("n_targets", (long)_outputs),
            ("aggregate_function", aggregation), ("post_transform", transformation), .. Reals("base_values", baseValues)]);

    /// <summary>A model of <c>TreeEnsembleClassifier</c>; its classes are 10, 11 and so on.</summary>
    public ModelBuilder Classifier(string transformation = "NONE", double[]? baseValues = null, int? classes = null, bool texts = false) =>
        Model("TreeEnsembleClassifier", 3, ["label", "scores"],
        [
            .. Table("class"), ("post_transform", transformation), .. Reals("base_values", baseValues),
            texts ? ("classlabels_strings", Enumerable.Range(10, classes ?? _outputs).Select(c => $"class {c}").ToArray())
                : ("classlabels_int64s", Enumerable.Range(10, classes ?? _outputs).Select(c => (long)c).ToArray()),
        ]);

    /// <summary>A model of <c>TreeEnsemble</c>; leaves have one vote.</summary>
    public ModelBuilder Ensemble(long aggregation = 1)
    {
        var inner = _nodes.Where(n => !n.IsLeaf).ToList();
        var leaves = _nodes.Where(n => n.IsLeaf).ToList();
        // A tree that is a leaf is written as a question whose answers both are that leaf.
        var roots = new List<long>();
        foreach (var root in _roots.Select(r => _nodes[r]))
        {
            if (root.IsLeaf)
                inner.Add(new Node(root.Tree, -1, 0, 0, 0, [], false, []) { True = root.Id, False = root.Id });
            roots.Add(root.IsLeaf ? inner.Count - 1 : inner.IndexOf(root));
        }
        // ONNX Runtime up to 1.29 takes a root for a leaf where its two children, a node and a leaf, have the same place in their tables,
        // and reads the leaf at the root's own place then. So leaves that nobody asks for keep places apart, and a tree that is a leaf has
        // the same place in both.
        var alone = _roots.Select(r => _nodes[r]).Where(n => n.IsLeaf).ToList();
        leaves = [.. Enumerable.Repeat(leaves[0] with { Id = -1 }, inner.Count - alone.Count), .. alone, .. leaves.Except(alone)];
        Node At(Node parent, int id) => _nodes.Single(n => n.Tree == parent.Tree && n.Id == id);
        long Place(Node node) => node.IsLeaf ? leaves.IndexOf(node) : inner.IndexOf(node);
        return Model("TreeEnsemble", 5, ["scores"],
        [
            ("tree_roots", roots.ToArray()), ("n_targets", (long)_outputs), ("aggregate_function", aggregation),
            ("nodes_featureids", inner.Select(n => (long)n.Feature).ToArray()),
            ("nodes_modes", Tensor.From(inner.Select(n => (byte)n.Mode).ToArray(), inner.Count)),
            ("nodes_splits", Packed(inner.Select(n => n.Threshold))),
            ("nodes_missing_value_tracks_true", inner.Select(n => n.Missing ? 1L : 0).ToArray()),
            ("nodes_truenodeids", inner.Select(n => Place(At(n, n.True))).ToArray()),
            ("nodes_trueleafs", inner.Select(n => At(n, n.True).IsLeaf ? 1L : 0).ToArray()),
            ("nodes_falsenodeids", inner.Select(n => Place(At(n, n.False))).ToArray()),
            ("nodes_falseleafs", inner.Select(n => At(n, n.False).IsLeaf ? 1L : 0).ToArray()),
            ("leaf_targetids", leaves.Select(n => (long)n.Votes[0].Output).ToArray()),
            ("leaf_weights", Packed(leaves.Select(n => n.Votes[0].Weight))),
            .. inner.Any(n => n.Mode == 6)
                ? [("membership_values", (object)Packed(inner.Where(n => n.Mode == 6).SelectMany(n => n.Members.Append(double.NaN))))]
                : ((string, object)[])[],
        ]);
    }

    private ModelBuilder Model(string operatorType, int version, string[] outputs, (string Name, object Value)[] attributes)
    {
        var builder = new ModelBuilder(17).Input("rows", _doubles ? ElementType.Double : ElementType.Float, -1, Features).Node(operatorType,
            ["rows"], outputs, attributes);
        builder.Graph.Node[0].Domain = "ai.onnx.ml";
        builder.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = version });
        foreach (var output in outputs)
            builder.Output(output, output == "label" ? ElementType.Int64
                : operatorType == "TreeEnsemble" && _doubles ? ElementType.Double : ElementType.Float);
        return builder;
    }

    private (string, object)[] Table(string prefix)
    {
        var votes = _nodes.SelectMany(n => n.Votes.Select(v => (Node: n, v.Output, v.Weight))).ToList();
        return
        [
            ("nodes_treeids", Wholes(n => n.Tree)), ("nodes_nodeids", Wholes(n => n.Id)), ("nodes_featureids", Wholes(n => n.Feature)),
            ("nodes_modes", _nodes.Select(n => n.IsLeaf ? "LEAF" : Modes[n.Mode]).ToArray()),
            ("nodes_missing_value_tracks_true", Wholes(n => n.Missing ? 1 : 0)),
            ("nodes_truenodeids", Wholes(n => n.True)), ("nodes_falsenodeids", Wholes(n => n.False)),
            .. Reals("nodes_values", _nodes.Select(n => n.Threshold)),
            ($"{prefix}_treeids", votes.Select(v => (long)v.Node.Tree).ToArray()),
            ($"{prefix}_nodeids", votes.Select(v => (long)v.Node.Id).ToArray()),
            ($"{prefix}_ids", votes.Select(v => (long)v.Output).ToArray()), .. Reals($"{prefix}_weights", votes.Select(v => v.Weight)),
        ];
    }

    private long[] Wholes(Func<Node, int> of) => [.. _nodes.Select(n => (long)of(n))];

    private (string, object)[] Reals(string name, IEnumerable<double>? numbers) =>
        numbers is null ? [] : _doubles ? [(name + "_as_tensor", Packed(numbers))] : [(name, numbers.Select(n => (float)n).ToArray())];

    private Tensor Packed(IEnumerable<double> numbers) =>
        numbers.ToArray() is var all ? Tensor.FromDoubles(_doubles ? ElementType.Double : ElementType.Float, all, all.Length) : null!;

    private int Grow(Random random, int tree, int root, int depth, int[] modes, int votes, bool positive, int deepest)
    {
        var id = _nodes.Count - root;
        var threshold = Thresholds[random.Next(Thresholds.Length)];
        if (depth == deepest || depth > 1 && random.Next(4) == 0)
        {
            // ONNX Runtime forgets the base value of an output that a row gets no vote for: one tree votes for all.
            var outputs =
                Enumerable.Range(0, _outputs).OrderBy(_ => random.Next()).Take(deepest == 0 ? _outputs : random.Next(1, votes + 1));
            _nodes.Add(
                new Node(tree, id, 0, -1, 0, [], false,
                    [.. outputs.Select(o => (o, (double)(float)(positive ? random.NextDouble() : random.NextDouble() * 2 - 1)))]));
            return id;
        }
        var mode = modes[random.Next(modes.Length)];
        double[] members = mode == 6 ? [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (double)random.Next(0, 4)).Distinct()] : [];
        var node = new Node(tree, id, random.Next(Features), mode, mode == 4 && random.Next(2) == 0 ? random.Next(0, 4) : threshold,
            members, random.Next(2) == 0, []);
        _nodes.Add(node);
        node.True = Grow(random, tree, root, depth + 1, modes, votes, positive, deepest);
        node.False = Grow(random, tree, root, depth + 1, modes, votes, positive, deepest);
        return id;
    }
}
