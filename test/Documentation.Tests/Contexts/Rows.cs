using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Documentation.Tests.Contexts;

/// <summary>Trees of XGBoost as <c>model.json</c>, and rows of the table that they were trained on.</summary>
public class TreesAndRows : InModelFolder
{
    private const int Features = 30;

    private float[]? _rows;

    protected float[] rows => _rows ??= Load();

    protected float[] background => rows[..(20 * Features)];

    protected double[] values => new double[rows.Length];

    private static float[] Load() =>
    [
        .. File.ReadLines(Repository.At("samples/Quickstart/data/breast_cancer_test.csv")).Skip(1).Take(50)
            .SelectMany(line => line.Split(',')[..Features]).Select(text => float.Parse(text, System.Globalization.CultureInfo.InvariantCulture)),
    ];
}

/// <summary>A function of two features with rows that it was made for, and one of texts.</summary>
public class AnyModel : Context
{
    protected string[] features { get; } = ["rooms", "age"];

    protected float[] rows { get; } = [.. Enumerable.Range(0, 60).SelectMany(i => new[] { 1f + i % 7, i * 37 % 50 })];

    protected float[] background => rows[..20];

    protected float[] training => rows;

    protected float[] row => rows[..2];

    protected double[] labels => [.. Enumerable.Range(0, rows.Length / 2).Select(i => 50 * rows[2 * i] - rows[2 * i + 1] > 150 ? 1.0 : 0)];

    protected IScorer scorer => new FunctionScorer(features, ["price"], Price);

    protected void Price(ReadOnlySpan<float> of, Span<double> prices)
    {
        for (var i = 0; i < prices.Length; i++)
            prices[i] = 50 * of[2 * i] - of[2 * i + 1];
    }

    protected void Score(IReadOnlyList<string> texts, Span<double> scores, CancellationToken cancellation)
    {
        for (var i = 0; i < texts.Count; i++)
            scores[i] = (texts[i].Contains("good", StringComparison.Ordinal) ? 0.6 : 0) - (texts[i].Contains("bad", StringComparison.Ordinal) ? 0.4 : 0);
    }
}

/// <summary>A fitted pipeline over a number and a text, and the rows that it is tried on.</summary>
public class ReviewPipeline : Context
{
    private IDataView? _test;
    private ITransformer? _pipeline;

    protected MLContext mlContext { get; } = new(seed: 1);

    protected IDataView test => _test ??= mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 40).Select(i => new Rated
    {
        Stars = 1 + i % 5, Review = i % 5 > 2 ? $"a good film number {i}" : $"a bad film number {i}", Label = i % 5 > 2,
    }));

    protected ITransformer pipeline => _pipeline ??= mlContext.Transforms.Text.FeaturizeText("Words", "Review")
        .Append(mlContext.Transforms.Concatenate("Features", "Stars", "Words"))
        .Append(mlContext.BinaryClassification.Trainers.SdcaLogisticRegression()).Fit(test);

    private sealed class Rated
    {
        public float Stars { get; set; }

        public string Review { get; set; } = "";

        public bool Label { get; set; }
    }
}
