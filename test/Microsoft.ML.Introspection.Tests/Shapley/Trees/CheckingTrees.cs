using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

[TestClass]
public sealed class CheckingTrees
{
    [TestMethod]
    public void Nodes_come_in_preorder_and_unreached_ones_go()
    {
        var tree = new Tree(
        [
            TreeNode.Comparison(0, SplitKind.Less, 1, left: 4, right: 2, cover: 10), // the root's left child stands last
            TreeNode.Leaf(99),                                                       // nobody's child
            TreeNode.Leaf(3, 4),
            TreeNode.Leaf(1, 5),
            TreeNode.Comparison(1, SplitKind.Less, 2, left: 3, right: 5, cover: 6),
            TreeNode.Leaf(2, 1),
        ]);

        CollectionAssert.AreEqual((double[])[10, 6, 5, 1, 4], tree.Nodes.ToArray().Select(n => n.Cover).ToArray());
        Assert.AreEqual((1, 4), (tree.Nodes[0].Left, tree.Nodes[0].Right));
        Assert.AreEqual((2, 3), (tree.Nodes[1].Left, tree.Nodes[1].Right));
        Assert.AreEqual(2, tree.Depth);
        Assert.IsTrue(tree.HasCover, "the unreached node had none");
    }

    [TestMethod]
    public void A_single_leaf_is_a_tree()
    {
        var tree = new Tree([TreeNode.Leaf(2.5)], output: 3);
        Assert.AreEqual(0, tree.Depth);
        Assert.AreEqual(0, tree.Leaf([1, 2]));
        Assert.AreEqual(3, tree.Output);
        Assert.IsFalse(tree.HasCover);
    }

    [TestMethod]
    public void Ways_that_meet_are_refused()
    {
        Refused("reached twice", TreeNode.Comparison(0, SplitKind.Less, 1, 1, 1), TreeNode.Leaf(0));
        Refused("reached twice", TreeNode.Comparison(0, SplitKind.Less, 1, 0, 1), TreeNode.Leaf(0));
        Refused("Node 1 of the tree is reached twice",
            TreeNode.Comparison(0, SplitKind.Less, 1, 1, 2), TreeNode.Comparison(0, SplitKind.Less, 1, 3, 4),
            TreeNode.Comparison(0, SplitKind.Less, 1, 1, 5), TreeNode.Leaf(0), TreeNode.Leaf(0), TreeNode.Leaf(0));
    }

    [TestMethod]
    public void What_is_out_of_range_is_refused_with_the_node()
    {
        Refused("Node 0 of the tree has the children 1 and 2", TreeNode.Comparison(0, SplitKind.Less, 1, 1, 2), TreeNode.Leaf(0));
        Refused("Node 0 of the tree has the children -1 and 1", TreeNode.Comparison(0, SplitKind.Less, 1, -1, 1), TreeNode.Leaf(0));
        Refused("Node 0 of the tree asks for the set 0", TreeNode.Membership(0, SplitKind.Equal, 0, 1, 2), TreeNode.Leaf(0),
            TreeNode.Leaf(0));
        Assert.ThrowsExactly<InvalidModelException>(() => new Tree([]));
    }

    [TestMethod]
    public void What_is_no_number_is_refused_with_the_node()
    {
        Refused("Node 0 of the tree compares with NaN", TreeNode.Comparison(0, SplitKind.Less, double.NaN, 1, 2), TreeNode.Leaf(0),
            TreeNode.Leaf(0));
        Refused("The leaf 2 of the tree has the value NaN", TreeNode.Comparison(0, SplitKind.Less, 1, 1, 2), TreeNode.Leaf(0),
            TreeNode.Leaf(double.NaN));
        Refused("The leaf 0 of the tree has the value", TreeNode.Leaf(double.PositiveInfinity));
        Refused("Node 0 of the tree has a cover of -1", TreeNode.Leaf(0, -1));
        Refused("Node 0 of the tree has a cover of", TreeNode.Leaf(0, double.PositiveInfinity));
        Assert.ThrowsExactly<InvalidModelException>(
            () => new Tree([TreeNode.Membership(0, SplitKind.Equal, 0, 1, 2), TreeNode.Leaf(0), TreeNode.Leaf(0)], [[1, double.NaN]]));
    }

    [TestMethod]
    public void A_feature_below_zero_is_no_split()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TreeNode.Comparison(-1, SplitKind.Less, 1, 1, 2));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => TreeNode.Membership(-1, SplitKind.Equal, 0, 1, 2));
    }

    [TestMethod]
    public void Trees_as_deep_as_they_have_splits_are_walked()
    {
        const int splits = 100_000;
        var nodes = new TreeNode[2 * splits + 1];
        for (var i = 0; i < splits; i++)
            (nodes[i], nodes[splits + 1 + i]) = (TreeNode.Comparison(0, SplitKind.Less, i, splits + 1 + i, i + 1), TreeNode.Leaf(i));
        nodes[splits] = TreeNode.Leaf(splits);
        var tree = new Tree(nodes);
        Assert.AreEqual(splits, tree.Depth);
        Assert.AreEqual(777, tree.Nodes[tree.Leaf([776.5])].Value);
    }

    private static void Refused(string expected, params TreeNode[] nodes) =>
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidModelException>(() => new Tree(nodes)).Message);
}
