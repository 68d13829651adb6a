namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Kernel SHAP: Shapley values as the weighted regression v(S) ≈ v(∅) + Σ_{i∈S} φᵢ with Σ φᵢ = v(all) − v(∅) held exactly, a coalition of s
/// of P players weighing (P−1)/(C(P,s)·s·(P−s)). The smallest and the largest coalitions, which weigh most, are all taken as long as the
/// number of samples lasts; those of sizes between are drawn together with their complements. With 2ᴾ − 2 samples it is exact. The
/// attributions sum to f(x) − mean f(b). Lundberg, Lee 2017, arXiv:1705.07874; Covert, Lee 2021, arXiv:2012.01536, for the complements.
/// </summary>
/// <param name="Samples">How many coalitions are evaluated; at least two for each player. Null takes 2·P + 2048.</param>
/// <param name="Seed">Other coalitions for every seed.</param>
[Method("kernel-shap", "Shapley values by a weighted regression over coalitions of features",
    "Lundberg, Lee 2017, arXiv:1705.07874")]
public sealed record KernelShap(
    [Option("How many coalitions are evaluated; auto for 2,048 and two for each feature.", Absent = "auto")]
    int? Samples = null,
    [Option("Other samples for every seed.")]
    int Seed = 1) : CoalitionMethod
{
    /// <summary>The most players: a regression solves for all of them at once.</summary>
    public const int MaximumPlayers = 2048;

    private const int SamplesBeside = 2048;

    /// <summary>How many coalitions are evaluated.</summary>
    public int? Samples { get; } = Samples is null or >= 2 ? Samples
        : throw new ArgumentOutOfRangeException(nameof(Samples), Samples, "At least two coalitions are needed for each player.");

    /// <summary>
    /// Which players get an attribution; the others get 0. It depends on the values, so that only a <see cref="BlackBox"/> can do it,
    /// not a graph.
    /// </summary>
    public Selection Selection { get; init; } = Selection.None;

    /// <inheritdoc/>
    protected internal override string? NoGraph => Selection == Selection.None ? null
        : $"which players are selected ({Selection}) depends on the values. Take {nameof(Selection)}.{nameof(Selection.None)}, or "
            + $"explain through a {nameof(BlackBox)}.";

    /// <inheritdoc/>
    protected override CoalitionDesign Plan(int players, int rows)
    {
        if (players > MaximumPlayers)
            throw new ArgumentException($"A regression for {players:N0} players is too large; at most {MaximumPlayers:N0} were expected. "
                + "Put features into groups, or take permutation or partition SHAP.");
        var samples = Samples ?? 2 * players + SamplesBeside;
        if (players > 1 && samples < 2 * players && samples < Math.Pow(2, players) - 2)
            throw new ArgumentException($"{samples} samples cannot tell {players} players apart; at least {2 * players} were expected, a "
                + $"coalition with and one without each of them. Raise {nameof(Samples)}, or put features into groups.");
        var (coalitions, weights) = KernelCoalitions.Choose(players, samples, Seed);
        return KernelRegression.Design(players, coalitions, weights);
    }

    /// <inheritdoc/>
    protected internal override void Solve(CoalitionDesign design, ReadOnlySpan<double> values, double none, double all,
        Span<double> attributions)
    {
        if (Selection == Selection.None)
            base.Solve(design, values, none, all, attributions);
        else
            ((KernelRegression)design).Select(Selection, values, none, all, attributions);
    }
}
