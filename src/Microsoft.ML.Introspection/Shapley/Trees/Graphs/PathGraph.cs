using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>
/// The path-dependent Shapley values of some trees in tensor operators, level by level over all the trees.
/// </summary>
/// <remarks>
/// <para>Between "feature j is not known" (y_j = 0) and "it is" (1), a tree's expectation is multilinear: f(y) = Σ v·Π_j (z_j + y_j·(o_j −
/// z_j)) over the leaves, with o_j, whether the row takes all edges of feature j on the leaf's path, and z_j, the share of the data that
/// does. Shapley's values are
/// its gradient along the diagonal (Owen 1972), φ_i = ∫₀¹ ∂f/∂y_i(t, …, t) dt; the integrand is a polynomial of a degree below the number
/// of features on a path, so that a Gauss–Legendre rule of half as many nodes is exact.</para>
/// <para>A split multiplies what is below its first child by m = r + τκ and what is below its second by 1 − m: r is the first child's
/// share of the data; τ = t/u, with u = z + t(1 − z) and z of the edges of the same feature above; and κ = o·(c − r), with o of those edges
/// and c = 1 if the row goes to the first child. So V(t), what is expected at a node, comes up the tree as V = V₂ + m·(V₁ − V₂); G(t), the
/// product of the
/// factors above a node, goes down as m·G and G − m·G; and with dm/dt = κ·z/u² the split adds κ·Σ_t w·z/u²·G·(V₁ − V₂) to its feature.
/// All of these lie within the range of the leaves, or of 0 to 1: nothing large cancels.</para>
/// </remarks>
internal sealed class PathGraph
{
    private readonly IReadOnlyList<PathLevel> _levels;
    private readonly PathQuadrature _rule;

    /// <summary>Lays the trees out.</summary>
    /// <param name="trees">Trees that split at least once.</param>
    /// <param name="type">With which numbers to compute.</param>
    public PathGraph(IReadOnlyList<PathTree> trees, ElementType type)
    {
        var (nodes, weights) = Quadrature.GaussLegendre.Rule(trees.Max(t => t.Nodes));
        (_levels, _rule) = (PathLevel.Of([.. trees.Select(t => t.Root)]), new PathQuadrature(nodes, weights, type));
    }

    /// <summary>The splits in the order of the results, the roots first.</summary>
    public IEnumerable<PathSplit> Splits => _levels.SelectMany(l => l.Splits);

    /// <summary>The number of roots.</summary>
    public int Roots => _levels[0].Splits.Count();

    /// <summary>The most numbers that are worked on at once, for each row.</summary>
    public long Width => _levels.Max(l => (long)l.Splits.Count()) * _rule.Nodes.Length;

    /// <summary>Carries rows up and down the trees.</summary>
    /// <param name="ordinates">The rows, as <see cref="StepTable.Ordinates"/> makes them.</param>
    /// <param name="features">The length of a row.</param>
    public PathPass Pass(Value ordinates, int features) => new(
        _levels, _rule, new StepTable([.. Splits.Select(s => s.Deviation)], features).Evaluate(ordinates, _rule.Type));
}
