namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// Sampling SHAP: every draw is an order in which players join, at random, and one background row for those who have not joined yet; a
/// player gets the mean over draws of what the score gains when it joins. Beside large backgrounds it costs little: a coalition is one row,
/// not
/// one for each row of the background. A draw is walked through whole, so that it tells something of every player. Background rows are
/// drawn in turns, each equally often; so where draws are a multiple of them, the attributions sum to f(x) − mean f(b), and nearly so
/// elsewhere.
/// Štrumbelj, Kononenko 2014, Knowledge and Information Systems 41.
/// </summary>
/// <param name="Samples">How many draws; each asks for as many coalitions as there are players.</param>
/// <param name="Seed">Other draws for every seed.</param>
[Method("sampling-shap", "The same with one background row for each order: for large backgrounds",
    "Štrumbelj, Kononenko 2014, Knowledge and Information Systems 41")]
public sealed record SamplingShap(
    [Option("How many orders, each with a background row.")]
    int Samples = 200,
    [Option("Other samples for every seed.")]
    int Seed = 1) : CoalitionMethod
{
    /// <summary>How many draws.</summary>
    public int Samples { get; } = Samples >= 1 ? Samples
        : throw new ArgumentOutOfRangeException(nameof(Samples), Samples, "At least one draw is needed.");

    /// <inheritdoc/>
    protected override bool DrawsRows => true;

    /// <inheritdoc/>
    protected override CoalitionDesign Plan(int players, int rows)
    {
        var design = new CoalitionDesign.Builder(players);
        var random = new Random(Seed);
        int[] order = [.. Enumerable.Range(0, players)], turn = [.. Enumerable.Range(0, rows)];
        for (var draw = 0; draw < Samples; draw++)
        {
            if (draw % rows == 0)
                random.Shuffle(turn);
            random.Shuffle(order);
            design.Walk(order, 1.0 / Samples, turn[draw % rows]);
        }
        return design.Build();
    }
}
