using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// The weighted regression of kernel SHAP, minimise Σ_S w_S·(v(S) − v(∅) − Σ_{i∈S} φᵢ)² under Σ φᵢ = v(all) − v(∅), solved once for
/// whatever values: with G = (ZᵀWZ)⁻¹ZᵀW and u = (ZᵀWZ)⁻¹1 / 1ᵀ(ZᵀWZ)⁻¹1 it is φ = (I − u1ᵀ)·G·(v − v(∅)) + u·(v(all) − v(∅)).
/// </summary>
internal sealed class KernelRegression : CoalitionDesign
{
    private readonly double[] _weights;
    private readonly Lazy<Augmented> _augmented;

    private KernelRegression(Coalitions coalitions, double[] weights, (double[,] Coefficients, double[] None) solved)
        : base(coalitions, solved.Coefficients, solved.None)
    {
        _weights = weights;
        _augmented = new(() => new Augmented(coalitions, weights));
    }

    /// <summary>Solves the regression.</summary>
    /// <param name="players">How many players there are.</param>
    /// <param name="coalitions">The coalitions, among them every single player or as many that tell all apart.</param>
    /// <param name="weights">What each weighs.</param>
    public static KernelRegression Design(int players, IReadOnlyList<Coalition> coalitions, double[] weights)
    {
        var table = new Coalitions(players, coalitions);
        int[] all = [.. Enumerable.Range(0, players)];
        var (solution, share) = Solved(table, weights, all);
        var none = new double[players];
        for (var player = 0; player < players; player++)
            none[player] = -share[player] - (solution.ColumnCount == 0 ? 0 : solution.Row(player).Sum());
        return new KernelRegression(table, weights, (solution.ToArray(), none));
    }

    /// <summary>The attributions of the players that a selection leaves, zero for the others.</summary>
    public void Select(Selection selection, ReadOnlySpan<double> values, double none, double all, Span<double> attributions)
    {
        var gains = new double[values.Length];
        for (var k = 0; k < gains.Length; k++)
            gains[k] = values[k] - none;
        int[] chosen = Players == 1 ? [0] : [.. _augmented.Value.Chosen(selection, gains, all - none).Order()];
        attributions.Clear();
        if (chosen.Length == 0)
            return;
        var (solution, share) = Solved(Coalitions, _weights, chosen);
        var selected = (solution.ColumnCount == 0 ? DenseVector.Build.Dense(chosen.Length) : solution * DenseVector.OfArray(gains))
            + share * (all - none);
        for (var i = 0; i < chosen.Length; i++)
            attributions[chosen[i]] = selected[i];
    }

    // (I − u1ᵀ)·G and u, for some of the players.
    private static (Matrix<double> Solution, Vector<double> Share) Solved(Coalitions coalitions, double[] weights, int[] players)
    {
        if (coalitions.Count == 0)
            return (Matrix<double>.Build.Dense(players.Length, 0), Vector<double>.Build.Dense(players.Length, 1.0 / players.Length));
        var present = Matrix<double>.Build.Dense(players.Length, coalitions.Count, (i, k) => coalitions.Contains(k, players[i]) ? 1 : 0);
        var weighted = Matrix<double>.Build.Dense(players.Length, coalitions.Count, (i, k) => present[i, k] * weights[k]);
        var normal = weighted.TransposeAndMultiply(present).Cholesky();
        var solution = normal.Solve(weighted);
        var share = normal.Solve(Vector<double>.Build.Dense(players.Length, 1));
        share /= share.Sum();
        return (solution - share.OuterProduct(solution.ColumnSums()), share);
    }

    /// <summary>
    /// The regression without its constraint, as lasso needs it: every coalition counts as itself and, with the sum taken away, as its
    /// complement, (P−s)·w for v(S) − v(∅) and s·w for v(S) − v(all).
    /// </summary>
    private sealed class Augmented
    {
        private readonly Coalitions _coalitions;
        private readonly double[] _roots;
        private readonly Matrix<double> _rows;

        public Augmented(Coalitions coalitions, double[] weights)
        {
            var (count, players) = (coalitions.Count, coalitions.Players);
            _coalitions = coalitions;
            _roots = new double[2 * count];
            for (var k = 0; k < count; k++)
            {
                var size = coalitions[k].Count;
                (_roots[k], _roots[count + k]) = (Math.Sqrt(weights[k] * (players - size)), Math.Sqrt(weights[k] * size));
            }
            _rows = Matrix<double>.Build.Dense(2 * count, players, (r, player) =>
                _roots[r] * ((coalitions.Contains(r % count, player) ? 1 : 0) - (r < count ? 0 : 1)));
        }

        public IReadOnlyList<int> Chosen(Selection selection, double[] gains, double total)
        {
            var count = _coalitions.Count;
            var targets = Vector<double>.Build.Dense(2 * count, r => _roots[r] * (gains[r % count] - (r < count ? 0 : total)));
            return selection.Choose(_rows, targets);
        }
    }
}
