using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>Compares what ML.NET scores with what the form that was read scores.</summary>
internal static class Agreement
{
    // ML.NET hands scores out in single precision.
    private const double Tolerance = 2e-6;

    /// <summary>
    /// Rows that try a tree ensemble: values at, right above and right below thresholds, missing ones, infinities, zeros; the rest random.
    /// </summary>
    public static float[][] Probes(TreeEnsemble trees, float[][] likely, int count, int seed, bool missing = true)
    {
        var random = new Random(seed);
        var thresholds = new List<float>[trees.FeatureCount];
        for (var i = 0; i < thresholds.Length; i++)
            thresholds[i] = [];
        foreach (var tree in trees.Trees)
            foreach (var node in tree.Nodes)
                if (!node.IsLeaf && node.Kind is SplitKind.Less or SplitKind.LessOrEqual)
                    thresholds[node.Feature].Add((float)node.Threshold);
        return [
            .. Enumerable.Range(0, count)
                .Select(row => Enumerable.Range(0, trees.FeatureCount).Select(feature => random.Next(missing ? 10 : 8) switch
        {
            0 => 0,
            1 => random.Next(2) == 0 ? float.PositiveInfinity : float.NegativeInfinity,
            8 or 9 => float.NaN,
            2 or 3 or 4 when thresholds[feature].Count > 0 =>
                thresholds[feature][random.Next(thresholds[feature].Count)] is var at && random.Next(3) is var side && side == 0 ? at
                : side == 1 ? MathF.BitIncrement(at) : MathF.BitDecrement(at),
            _ => likely[random.Next(likely.Length)][feature],
        }).ToArray())];
    }

    /// <summary>Fails where the ensemble's raw scores or predictions differ from the columns of the scored data.</summary>
    /// <param name="trees">What was read.</param>
    /// <param name="rows">The feature vectors.</param>
    /// <param name="raw">The column that has the raw scores; null where ML.NET shows none.</param>
    /// <param name="predictions">The column that has the predictions; null where ML.NET has none.</param>
    /// <param name="scored">The rows, scored by ML.NET.</param>
    public static void AreSame(TreeEnsemble trees, float[][] rows, IDataView scored, string? raw, string? predictions) => AreSame(
        row =>
        {
            var scores = new double[trees.OutputCount];
            trees.Score(Array.ConvertAll(row, v => (double)v), scores);
            return scores;
        },
        _ => 1, trees.Link, rows, scored, raw, predictions);

    /// <summary>The same for weighted sums, to the rounding of their largest part.</summary>
    public static void AreSame(LinearForm linear, float[][] rows, IDataView scored, string? raw, string? predictions) => AreSame(
        row =>
        {
            var scores = new double[linear.Model.OutputCount];
            linear.Model.Score(row, scores);
            return scores;
        },
        row => Enumerable.Range(0, linear.Model.OutputCount).Largest(
            o => linear.Model.Weights(o).ToArray().Zip(row, (w, v) => Math.Abs(w * v)).Largest()),
        linear.Link, rows, scored, raw, predictions);

    /// <summary>The values of a column of numbers or of vectors, one array for each row.</summary>
    public static float[][] Scores(IDataView data, string column) => data.Schema[column].Type is VectorDataViewType
        ? data.Vectors(column)
        : [.. data.GetColumn<float>(column).Select(s => (float[])[s])];

    private static void AreSame(Func<float[], double[]> score, Func<float[], double> size, ScoreLink link, float[][] rows, IDataView scored,
        string? raw, string? predictions)
    {
        var scores = Array.ConvertAll(rows, r => score(r));
        var sizes = Array.ConvertAll(rows, r => Math.Max(1, size(r)));
        if (raw is not null)
            Compare(scores, sizes, Scores(scored, raw), raw);
        if (predictions is not null)
            Compare(Array.ConvertAll(scores, s =>
            {
                var linked = (double[])s.Clone();
                link.Apply(linked);
                return linked;
            }), sizes, Scores(scored, predictions), predictions);
    }

    private static void Compare(double[][] ours, double[] sizes, float[][] theirs, string column)
    {
        Assert.HasCount(ours.Length, theirs);
        Finite.Above(1, theirs.Select(t => t[0]).Distinct().Count(), "The rows must not all have the same score.");
        for (var row = 0; row < ours.Length; row++)
        {
            Assert.HasCount(ours[row].Length, theirs[row]);
            for (var i = 0; i < ours[row].Length; i++)
                Near.Equal(
                    theirs[row][i],
                    ours[row][i],
                    Tolerance * Math.Max(sizes[row], Math.Abs(theirs[row][i])),
                    $"{column} of row {row}, output {i}");
        }
    }
}
