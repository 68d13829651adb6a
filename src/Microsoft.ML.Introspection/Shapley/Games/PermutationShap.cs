namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Permutation SHAP: players join in a random order, and each gets the mean over orders of what the score gains when it joins. Every order
/// is walked forwards and backwards (antithetic), which cancels whatever depends on the place in the order linearly: for games of pairs one
/// order is exact. The attributions sum to f(x) − mean f(b), whatever the number of orders. Mitchell, Cooper, Frank, Holmes 2022,
/// arXiv:2104.12199; Castro, Gómez, Tejada 2009, Computers &amp; Operations Research 36.
/// </summary>
/// <param name="Permutations">How many orders are walked in both directions; each asks for 2·(players − 1) coalitions.</param>
/// <param name="Seed">Other orders for every seed.</param>
[Method("permutation-shap", "Shapley values as the mean gain when features join in random orders, forwards and backwards",
    "Castro, Gómez, Tejada 2009, Computers & Operations Research 36")]
public sealed record PermutationShap(
    [Option("How many orders are walked in both directions.")]
    int Permutations = 10,
    [Option("Other samples for every seed.")]
    int Seed = 1) : CoalitionMethod
{
    /// <summary>How many orders are walked in both directions.</summary>
    public int Permutations { get; } = Permutations >= 1 ? Permutations
        : throw new ArgumentOutOfRangeException(nameof(Permutations), Permutations, "At least one order is needed.");

    /// <inheritdoc/>
    protected override CoalitionDesign Plan(int players, int rows)
    {
        var design = new CoalitionDesign.Builder(players);
        var random = new Random(Seed);
        int[] order = [.. Enumerable.Range(0, players)];
        for (var i = 0; i < Permutations; i++)
        {
            random.Shuffle(order);
            design.Walk(order, 0.5 / Permutations);
            design.Walk(order.Reverse(), 0.5 / Permutations);
        }
        return design.Build();
    }
}
