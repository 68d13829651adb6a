using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>
/// Intervals that hold the truth of new rows with the promised chance. What a model says of a row (<see cref="Band"/>) is widened, or
/// narrowed where it was too wide, by as much as calibration rows need. Bands of predictions give split and locally weighted conformal
/// prediction, those of two quantiles conformalised quantile regression (Romano, Patterson, Candès 2019, arXiv:1905.03222); groups of rows
/// give Mondrian ones (Vovk, Gammerman, Shafer 2005), whose promise holds in each group.
/// </summary>
public sealed class ConformalIntervals
{
    private readonly Dictionary<int, (double Below, double Above)> _thresholds;

    private ConformalIntervals(Dictionary<int, (double, double)> thresholds) => _thresholds = thresholds;

    /// <summary>
    /// How far a group's intervals reach beyond the band, below and above, in units of its scale: infinite where a group has too few rows
    /// for the promise, negative where bands were too wide. Without groups all rows are of group 0.
    /// </summary>
    public IReadOnlyDictionary<int, (double Below, double Above)> Thresholds => _thresholds;

    /// <summary>Learns how far to reach.</summary>
    /// <param name="bands">What the model says of each calibration row.</param>
    /// <param name="truths">What is true of each.</param>
    /// <param name="alpha">The share of rows that may be missed, between 0 and 1.</param>
    /// <param name="isSymmetric">
    /// Whether both ends move by the same: the error max(lower − y, y − upper)/scale. Else each end by its own, with α/2 for each.
    /// </param>
    /// <param name="groups">The group of each row; null for one of all.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a number is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">α does not lie between 0 and 1.</exception>
    public static ConformalIntervals Calibrate(
        IReadOnlyList<Band> bands, IReadOnlyList<double> truths, double alpha, bool isSymmetric = true, IReadOnlyList<int>? groups = null)
    {
        ArgumentNullException.ThrowIfNull(bands);
        ArgumentNullException.ThrowIfNull(truths);
        ConformalThreshold.Check(alpha);
        ConformalThreshold.SameLength(bands.Count, truths.Count, "true values");
        ConformalThreshold.SameLength(bands.Count, groups?.Count ?? bands.Count, "groups");
        var rows = bands.Zip(truths, (band, truth) =>
            (Below: (band.Lower - truth) / band.Scale, Above: (truth - band.Upper) / band.Scale)).ToList();
        return new(Enumerable.Range(0, rows.Count).GroupBy(row => groups?[row] ?? 0).ToDictionary(group => group.Key, group =>
        {
            double Reach(Func<(double Below, double Above), double> error, double share) =>
                ConformalThreshold.Of([.. group.Select(row => error(rows[row]))], share);
            if (!isSymmetric)
                return (Reach(e => e.Below, alpha / 2), Reach(e => e.Above, alpha / 2));
            var both = Reach(e => Math.Max(e.Below, e.Above), alpha);
            return (both, both);
        }));
    }

    /// <summary>The interval of a row, closed; of a group that no calibration row was of it has no ends.</summary>
    /// <param name="band">What the model says.</param>
    /// <param name="group">The row's group.</param>
    public (double Lower, double Upper) Of(Band band, int group = 0)
    {
        var (below, above) = Reaches(group);
        return (band.Lower - below * band.Scale, band.Upper + above * band.Scale);
    }

    /// <summary>
    /// The same as a graph, for any ONNX Runtime: inputs of shape [N, 1], an output of [N, 2], the lower end first. It counts in double
    /// precision and gives single, as scores are.
    /// </summary>
    /// <param name="outputName">The name of the output.</param>
    /// <param name="inputs">The names of the inputs.</param>
    public OnnxModel ToModel(string outputName, BandInputs inputs)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputName);
        ArgumentNullException.ThrowIfNull(inputs);
        var graph = new Graph();
        Value Input(string name, ElementType type) => graph.Input(name, type, new Shape(Dimension.Symbol("N"), 1));
        var lower = Input(inputs.Lower, ElementType.Float).Cast(ElementType.Double);
        var upper = inputs.Upper is { } top ? Input(top, ElementType.Float).Cast(ElementType.Double) : lower;
        var scale = inputs.Scale is { } unit ? Input(unit, ElementType.Float).Cast(ElementType.Double) + inputs.Epsilon : null;
        var group = inputs.Group is { } name ? Input(name, inputs.GroupType).Cast(ElementType.Int64) : null;
        if (group is null && !_thresholds.ContainsKey(0))
            throw new ArgumentException("Intervals that differ from group to group need an input that tells the group.", nameof(inputs));

        Value Reach(Func<(double Below, double Above), double> side)
        {
            var reach = graph.Constant(Tensor.Scalar(side(Reaches(0))));
            if (group is not null)
            {
                var same = group.EqualTo(graph.Constant(Tensor.Vector(_thresholds.Keys.Select(k => (long)k).ToArray())));
                var of = graph.Constant(Tensor.Vector(_thresholds.Values.Select(side).ToArray()));
                var isKnown = same.Cast(ElementType.Double).ReduceSum([1]).Greater(0.5);
                reach = isKnown.Where(same.Where(of, of.Like(0)).ReduceSum([1]), of.Like(double.PositiveInfinity));
            }
            return scale is null ? reach : reach * scale;
        }

        var interval = Operators.Concat(1, lower - Reach(r => r.Below), upper + Reach(r => r.Above));
        return graph.ToModel([(outputName, interval.Cast(ElementType.Float))]);
    }

    /// <summary>The share of truths within their intervals, and the intervals' mean width.</summary>
    public static (double Coverage, double MeanWidth) Judge(
        IReadOnlyList<(double Lower, double Upper)> intervals, IReadOnlyList<double> truths)
    {
        ArgumentNullException.ThrowIfNull(intervals);
        ArgumentNullException.ThrowIfNull(truths);
        ConformalThreshold.SameLength(intervals.Count, truths.Count, "true values");
        return (intervals.Zip(truths, (i, y) => i.Lower <= y && y <= i.Upper ? 1.0 : 0).Average(),
            intervals.Average(i => i.Upper - i.Lower));
    }

    private (double Below, double Above) Reaches(int group) =>
        _thresholds.GetValueOrDefault(group, (double.PositiveInfinity, double.PositiveInfinity));
}
