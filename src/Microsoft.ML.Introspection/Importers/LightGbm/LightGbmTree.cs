using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.LightGbm;

/// <summary>
/// Makes a tree of a section of the file. Splits are numbered first, leaves behind them; a child below 0 is the leaf of its complement.
/// </summary>
internal static class LightGbmTree
{
    private const int IsCategory = 1, DefaultLeft = 2;

    private enum Missing
    {
        None,
        Zero,
        NaN,
    }

    /// <summary>Reads a tree.</summary>
    /// <param name="section">Its lines.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="output">The output that it adds to.</param>
    /// <param name="divisor">What leaves are divided by.</param>
    /// <exception cref="InvalidModelException">It is damaged, or its leaves are linear models.</exception>
    public static Tree Of(LightGbmSection section, int features, int output, int divisor)
    {
        if (section.Has("is_linear") && section.Whole("is_linear", 0, 1) == 1)
            throw new InvalidModelException("Its leaves are linear models ('is_linear=1'), for which no exact SHAP values are known "
                + "here. Train with linear_tree=false, or explain the model as a black box.");
        var leaves = section.Whole("num_leaves", 1, Tree.MaximumNodes / 2);
        var splits = leaves - 1;
        var values = section.Numbers<double>("leaf_value", leaves);
        var covers = section.Has("leaf_count") ? section.Numbers<int>("leaf_count", leaves) : null;
        var nodes = new TreeNode[splits + leaves];
        for (var i = 0; i < leaves; i++)
            nodes[splits + i] = TreeNode.Leaf(values[i] / divisor, covers?[i] ?? double.NaN);
        return splits == 0 ? new Tree(nodes, output: output) : new Tree(nodes, AddSplits(section, nodes, splits, features), output);
    }

    private static List<double[]> AddSplits(LightGbmSection section, TreeNode[] nodes, int splits, int features)
    {
        var asked = section.Numbers<int>("split_feature", splits);
        var thresholds = section.Numbers<double>("threshold", splits);
        var types = section.Has("decision_type") ? section.Numbers<int>("decision_type", splits) : new int[splits];
        var left = section.Numbers<int>("left_child", splits);
        var right = section.Numbers<int>("right_child", splits);
        var covers = section.Has("internal_count") ? section.Numbers<int>("internal_count", splits) : null;
        var sets = Sets(section);
        for (var i = 0; i < splits; i++)
        {
            if (asked[i] < 0 || asked[i] >= features)
                throw new InvalidModelException(
                    $"Split {i} asks feature {asked[i]}; the model has {features} features, 0 to {features - 1}.");
            var (yes, no) = (Child(i, left[i], splits), Child(i, right[i], splits));
            var cover = covers?[i] ?? double.NaN;
            if ((types[i] & IsCategory) != 0)
            {
                if (!(thresholds[i] >= 0 && thresholds[i] < sets.Count))
                    throw new InvalidModelException($"Split {i} asks for the categories {thresholds[i]} ('threshold'); the tree has "
                        + $"{sets.Count} sets of them ('num_cat').");
                nodes[i] = TreeNode.Membership(asked[i], SplitKind.Category, (int)thresholds[i], yes, no, missingLeft: false, cover);
                continue;
            }
            var missing = (Missing)(types[i] >> 2 & 3);
            var missingLeft = missing switch
            {
                // What is missing counts as 0 then.
                Missing.None => 0 <= thresholds[i],
                Missing.Zero or Missing.NaN => (types[i] & DefaultLeft) != 0,
                _ => throw new InvalidModelException($"Split {i} has the decision type {types[i]}, which is not known."),
            };
            nodes[i] = TreeNode.Comparison(asked[i], SplitKind.LessOrEqual, thresholds[i], yes, no, missingLeft, cover) with {
                ZeroIsMissing = missing == Missing.Zero };
        }
        return sets;
    }

    private static int Child(int split, int child, int splits) => child < splits && ~child <= splits
        ? child >= 0 ? child : splits + ~child
        : throw new InvalidModelException(
            $"Split {split} has the child {child}; the tree has the splits 0 to {splits - 1} and the leaves -1 to {~splits}.");

    // A set is a run of 32-bit words, a bit for each category.
    private static List<double[]> Sets(LightGbmSection section)
    {
        var count = section.Has("num_cat") ? section.Whole("num_cat", 0, Tree.MaximumNodes) : 0;
        if (count == 0)
            return [];
        var borders = section.Numbers<int>("cat_boundaries", count + 1);
        if (borders[0] != 0 || borders.Zip(borders.Skip(1)).Any(b => b.First > b.Second))
            throw new InvalidModelException("'cat_boundaries' does not start at 0, or does not ascend.");
        var words = section.Numbers<uint>("cat_threshold", borders[^1]);
        var sets = new List<double[]>(count);
        for (var set = 0; set < count; set++)
        {
            var members = new List<double>();
            for (var word = borders[set]; word < borders[set + 1]; word++)
                for (var bit = 0; bit < 32; bit++)
                    if ((words[word] >> bit & 1) != 0)
                        members.Add(32L * (word - borders[set]) + bit);
            sets.Add([.. members]);
        }
        return sets;
    }
}
