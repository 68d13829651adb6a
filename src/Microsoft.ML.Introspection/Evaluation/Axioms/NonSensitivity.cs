using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Non-sensitivity: the number of features for which exactly one of |a| &lt; ε and |f(x) − f(x with it replaced)| &lt; ε holds; lower is
/// better. Nguyen, Rodríguez Martínez 2020, arXiv:2007.07584.
/// </summary>
/// <param name="Epsilon">Below which a size is taken for 0.</param>
[Method("non-sensitivity", "How many features are said to matter and do not, or matter and are not said to",
    "Nguyen, Rodríguez Martínez 2020, arXiv:2007.07584")]
public sealed record NonSensitivity(
    [Option("Below which a size is taken for 0.")]
    double Epsilon = 1e-5) : PerturbingMetric(JudgedScore.Probability)
{
    /// <summary>Below which a size is taken for 0.</summary>
    public double Epsilon { get; } = Perturbing.AboveZero(Epsilon, nameof(Epsilon));

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public override string OfFlatMaps => "the features that do not matter; of zeros those that do";

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        int[][] each = [.. Enumerable.Range(0, rows.Features).Select(f => (int[])[f])];
        var (known, followed) = (rows.Known(Follows), Alone(rows, _ => each));
        return [.. followed.Select((curve, row) =>
        {
            var count = 0;
            var attribution = rows.Attribution(row);
            for (var f = 0; f < curve.Length; f++)
                count += Math.Abs(attribution[f]) < Epsilon != Math.Abs(known[row] - curve[f]) < Epsilon ? 1 : 0;
            return (double)count;
        })];
    }

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        long[] each = [.. Enumerable.Range(0, checked((int)rows.Features)).Select(f => (long)f)];
        var place = rows.Question.Graph.Constant(Tensor.Vector(each)).Unsqueeze(0).ExpandLike(rows.Said);
        var isLost = rows.Alone(place, each, [.. each.Select(f => f + 1)], Baseline, Follows).Abs().Less(Epsilon);
        return [Operators.Emit("Xor", rows.Said.Abs().Less(Epsilon), isLost).AsNumber(ElementType.Double).ReduceSum([1])];
    }
}
