using MathNet.Numerics;
using MathNet.Numerics.Random;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>How the influences of a feature, alone and along with others, become one number.</summary>
public enum QiiMeasure
{
    /// <summary>Alone: what the quantity loses when the feature is drawn anew and all others stay.</summary>
    Unary,

    /// <summary>The Shapley value of the set influence: marginal influences averaged over orders. These sum to f(x) − mean f(b).</summary>
    Shapley,

    /// <summary>The Banzhaf index: marginal influences averaged over all sets alike.</summary>
    Banzhaf,
}

/// <summary>
/// Quantitative input influence. The influence of a set S of features on a quantity is what it loses when they are drawn anew while the
/// others stay, ι(S) = Q(x) − E[Q(x with S drawn)]; the marginal influence of i on top of S is ι(S ∪ {i}) − ι(S). Datta, Sen, Zick 2016,
/// doi:10.1109/SP.2016.42; Banzhaf 1965.
/// </summary>
/// <remarks>
/// The quantity is the score of a class, or what <see cref="QuantityOfInterest"/> makes of it. The paper draws every feature by itself:
/// <see cref="InputInfluence.Independent"/> makes such a background; the rows as they are draw them jointly.
/// </remarks>
/// <param name="Measure">How influences are aggregated.</param>
/// <param name="Samples">
/// How many orders (walked forwards and backwards) or sets are drawn, unless all coalitions are no more than these ask for.
/// </param>
/// <param name="Seed">Other ones for every seed.</param>
[Method("qii", "Quantitative input influence: what the score loses when features are drawn anew, aggregated",
    "Datta, Sen, Zick 2016, doi:10.1109/SP.2016.42")]
public sealed record Qii(
    [Option("The Shapley value, the Banzhaf index, or each feature alone.")]
    QiiMeasure Measure = QiiMeasure.Shapley,
    [Option("How many orders or sets are drawn, unless all are no more.")]
    int Samples = 50,
    [Option("Other samples for every seed.")]
    int Seed = 1) : CoalitionMethod
{
    /// <summary>How influences are aggregated.</summary>
    public QiiMeasure Measure { get; } = Enum.IsDefined(Measure) ? Measure
        : throw new ArgumentOutOfRangeException(nameof(Measure), Measure, "There is no such measure.");

    /// <summary>How many orders or sets are drawn.</summary>
    public int Samples { get; } = Samples >= 1 ? Samples
        : throw new ArgumentOutOfRangeException(nameof(Samples), Samples, "At least one sample is needed.");

    /// <summary>What the attributions sum to: only Shapley values share a known sum.</summary>
    public override Onnx.Value? Total(Attribution.Question question) => Measure == QiiMeasure.Shapley ? base.Total(question) : null;

    /// <inheritdoc/>
    protected override CoalitionDesign Plan(int players, int rows) => Measure switch
    {
        QiiMeasure.Unary => Alone(players),
        QiiMeasure.Banzhaf => Banzhaf(players),
        _ => players <= ExactShap.MaximumPlayers && 1L << players <= 2L * Samples * players ? new ExactShap().Design(players, rows)
            : InOrders(players),
    };

    private static CoalitionDesign Alone(int players)
    {
        var design = new CoalitionDesign.Builder(players);
        for (var player = 0; player < players; player++)
            design.Marginal(player, Coalition.Of(players, Enumerable.Range(0, players).Where(p => p != player)), 1);
        return design.Build();
    }

    private CoalitionDesign InOrders(int players)
    {
        var (design, random) = (new CoalitionDesign.Builder(players), new Xoshiro256StarStar(Seed));
        for (var i = 0; i < Samples; i++)
        {
            var order = Combinatorics.GeneratePermutation(players, random);
            design.Walk(order, 0.5 / Samples);
            design.Walk(order.Reverse(), 0.5 / Samples);
        }
        return design.Build();
    }

    // Of each set, what every player adds to it, or to what is left of it without that player.
    private CoalitionDesign Banzhaf(int players)
    {
        var (design, random) = (new CoalitionDesign.Builder(players), new Xoshiro256StarStar(Seed));
        var all = players < 31 && 1L << players <= (long)Samples * (players + 1);
        var count = all ? 1 << players : Samples;
        for (var i = 0; i < count; i++)
        {
            var set = i;
            bool[] present = [.. Enumerable.Range(0, players).Select(p => all ? (set >> p & 1) != 0 : random.Next(2) == 1)];
            for (var player = 0; player < players; player++)
                design.Marginal(player, Coalition.Of(players, Enumerable.Range(0, players).Where(p => p != player && present[p])),
                    1.0 / count);
        }
        return design.Build();
    }
}
