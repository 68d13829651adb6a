using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Links in tensor operators.</summary>
internal static class LinkOperators
{
    /// <summary>
    /// What predictions gain for each score on the straight way from some rows to others: <see cref="ScoreLink.Slopes"/>.
    /// </summary>
    /// <param name="link">The link.</param>
    /// <param name="from">The raw scores of the rows to start from.</param>
    /// <param name="to">Raw scores of double precision, shape [N, outputs].</param>
    /// <returns>
    /// Shape [scores, predictions, starts, N]; where each prediction depends on its own score only, there is one prediction.
    /// </returns>
    public static Value Slopes(this ScoreLink link, double[][] from, Value to)
    {
        var start = to.Graph.Constant(Tensor.From([.. from.SelectMany(s => s)], from.Length, from[0].Length));
        var end = to.Unsqueeze(1);
        if (link is ScoreLink.MixingLink mixing)
            return mixing.Slopes(start, end);

        var apart = end - start;
        if (link is ScoreLink.IdentityLink)
            return apart.FullLike(1).Transpose(2, 1, 0).Unsqueeze(1);
        var middle = (end + start) * 0.5;
        var near = (end.Abs().Maximum(start.Abs()) * ScoreLink.NearOfLarge).Clip(ScoreLink.Near, null);
        var isNear = apart.Abs().Greater(near).Not();
        var low = isNear.Where(middle - near * 0.5, start);
        var high = isNear.Where(middle + near * 0.5, end);
        return ((link.Apply(high, 2) - link.Apply(low, 2)) / (high - low)).Transpose(2, 1, 0).Unsqueeze(1);
    }

    private static Value Slopes(this ScoreLink.MixingLink link, Value start, Value end)
    {
        var (way, outputs) = (ScoreLink.MixingLink.Way, start.Shape[1].Value);
        Value Points(double[] numbers, params ReadOnlySpan<long> extents) => start.Graph.Constant(Tensor.From(numbers, extents));
        var apart = end - start;
        // The points on the way before the outputs, [N, starts, points, outputs], and behind them; to transpose one into the other before a
        // product in double precision is more than ONNX Runtime 1.23 can do.
        var along = start.Unsqueeze(1) + apart.Unsqueeze(2) * Points(way.Abscissas, way.Order, 1);
        var besides = start.Unsqueeze(2) + apart.Unsqueeze(3) * Points(way.Abscissas, way.Order);
        // The derivative of prediction i by score j is that of j's own part times (i = j) − prediction i.
        var own = link.Apply(along, 3);
        var gains = (link is ScoreLink.OneVersusAllLink ? own * (-along).Sigmoid() : own) * Points(way.Weights, way.Order, 1);
        var one = start.Graph.Constant(Tensor.From(Identity(outputs), outputs, outputs));
        var slopes = gains.ReduceSum([2]) * one - link.Apply(besides, 2).MatMul(gains);

        // What the few points miss is shared out by the squares of the differences, so that the sum is right.
        var gained = link.Apply(end, 2) - link.Apply(start, 1);
        var missing = gained.Unsqueeze(3) - slopes.MatMul(apart.Unsqueeze(3));
        var length = (apart * apart).ReduceSum([2]).Unsqueeze(3);
        var shares = length.Greater(0).Where(apart.Unsqueeze(2) / length, apart.Unsqueeze(2) * 0);
        return (slopes + missing * shares).Transpose(3, 2, 1, 0);
    }

    private static double[] Identity(long size)
    {
        var identity = new double[size * size];
        for (var i = 0; i < size; i++)
            identity[i * size + i] = 1;
        return identity;
    }
}
