using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>The edges of one player (a feature, or a group of them) on a path, the last one first.</summary>
/// <param name="Above">The edges above; null where there are none.</param>
/// <param name="Split">The split that the last edge leaves.</param>
/// <param name="Left">Whether it is the one to the left.</param>
internal sealed record PathEdges(PathEdges? Above, TreeNode Split, bool Left)
{
    /// <summary>The features of these edges.</summary>
    public IEnumerable<int> Features => All.Select(e => e.Split.Feature).Distinct();

    private IEnumerable<PathEdges> All
    {
        get
        {
            for (var edge = this; edge is not null; edge = edge.Above)
                yield return edge;
        }
    }

    /// <summary>1 where a feature's value takes all edges of that feature, 0 elsewhere.</summary>
    public StepFunction Taking(Tree tree, int feature) =>
        StepFunction.Of(feature, Borders(tree, feature), value => AreTaken(tree, feature, value) ? 1 : 0);

    /// <summary>Whether a feature's value takes all edges of that feature.</summary>
    public bool AreTaken(Tree tree, int feature, double value)
    {
        for (var edge = this; edge is not null; edge = edge.Above)
            if (edge.Split.Feature == feature && tree.GoesLeft(edge.Split, value) != edge.Left)
                return false;
        return true;
    }

    /// <summary>Where that may change.</summary>
    public IEnumerable<double> Borders(Tree tree, int feature) =>
        All.Where(e => e.Split.Feature == feature).SelectMany(e => tree.Borders(e.Split));
}
