using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;
using MathNet.Numerics.Statistics;
using MathNet.Numerics;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Permutation importance, a global view of any model: how much worse its scores get over a table when the values of a feature are
/// scattered at random over the rows, so that they are as usual but tell nothing. Breiman 2001, doi:10.1023/A:1010933404324; Fisher, Rudin,
/// Dominici 2019, arXiv:1801.01489. What ML.NET calls permutation feature importance, with a confidence interval, for groups of features,
/// and the sign turned so that more is more important whatever the metric.
/// </summary>
/// <remarks>
/// All features are scattered by the same permutations, so that their importances compare closely. A feature that others stand in for gets
/// little; put them into a group.
/// </remarks>
public static class PermutationImportance
{
    /// <summary>The importances of all features or groups, largest mean first.</summary>
    /// <param name="scorer">The model.</param>
    /// <param name="rows">The table, best not the one trained on: shape [N, features], two rows at least.</param>
    /// <param name="labels">
    /// The truth of every row: classes from 0, or numbers. Empty to measure against what the model says of the rows as they are.
    /// </param>
    /// <param name="metric">What gets worse.</param>
    /// <param name="options">How often, and which features together.</param>
    /// <param name="progress">Is told the share of the work that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other, or the metric cannot judge such scores or labels.</exception>
    public static IReadOnlyList<PermutationFeatureImportance> Of(
        IScorer scorer, ReadOnlySpan<float> rows, ReadOnlySpan<double> labels, Metric metric, PermutationImportanceOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(metric);
        options ??= new PermutationImportanceOptions();
        var table = RowTable.Of(scorer, rows);
        var groups = options.GroupsOf(scorer.FeatureNames);
        if (table.Rows < 2)
            throw new ArgumentException("There is one row; to scatter values over rows, two at least were expected.", nameof(rows));
        if (!labels.IsEmpty && labels.Length != table.Rows)
            throw new ArgumentException($"{labels.Length} labels were given for {table.Rows} rows.", nameof(labels));
        if (options.Form == ImportanceForm.Ratio && metric.HigherIsBetter)
            throw new ArgumentException($"A quotient is one of losses; of the {metric.Name} more is better. Take the difference.",
                nameof(options));

        var (scattered, scores) = (rows.ToArray(), new double[table.Rows * scorer.OutputNames.Count]);
        scorer.Score(scattered, scores, cancellation);
        CheckFinite(scores, scorer);
        var truth = labels.IsEmpty ? metric.Said(scores, scorer.OutputNames.Count) : labels.ToArray();
        var before = metric.Value(scores, truth);
        if (options.Form == ImportanceForm.Ratio && !(before > 0))
            throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"The {metric.Name} is {before} already: nothing can be told as a "
                    + $"quotient of it. Take the difference."), nameof(options));

        var random = new Xoshiro256StarStar(options.Seed);
        var permutations =
            Enumerable.Range(0, options.Repeats).Select(_ => Combinatorics.GeneratePermutation(table.Rows, random)).ToArray();
        var importances = new PermutationFeatureImportance[groups.Count];
        for (var g = 0; g < importances.Length; g++)
        {
            var losses = new double[options.Repeats];
            for (var repeat = 0; repeat < losses.Length; repeat++)
            {
                Take(rows, scattered, permutations[repeat], groups[g].Features, table.Features);
                scorer.Score(scattered, scores, cancellation);
                CheckFinite(scores, scorer);
                var after = metric.Value(scores, truth);
                losses[repeat] =
                    options.Form == ImportanceForm.Ratio ? after / before : metric.HigherIsBetter ? before - after : after - before;
                progress?.Report((g * losses.Length + repeat + 1.0) / (importances.Length * losses.Length));
            }
            Take(rows, scattered, null, groups[g].Features, table.Features);
            importances[g] = Summary(groups[g].Name, groups[g].Features, losses, options.Confidence);
        }
        return [.. importances.OrderByDescending(i => i.Mean)];
    }

    /// <summary>How much the model itself relies on each feature: against what it says of the rows as they are.</summary>
    /// <inheritdoc cref="Of(IScorer, ReadOnlySpan{float}, ReadOnlySpan{double}, Metric, PermutationImportanceOptions?,
    /// IProgress{double}?, CancellationToken)"/>
    public static IReadOnlyList<PermutationFeatureImportance> Of(
        IScorer scorer, ReadOnlySpan<float> rows, Metric metric, PermutationImportanceOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Of(scorer, rows, [], metric, options, progress, cancellation);

    private static PermutationFeatureImportance Summary(string name, int[] features, double[] losses, double confidence)
    {
        var (mean, deviation) = losses.MeanStandardDeviation();
        var reach = losses.Length > 1
            ? StudentT.InvCDF(0, 1, losses.Length - 1, (1 + confidence) / 2) * deviation / Math.Sqrt(losses.Length)
            : double.NaN;
        return new PermutationFeatureImportance(name, features, losses, mean, deviation, mean - reach, mean + reach);
    }

    // Some columns from the rows that a permutation tells, or from the rows themselves.
    private static void Take(ReadOnlySpan<float> rows, Span<float> scattered, int[]? permutation, int[] columns, int features)
    {
        for (var row = 0; row * features < rows.Length; row++)
        {
            var from = permutation?[row] ?? row;
            foreach (var column in columns)
                scattered[row * features + column] = rows[from * features + column];
        }
    }

    private static void CheckFinite(double[] scores, IScorer scorer)
    {
        if (Array.FindIndex(scores, s => !double.IsFinite(s)) is >= 0 and var place)
            throw new InvalidOperationException($"The scorer gave {scores[place]} for "
                + $"'{scorer.OutputNames[place % scorer.OutputNames.Count]}' of row {place / scorer.OutputNames.Count} after values were "
                    + "scattered. Only finite scores can be measured.");
    }
}
