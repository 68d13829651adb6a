using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Functions of rows as scorers.</summary>
internal static class Scorers
{
    /// <summary>A function of all rows that gives all scores.</summary>
    public static FunctionScorer Of(int features, int outputs, Func<float[], double[]> score, params IEnumerable<int> categorical) => new(
        [.. Enumerable.Range(0, features).Select(i => $"x{i}")], [.. Enumerable.Range(0, outputs).Select(i => $"y{i}")],
        (rows, scores) => score(rows.ToArray()).CopyTo(scores), categorical);

    /// <summary>A function of one row that gives one score.</summary>
    public static FunctionScorer Single(int features, Func<float[], double> score, params IEnumerable<int> categorical) =>
        Of(features, 1, rows => [.. rows.Chunk(features).Select(score)], categorical);
}
