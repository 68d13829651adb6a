using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// What the score does when the row is multiplied by its map, scaled to 0 to 1 by its own smallest and largest number (a flat map: 0) and
/// the same for all channels.
/// </summary>
public abstract record MaskedConfidence : ExplanationMetric
{
    private protected MaskedConfidence() { }

    /// <inheritdoc cref="PerturbingMetric.Follows"/>
    [Option("Which number of the model is followed.")]
    public JudgedScore Follows { get; init; } = JudgedScore.Probability;

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores;

    /// <inheritdoc/>
    public override string OfFlatMaps => "that of an empty row: nothing is kept";

    /// <summary>The metric of one row.</summary>
    /// <param name="before">f(x).</param>
    /// <param name="after">f(x·m).</param>
    private protected abstract double Of(double before, double after);

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var (known, masked) = (rows.Known(Follows), rows.Follow(Follows, rows.Count, v => v, (row, x) => Masked(rows, row, x)));
        return [.. known.Zip(masked, Of)];
    }

    internal override string? ObstacleToGraph => null;

    /// <inheritdoc cref="Of(double, double)"/>
    private protected abstract Value Of(Value before, Value after);

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var map = rows.Map(rows.Said);
        long[] axes = [.. Enumerable.Range(1, map.Rank - 1).Select(i => (long)i)];
        var low = map.ReduceMin(axes);
        var range = map.ReduceMax(axes) - low;
        var mask = (map - low) / range.Greater(0).Where(range, range.Like(1));
        return [Of(rows.Known(Follows), rows.Follow((rows.Question.Input * mask).Unsqueeze(0), Follows).Squeeze(0))];
    }

    /// <summary>A row times its map.</summary>
    internal static void Masked(ExplainedRows rows, int row, Span<double> x)
    {
        var mask = Scaled(rows.Map(row));
        for (var channel = 0; channel < rows.Channels; channel++)
            TensorPrimitives.Multiply(rows.Input(row).Slice(channel * rows.Positions, rows.Positions), mask,
                x.Slice(channel * rows.Positions, rows.Positions));
    }

    /// <summary>A map from 0 to 1; a flat one becomes zeros.</summary>
    internal static double[] Scaled(double[] map)
    {
        var (low, high) = (TensorPrimitives.Min<double>(map), TensorPrimitives.Max<double>(map));
        return Array.ConvertAll(map, a => high > low ? (a - low) / (high - low) : 0);
    }
}
