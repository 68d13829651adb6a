using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Trains a model, and scores the rows that it is judged by.</summary>
/// <param name="features">Which features it is trained on, in order.</param>
/// <param name="rows">Which rows, in order.</param>
/// <returns>The scores of the rows that it is judged by, always the same ones, shape [N, outputs].</returns>
public delegate double[] TrainingFunction(IReadOnlyList<int> features, IReadOnlyList<int> rows);

/// <summary>A model that was trained again without something.</summary>
/// <param name="Left">The feature, or row, that it was trained without.</param>
/// <param name="Metric">How good its scores are.</param>
/// <param name="Worse">How much worse that is than with all: above 0 where it is missed, whatever the metric.</param>
/// <param name="Changes">By how much each score of the judged rows changed, shape [N, outputs].</param>
public sealed record LeftOut(int Left, double Metric, double Worse, IReadOnlyList<double> Changes);

/// <summary>
/// What a training would have been without a feature, or without a row. Other than an ablation, which puts a mean in the place of a feature
/// of a trained model, this tells what the others can make up for; of rows it tells which made the model what it is (Cook 1977,
/// doi:10.1080/00401706.1977.10489493).
/// </summary>
/// <param name="Metric">How good the model of all features and rows is.</param>
/// <param name="Scores">Its scores, shape [N, outputs].</param>
/// <param name="Features">Without each feature.</param>
/// <param name="Rows">Without each of some rows.</param>
public sealed record LeaveOneOut(
    double Metric, IReadOnlyList<double> Scores, IReadOnlyList<LeftOut> Features, IReadOnlyList<LeftOut> Rows)
{
    /// <summary>Trains again and again.</summary>
    /// <param name="train">The training; the same features and rows must give the same scores.</param>
    /// <param name="features">How many features there are.</param>
    /// <param name="rows">How many rows to train on.</param>
    /// <param name="labels">The truth of the rows that the model is judged by, shape [N].</param>
    /// <param name="metric">What gets worse.</param>
    /// <param name="withoutRows">The rows to do without, one at a time; null for none.</param>
    /// <param name="withoutFeatures">The features to do without, one at a time; null for all, if there are two.</param>
    /// <param name="progress">Is told the share of the trainings that is done.</param>
    /// <param name="cancellation">Stops between trainings.</param>
    /// <exception cref="ArgumentException">There is no such feature or row, or a training gave other scores than the first.</exception>
    public static LeaveOneOut Of(TrainingFunction train, int features, int rows, ReadOnlySpan<double> labels, Metric metric,
        IReadOnlyList<int>? withoutRows = null, IReadOnlyList<int>? withoutFeatures = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(metric);
        int[] allFeatures = [.. Enumerable.Range(0, features)], allRows = [.. Enumerable.Range(0, rows)];
        withoutFeatures ??= features > 1 ? allFeatures : [];
        withoutRows ??= [];
        Check(withoutFeatures, features, "features");
        Check(withoutRows, rows, "rows");
        var truth = labels.ToArray();
        var (whole, done) = (train(allFeatures, allRows), 0);
        var best = metric.Value(whole, truth);
        return new(best, whole, Without(withoutFeatures, left => train([.. allFeatures.Where(f => f != left)], allRows)),
            Without(withoutRows, left => train(allFeatures, [.. allRows.Where(r => r != left)])));

        LeftOut[] Without(IReadOnlyList<int> lefts, Func<int, double[]> trained) => [.. lefts.Select(left =>
        {
            cancellation.ThrowIfCancellationRequested();
            var scores = trained(left);
            if (scores.Length != whole.Length)
                throw new ArgumentException($"Trained with all there are {whole.Length} scores of the judged rows, and without "
                    + $"number {left} there are {scores.Length}; the same rows were expected.", nameof(train));
            var (value, changes) = (metric.Value(scores, truth), new double[scores.Length]);
            TensorPrimitives.Subtract(scores, whole, changes);
            progress?.Report(++done / (double)(withoutFeatures.Count + withoutRows.Count));
            return new LeftOut(left, value, metric.HigherIsBetter ? best - value : value - best, changes);
        })];
    }

    private static void Check(IReadOnlyList<int> left, int count, string what)
    {
        if (left.Count > 0 && count < 2)
            throw new ArgumentException($"One of {count} {what} cannot be done without.", $"without{what}");
        foreach (var number in left)
            if (number < 0 || number >= count)
                throw new ArgumentException($"There are {count} {what}, 0 to {count - 1}; {number} is none.", $"without{what}");
    }
}
