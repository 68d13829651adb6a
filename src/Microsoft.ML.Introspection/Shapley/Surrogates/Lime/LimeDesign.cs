using MathNet.Numerics.LinearAlgebra;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// The samples of LIME as coalitions, and its regression as a constant matrix; or, where few segments are to be left, anew for each row.
/// </summary>
internal sealed class LimeDesign : CoalitionDesign
{
    private readonly LocalSurrogate _surrogate;
    private readonly int[] _sampleOf;
    private readonly int _empty;

    private LimeDesign(
        LimeNeighbourhood neighbourhood, LocalSurrogate surrogate, Coalitions coalitions, double[,] coefficients, double[]? none,
        int[] sampleOf, int empty)
        : base(coalitions, coefficients, none, neighbourhood.Rows) =>
        (_surrogate, _sampleOf, _empty) = (surrogate, sampleOf, empty);

    /// <summary>Solves the regression.</summary>
    /// <param name="neighbourhood">The samples.</param>
    /// <param name="players">How many segments there are.</param>
    /// <param name="ridge">The penalty.</param>
    public static LimeDesign Of(LimeNeighbourhood neighbourhood, int players, double ridge)
    {
        // What nobody is worth is known, unless each background row tells it anew.
        var all = neighbourhood.Coalitions;
        var empty = neighbourhood.Rows is null ? Enumerable.Range(0, all.Count).FirstOrDefault(k => all[k].Count == 0, -1) : -1;
        int[] sampleOf = [.. Enumerable.Range(0, all.Count).Where(k => k != empty)];
        var surrogate = neighbourhood.Surrogate();
        var solution = surrogate.Solution(ridge);
        var coefficients = new double[players, sampleOf.Length];
        for (var i = 0; i < sampleOf.Length; i++)
            for (var player = 0; player < players; player++)
                coefficients[player, i] = solution[player, sampleOf[i] + 1];
        return new LimeDesign(
            neighbourhood, surrogate, new Coalitions(players, [.. sampleOf.Select(k => all[k])]), coefficients,
            empty < 0 ? null : [.. solution.Column(empty + 1)], sampleOf, empty);
    }

    /// <summary>The linear model of some values.</summary>
    public LocalFit Fit(ReadOnlySpan<double> values, double none, double all, int? count, LimeSelection selection, double ridge)
    {
        var scores = Vector<double>.Build.Dense(_sampleOf.Length + (_empty < 0 ? 1 : 2));
        scores[0] = all;
        for (var i = 0; i < _sampleOf.Length; i++)
            scores[_sampleOf[i] + 1] = values[i];
        if (_empty >= 0)
            scores[_empty + 1] = none;
        return _surrogate.Fit(scores, count, selection, ridge);
    }
}
