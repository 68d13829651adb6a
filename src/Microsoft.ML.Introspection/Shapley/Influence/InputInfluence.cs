using MathNet.Numerics.Random;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// The influence of sets of features on a quantity, and the backgrounds it is taken over. See <see cref="Qii"/> for the influence of every
/// feature.
/// </summary>
public static class InputInfluence
{
    /// <summary>
    /// Rows of which every feature was drawn by itself, from the values that it has in some other rows: nothing is left of how features
    /// depend on each other, as Datta, Sen and Zick draw them.
    /// </summary>
    /// <param name="background">Rows to draw from, shape [B, features].</param>
    /// <param name="features">How many features.</param>
    /// <param name="rows">How many rows to make.</param>
    /// <param name="seed">Other rows for every seed.</param>
    /// <returns>Shape [rows, features].</returns>
    /// <exception cref="ArgumentException">There are no rows to draw from, or their length does not fit.</exception>
    public static float[] Independent(ReadOnlySpan<float> background, int features, int rows, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        var table = RowTable.Of(features, background, "background rows");
        var random = new Xoshiro256StarStar(seed);
        var drawn = new float[checked(rows * features)];
        for (var i = 0; i < drawn.Length; i++)
            drawn[i] = background[random.Next(table.Rows) * features + i % features];
        return drawn;
    }

    /// <summary>The influence of a set: Q(x) − E[Q(x with the set drawn)].</summary>
    /// <param name="scorer">The quantities.</param>
    /// <param name="background">Rows to draw from, shape [B, features]; all are averaged over.</param>
    /// <param name="row">The explained row.</param>
    /// <param name="set">The features of the set.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>One number for each output.</returns>
    /// <exception cref="ArgumentException">A length or a feature does not fit.</exception>
    public static double[] OfSet(IScorer scorer, ReadOnlySpan<float> background, ReadOnlySpan<float> row, IEnumerable<int> set,
        CancellationToken cancellation = default) =>
        Fall(scorer, background, row, [], set, cancellation);

    /// <summary>
    /// The influence of a feature on top of a set, ι(set ∪ {feature}) − ι(set): what it costs to draw the feature as well.
    /// </summary>
    /// <inheritdoc cref="OfSet(IScorer, ReadOnlySpan{float}, ReadOnlySpan{float}, IEnumerable{int}, CancellationToken)"/>
    /// <param name="scorer">The quantities.</param>
    /// <param name="background">Rows to draw from, shape [B, features]; all are averaged over.</param>
    /// <param name="row">The explained row.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="set">The features that are drawn anyway.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static double[] OfMarginal(
        IScorer scorer, ReadOnlySpan<float> background, ReadOnlySpan<float> row, int feature, IEnumerable<int> set,
        CancellationToken cancellation = default)
    {
        int[] before = [.. set];
        return Fall(scorer, background, row, before, [.. before, feature], cancellation);
    }

    // E[Q with the first set drawn] − E[Q with the second drawn].
    private static double[] Fall(
        IScorer scorer, ReadOnlySpan<float> background, ReadOnlySpan<float> row, IEnumerable<int> first, IEnumerable<int> second,
        CancellationToken cancellation)
    {
        var table = RowTable.Of(scorer, background, "background rows");
        if (row.Length != table.Features)
            throw new ArgumentException($"A row of {table.Features} values was expected; given were {row.Length}.", nameof(row));
        var coalitions = new Coalitions(table.Features, Coalition.Of(table.Features, first).Complement(),
            Coalition.Of(table.Features, second).Complement());
        var values = new double[scorer.OutputNames.Count * 2];
        new MaskedScoring(scorer, background.ToArray()).Values(row, 0, coalitions, null, values, null, cancellation);
        return [.. values.Chunk(2).Select(v => v[0] - v[1])];
    }
}
