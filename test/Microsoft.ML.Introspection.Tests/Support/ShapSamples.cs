using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>
/// SHAP values with known answers: of linear functions, where a feature's value is its weight times its distance from the mean.
/// </summary>
internal static class ShapSamples
{
    /// <summary>Features between 0 and 1; the weights fall from the first feature to the last, every second one is negative.</summary>
    public static ShapValues Linear(int rows, int features, int seed = 1) =>
        Linear(rows, [.. Enumerable.Range(0, features).Select(i => $"feature {i}")], seed);

    public static ShapValues Linear(int rows, IReadOnlyList<string> names, int seed = 1, IReadOnlyList<string>? texts = null)
    {
        var x = Uniform(rows * names.Count, seed);
        var values = x.Select((value, i) => WeightOf(i % names.Count, names.Count) * (value - 0.5)).ToArray();
        return new ShapValues(names, 0.25, values, x)
        {
            OutputName = texts?[0] ?? "risk",
            RowNames = texts is null ? null : [.. Enumerable.Range(0, rows).Select(row => texts[row % texts.Count])],
            Labels = texts is null ? null : [.. Enumerable.Range(0, rows).Select(row => texts[row % texts.Count])],
        };
    }

    public static double WeightOf(int feature, int count) => (count - feature) * (feature % 2 == 0 ? 1 : -1);

    public static float[] Uniform(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
    }

    /// <summary>
    /// x0·x1 + x2 with all features from −1 to 1: x0 and x1 share their product, whose interaction value is half of it either way.
    /// </summary>
    public static ShapValues Product(int rows, bool withInteractions, int seed = 2)
    {
        const int features = 4;
        float[] x = [.. Uniform(rows * features, seed).Select(value => 2 * value - 1)];
        var values = new double[x.Length];
        var interactions = new double[withInteractions ? rows * features * features : 0];
        for (var row = 0; row < rows; row++)
        {
            var own = x.AsSpan(row * features, features);
            var product = (double)own[0] * own[1];
            (values[row * features], values[row * features + 1], values[row * features + 2]) = (product / 2, product / 2, own[2]);
            if (!withInteractions)
                continue;
            var pairs = interactions.AsSpan(row * features * features, features * features);
            (pairs[1], pairs[features], pairs[2 * features + 2]) = (product / 2, product / 2, own[2]);
        }
        return new ShapValues(["a", "b", "c", "d"], 0, values, x) { Interactions = interactions };
    }
}
