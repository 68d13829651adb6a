using System.Numerics;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Shapley values from all 2ᴾ coalitions, exactly: φᵢ = Σ_S |S|!·(P−|S|−1)!/P! · (v(S ∪ {i}) − v(S)) over the coalitions S without i. They
/// sum to f(x) − mean f(b). For up to 16 players; put features into groups where there are more. Shapley 1953, Contributions to the Theory
/// of
/// Games II.
/// </summary>
[Method("exact-shap", "Shapley values from all coalitions of up to 16 features or groups",
    "Shapley 1953, Contributions to the Theory of Games II")]
public sealed record ExactShap : CoalitionMethod
{
    /// <summary>The most players.</summary>
    public const int MaximumPlayers = 16;

    /// <inheritdoc/>
    protected override CoalitionDesign Plan(int players, int rows)
    {
        if (players > MaximumPlayers)
            throw new ArgumentException($"All coalitions of {players} players are too many; at most {MaximumPlayers} players were "
                + "expected. Put features into groups, or take kernel, permutation or partition SHAP.");
        // weights[s] is that of the marginal contribution to a coalition of s players: s!·(P−s−1)!/P!.
        var weights = new double[players];
        weights[0] = 1.0 / players;
        for (var s = 1; s < players; s++)
            weights[s] = weights[s - 1] * s / (players - s);

        var count = (1 << players) - 2;
        var coefficients = new double[players, count];
        for (var k = 0; k < count; k++)
        {
            var size = BitOperations.PopCount((uint)k + 1);
            for (var player = 0; player < players; player++)
                coefficients[player, k] = (k + 1 >> player & 1) != 0 ? weights[size - 1] : -weights[size];
        }
        var coalitions =
            Enumerable.Range(1, count).Select(bits => Coalition.Of(players, Enumerable.Range(0, players).Where(p => (bits >> p & 1) != 0)));
        return new CoalitionDesign(new Coalitions(players, [.. coalitions]), coefficients, [.. Enumerable.Repeat(-weights[0], players)]);
    }
}
