using System.Globalization;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.XGBoost;

/// <summary>
/// Makes trees of the lists that a file holds. A tree whose leaves have a value for each target becomes a tree for each target.
/// </summary>
internal sealed class XGBoostTrees
{
    private const int NoChild = -1;

    private readonly XGBoostTree _tree;
    private readonly int _count, _features;
    private readonly int[] _left, _right, _asked, _defaultLeft;
    private readonly float[] _conditions;
    private readonly int[] _setOf;
    private readonly List<double[]> _sets = [];

    private XGBoostTrees(XGBoostTree tree, int features)
    {
        (_tree, _features) = (tree, features);
        _left = tree.Left ?? throw Lacks("left_children");
        _count = _left.Length;
        if (Parameter("num_nodes", _count) != _count)
            throw new InvalidModelException(
                $"It has {Parameter("num_nodes", _count):N0} nodes ('num_nodes'), but 'left_children' holds {_count:N0}.");
        _right = Whole(tree.Right, "right_children");
        _asked = Whole(tree.Features, "split_indices");
        _defaultLeft = Whole(tree.DefaultLeft, "default_left");
        _conditions = Whole(tree.Conditions, "split_conditions");
        if (tree.Hessians is not null)
            Whole(tree.Hessians, "sum_hessian");
        _setOf = Sets();
    }

    /// <summary>The trees of one tree of the file.</summary>
    /// <param name="tree">What the file says.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="output">The output that a tree of single values adds to.</param>
    /// <param name="weight">What leaves are multiplied with.</param>
    /// <exception cref="InvalidModelException">Something is missing, too long, too short, or out of range.</exception>
    public static IEnumerable<Tree> Of(XGBoostTree tree, int features, int outputs, int output, float weight)
    {
        var trees = new XGBoostTrees(tree, features);
        var targets = trees.Parameter("size_leaf_vector", 1);
        if (targets <= 1)
        {
            if (output < 0 || output >= outputs)
                throw new InvalidModelException($"It adds to the output {output} ('tree_info'); the model has {outputs}.");
            yield return trees.Make(output, (int node) => weight * trees._conditions[node]);
            yield break;
        }
        if (targets != outputs)
            throw new InvalidModelException($"Its leaves hold {targets} values ('size_leaf_vector'); the model has {outputs} outputs.");
        var leaves = trees.Vectors(outputs);
        for (var target = 0; target < outputs; target++)
        {
            var column = target;
            yield return trees.Make(target, (int node) => weight * leaves(node, column));
        }
    }

    private Tree Make(int output, Func<int, double> leaf)
    {
        var nodes = new TreeNode[_count];
        for (var i = 0; i < nodes.Length; i++)
        {
            var cover = Cover(i);
            if (_left[i] == NoChild)
                nodes[i] = TreeNode.Leaf(leaf(i), cover);
            else if (_asked[i] < 0 || _asked[i] >= _features)
                throw new InvalidModelException(
                    $"Node {i} asks feature {_asked[i]}; the model has {_features} features, 0 to {_features - 1}.");
            else if (_setOf[i] < 0)
                nodes[i] = TreeNode.Comparison(_asked[i], SplitKind.Less, _conditions[i], _left[i], _right[i], _defaultLeft[i] != 0, cover);
            else
                // XGBoost sends the split's own categories to the right, all others to the left.
                nodes[i] = TreeNode.Membership(_asked[i], SplitKind.Category, _setOf[i], left: _right[i], right: _left[i],
                    missingLeft: _defaultLeft[i] == 0, cover);
        }
        return new Tree(nodes, _sets, output);
    }

    // XGBoost gets one child's sum by taking the other's from their parent's, which may leave a trace below 0.
    private double Cover(int node) => _tree.Hessians is not { } hessians ? double.NaN
        : hessians[node] < 0 && hessians[node] > -1e-6f * hessians[0] ? 0
        : hessians[node];

    // Since XGBoost 3.2 leaves have a list of their own, and the right child of a leaf is its place there; before, the values
    // lay among those that every node has.
    private Func<int, int, float> Vectors(int targets)
    {
        if (_tree.LeafWeights is not { } leaves)
        {
            var weights = _tree.BaseWeights ?? throw Lacks("base_weights");
            if (weights.Length != (long)_count * targets)
                throw new InvalidModelException($"'base_weights' holds {weights.Length:N0} numbers; {(long)_count * targets:N0} were "
                    + $"expected, {targets} for each of {_count:N0} nodes.");
            return (node, target) => weights[node * targets + target];
        }
        for (var i = 0; i < _count; i++)
            if (_left[i] == NoChild && (_right[i] < 0 || (_right[i] + 1L) * targets > leaves.Length))
                throw new InvalidModelException(
                    $"Node {i} is the leaf {_right[i]}; 'leaf_weights' holds {leaves.Length:N0} numbers, {targets} for each leaf.");
        return (node, target) => leaves[_right[node] * targets + target];
    }

    // The number of the set of each node; -1 for those that compare.
    private int[] Sets()
    {
        var sets = new int[_count];
        Array.Fill(sets, -1);
        var types = _tree.SplitTypes is { } given ? Whole(given, "split_type") : new int[_count];
        var nodes = _tree.CategoryNodes ?? [];
        var categories = _tree.Categories ?? [];
        if (_tree.CategorySegments?.Length is var segments && (segments ?? 0) != nodes.Length
            || (_tree.CategorySizes?.Length ?? 0) != nodes.Length)
            throw new InvalidModelException($"'categories_nodes' names {nodes.Length:N0} nodes, 'categories_segments' has "
                + $"{segments ?? 0:N0} beginnings, 'categories_sizes' {_tree.CategorySizes?.Length ?? 0:N0} sizes; they must be as many.");
        for (var i = 0; i < nodes.Length; i++)
        {
            var (begin, size) = (_tree.CategorySegments![i], _tree.CategorySizes![i]);
            if (nodes[i] < 0 || nodes[i] >= _count || types[nodes[i]] == 0)
                throw new InvalidModelException($"'categories_nodes' names node {nodes[i]}, which is no node of the {_count:N0} that "
                    + "asks for a category ('split_type').");
            if (begin < 0 || size < 1 || begin > categories.Length - size)
                throw new InvalidModelException($"The categories of node {nodes[i]} are {size:N0} from number {begin:N0} on; "
                    + $"'categories' holds {categories.Length:N0}.");
            sets[nodes[i]] = _sets.Count;
            _sets.Add(Array.ConvertAll(categories[begin..(begin + size)], c => (double)c));
        }
        for (var i = 0; i < _count; i++)
            if (types[i] is not 0 and not 1 || types[i] == 1 && sets[i] < 0 && _left[i] != NoChild)
                throw new InvalidModelException($"Node {i} has the split type {types[i]}, but "
                    + $"{(types[i] == 1 ? "no categories ('categories_nodes')" : "0 (a number) or 1 (a category) was expected")}.");
        return sets;
    }

    private T[] Whole<T>(T[]? list, string name) => list is null ? throw Lacks(name)
        : list.Length == _count ? list
        : throw new InvalidModelException($"'{name}' holds {list.Length:N0} numbers; {_count:N0} were expected, one for each node.");

    private int Parameter(string name, int otherwise) => _tree.Parameters?.TryGetValue(name, out var text) != true ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value
        : throw new InvalidModelException($"'{name}' is '{text}'; a whole number was expected.");

    private static InvalidModelException Lacks(string name) =>
        new($"It has no '{name}'. The file is damaged, or of a version that is not known.");
}
