using Microsoft.ML.Introspection.Evaluation;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Pages on what may be believed: methods that are judged, predictions that are doubted.</summary>
internal static class TrustSample
{
    private const int Rows = 60, Features = 6;

    /// <summary>All of them; a method has marks in its name.</summary>
    public static IEnumerable<Report> Pages => [Judged, Doubted(3, hasTruths: true), Doubted(1, hasTruths: true), Doubted(2, hasTruths: false)];

    /// <summary>A linear model, explained by what is true and by what is not; one metric judges nothing.</summary>
    public static Report Judged { get; } = EvaluationReport.Of("Which to trust", Evaluator.Of(
        new ExplainedRows(Numbers(Rows * Features), Numbers(Rows * Features), [Features], Model),
        [
            new("weight × input", RowFunction.Of(Features, Features, (rows, _, said) =>
            {
                for (var i = 0; i < rows.Length; i++)
                    said[i] = Weight(i % Features) * rows[i];
            })),
            new("<b>one</b>", RowFunction.Of(Features, Features, (_, _, said) => said.Fill(1))),
            new("chance", Controls.Chance(Features), true),
        ],
        [new("deletion", new Deletion()), new("insertion", new Insertion()), new("sparseness", new Sparseness()),
            new("complexity", new Entropy()), new("pointing-game", new PointingGame())]));

    private static RowFunction Model => RowFunction.Of(Features, 1, (rows, _, scores) =>
    {
        for (var i = 0; i < rows.Length; i++)
            scores[i / Features] += Weight(i % Features) * rows[i];
    });

    private static Report Doubted(int width, bool hasTruths)
    {
        double[] mean = [.. Numbers(Rows * width).Select(v => width == 1 ? v : Math.Exp(2 * v))];
        for (var i = 0; width > 1 && i < mean.Length; i += width)
        {
            var sum = mean.AsSpan(i, width).ToArray().Sum();
            for (var k = i; k < i + width; k++)
                mean[k] /= sum;
        }
        return UncertaintyReport.Of("Doubts", "30 with dropout", new UncertainRows([.. Enumerable.Range(0, Rows).Select(r => $"row <{r}>")],
            mean, [.. Numbers(Rows * width).Select(v => 0.1 * v * v)],
            width == 1 ? null : [.. Numbers(Rows * 2).Select(v => v * v)],
            hasTruths ? [.. Enumerable.Range(0, Rows).Select(r => width == 1 ? Math.Sin(r) : (double)(r % width))] : null));
    }

    private static double Weight(int feature) => feature - 2.3;

    private static double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => Math.Sin(7.3 * i + 1))];
}
