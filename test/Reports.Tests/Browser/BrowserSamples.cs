using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Reports with all that a page can hold.</summary>
internal static class BrowserSamples
{
    public const string LongName = "customer.account.balance_of_all_accounts_in_euros_after_tax_and_before_interest";
    public const string Markup = "<b onmouseover=alert(1)>bold</b> & \"quoted\"";
    public const int Rows = 120;

    private static readonly string[] Cities = ["Berlin", "Paris", "a city with quite a long name, indeed"];

    public static IReadOnlyList<string> Features { get; } = ["age", LongName, "city", "income", Markup, "never used"];

    /// <summary>Three classes of numbers, categories, missing values and interactions, with truth.</summary>
    public static IReadOnlyList<ShapValues> Classes { get; } = [Class("setosa", 1), Class("versicolor", 2), Class("virginica", 3)];

    public static Report Page => ShapReport.Of(Classes, new() { Title = "Three classes" });

    /// <summary>Two methods over the same rows: one adds up to the scores, the other does not.</summary>
    public static IReadOnlyList<ShapValues> Methods { get; } =
    [
        Of("integrated-gradients", addsUp: true), Of("saliency", addsUp: false),
    ];

    private static ShapValues Of(string method, bool addsUp)
    {
        var values = addsUp ? Classes[0] : Classes[1];
        return new ShapValues(Features, addsUp ? values.BaseValue : 0,
            [.. Enumerable.Range(0, Rows).SelectMany(row => values.ForRow(row).ToArray())],
            [.. Enumerable.Range(0, Rows).SelectMany(row => values.FeaturesOf(row).ToArray())])
        {
            Method = method, AddsUp = addsUp, OutputName = "setosa", Scores = Classes[0].Predictions, RowNames = values.RowNames,
            Labels = values.Labels, Texts = values.Texts,
        };
    }

    private static ShapValues Class(string name, int seed)
    {
        const int count = 6;
        var x = ShapSamples.Uniform(Rows * count, 9);
        for (var row = 0; row < Rows; row++)
            (x[row * count + 2], x[row * count + 3]) = (row % 3, row % 7 == 0 ? float.NaN : x[row * count + 3] * 1000);
        double[] weights = [.. ShapSamples.Uniform(count, seed).Select(w => 4 * w - 2)];
        double[] shap = [.. x.Select((value, i) => (i % count) switch
        {
            2 => weights[2] * (value - 1),
            3 => weights[3] * (float.IsNaN(value) ? -0.3 : value / 1000 - 0.5),
            5 => 1e-17 * value,
            var feature => weights[feature] * (value - 0.5),
        })];
        var pairs = new double[20 * count * count];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = i % (count + 1) == 0 ? 0.5 : 0.01 * (i % count);
        var values = new ShapValues(Features, 0.1 * seed, shap, x);
        return new ShapValues(Features, 0.1 * seed, shap, x)
        {
            OutputName = name,
            Link = ScoreLink.Logistic,
            Labels = [.. Enumerable.Range(0, Rows).Select(row => row % 2 == 0 ? "setosa" : "virginica")],
            RowNames = [.. Enumerable.Range(0, Rows).Select(row => $"flower {row}")],
            Scores = [.. values.Predictions],
            Texts = new Dictionary<int, IReadOnlyList<string>> { [2] = [.. Enumerable.Range(0, Rows).Select(row => Cities[row % 3])] },
            Interactions = pairs,
        };
    }
}
