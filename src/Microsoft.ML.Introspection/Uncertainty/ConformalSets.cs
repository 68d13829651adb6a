using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>Sets of classes that hold the true one with the promised chance.</summary>
public sealed class ConformalSets
{
    private readonly double[] _thresholds;

    private ConformalSets(SetScore score, int classes, double[] thresholds) =>
        (Score, Classes, _thresholds) = (score, classes, thresholds);

    /// <summary>How classes are scored.</summary>
    public SetScore Score { get; }

    /// <summary>How many classes there are.</summary>
    public int Classes { get; }

    /// <summary>The largest score within a set: one for all classes or for each; infinite where rows were too few.</summary>
    public IReadOnlyList<double> Thresholds => _thresholds;

    /// <summary>Learns the thresholds.</summary>
    /// <param name="score">How classes are scored.</param>
    /// <param name="probabilities">The probabilities of calibration rows, shape [rows, classes].</param>
    /// <param name="labels">The true class of each.</param>
    /// <param name="alpha">The share of rows that may be missed, between 0 and 1.</param>
    /// <param name="classWise">Whether each class has a threshold of its own, so that the promise holds for rows of each.</param>
    /// <param name="draws">
    /// For <see cref="CumulativeProbability"/>: a number between 0 and 1 for each row, the share by which the class's own probability
    /// counts less; sets are then not too large on the average. Null for none.
    /// </param>
    /// <exception cref="ArgumentException">The lists do not fit each other, a label is no class, or a probability is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">α does not lie between 0 and 1.</exception>
    public static ConformalSets Calibrate(SetScore score, ReadOnlySpan<double> probabilities, IReadOnlyList<int> labels, double alpha,
        bool classWise = false, IReadOnlyList<double>? draws = null)
    {
        ArgumentNullException.ThrowIfNull(score);
        ArgumentNullException.ThrowIfNull(labels);
        ConformalThreshold.Check(alpha);
        var classes = TrueClasses.Checked(probabilities, labels);
        ConformalThreshold.SameLength(labels.Count, draws?.Count ?? labels.Count, "draws");
        if (draws is not null && !score.TakesDraws)
            throw new ArgumentException($"{score.GetType().Name} takes no draws; those of cumulated probabilities do.", nameof(draws));
        var (scores, of) = (new double[labels.Count], new double[classes]);
        for (var row = 0; row < labels.Count; row++)
        {
            Scores(score, probabilities.Slice(row * classes, classes), draws?[row] ?? 0, of);
            scores[row] = of[labels[row]];
        }
        return new(score, classes, classWise
            ? [.. Enumerable.Range(0, classes).Select(k => ConformalThreshold.Of([.. scores.Where((_, row) => labels[row] == k)], alpha))]
            : [ConformalThreshold.Of(scores, alpha)]);
    }

    /// <summary>
    /// A draw that follows from a row's probabilities and a seed alone: for calibration and sets that are to be a graph, too
    /// (<see cref="ToModel"/>). The same row has the same draw at every run.
    /// </summary>
    /// <param name="probabilities">The row's probabilities, of every class.</param>
    /// <param name="seed">Other draws for every seed.</param>
    /// <returns>A number between 0 and 1, neither of them.</returns>
    public static double DrawOf(ReadOnlySpan<double> probabilities, int seed)
    {
        ConformalThreshold.RefuseNaN(probabilities, "probability");
        return RowDraws.Of(probabilities, seed);
    }

    /// <summary>The set of a row: for every class whether it belongs to it.</summary>
    /// <param name="probabilities">The row's probabilities, of every class.</param>
    /// <param name="draw">The row's draw, if thresholds were learnt with draws; 0 for none.</param>
    /// <param name="withCrossing">
    /// Whether the class that crosses the threshold belongs to the set: the first whose score is beyond it, that of the class above
    /// still being below. Such sets are never empty, and hold the truth at least as often.
    /// </param>
    /// <exception cref="ArgumentException">There are more or fewer probabilities than classes, or one is NaN.</exception>
    public bool[] Of(ReadOnlySpan<double> probabilities, double draw = 0, bool withCrossing = false)
    {
        if (probabilities.Length != Classes)
            throw new ArgumentException($"{Classes} probabilities were expected; there are {probabilities.Length}.", nameof(probabilities));
        var scores = new double[Classes];
        var order = Scores(Score, probabilities, draw, scores);
        var set = new bool[Classes];
        for (var rank = 0; rank < Classes; rank++)
        {
            var threshold = _thresholds[_thresholds.Length > 1 ? order[rank] : 0];
            set[order[rank]] = withCrossing ? rank == 0 || scores[order[rank - 1]] < threshold
                : scores[order[rank]] <= threshold;
        }
        return set;
    }

    /// <summary>
    /// The same as a graph, for any ONNX Runtime: an input of probabilities [N, classes], or [N, 1] where it is the chance of the second of
    /// two; an output of truth values [N, classes]. It counts in double precision.
    /// </summary>
    /// <param name="outputName">The name of the output.</param>
    /// <param name="inputName">The name of the input.</param>
    /// <param name="withCrossing">Whether the class that crosses the threshold belongs to the set.</param>
    /// <param name="isOfSecond">Whether the input holds the chance of the second of two classes alone.</param>
    /// <param name="drawSeed">The seed of <see cref="DrawOf"/>, where thresholds were learnt with such draws; null for none.</param>
    public OnnxModel ToModel(string outputName, string inputName, bool withCrossing = false, bool isOfSecond = false,
        int? drawSeed = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(outputName);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputName);
        if (isOfSecond && Classes != 2)
            throw new ArgumentException($"A single chance tells of two classes; these sets are of {Classes}.", nameof(isOfSecond));
        var graph = new Graph();
        var given = graph.Input(inputName, ElementType.Float, new Shape(Dimension.Symbol("N"), isOfSecond ? 1 : Classes))
            .Cast(ElementType.Double);
        if (drawSeed is not null && !Score.TakesDraws)
            throw new ArgumentException($"{Score.GetType().Name} takes no draws; those of cumulated probabilities do.", nameof(drawSeed));
        var probabilities = isOfSecond ? Operators.Concat(1, 1 - given, given) : given;
        var (sorted, order) = Ranked(probabilities, largest: true);
        var thresholds = graph.Constant(Tensor.Vector(_thresholds));
        var within = _thresholds.Length > 1 ? thresholds.Gather(order) : thresholds;
        var ranked = drawSeed is { } seed ? Score.Of(sorted) - RowDraws.Of(probabilities, seed) * sorted : Score.Of(sorted);
        Value Part(Value x, long from, long to) => x.Shape.Rank < 2 ? x : x.Slice([from], [to], [1]);
        var isIn = !withCrossing ? within.GreaterOrEqual(ranked)
            : Classes == 1 ? sorted.EqualTo(sorted)
            : Operators.Concat(1, Part(sorted, 0, 1).EqualTo(Part(sorted, 0, 1)),
                Part(ranked, 0, Classes - 1).Less(Part(within, 1, Classes)));
        return graph.ToModel([(outputName, isIn.GatherElements(Ranked(order, largest: false).Order, 1))]);

        (Value Sorted, Value Order) Ranked(Value x, bool largest)
        {
            var parts = graph.Emit("TopK", [x, graph.Constant(Tensor.Vector((long)Classes))],
                Attributes.Of(("axis", 1L), ("largest", largest ? 1L : 0L)), 2);
            return (parts[0], parts[1]);
        }
    }

    /// <summary>How sets fare: the share that holds the true class, their mean size, the share of empty ones; NaN of no rows.</summary>
    public static (double Coverage, double MeanSize, double Empty) Judge(IReadOnlyList<bool[]> sets, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentNullException.ThrowIfNull(labels);
        ConformalThreshold.SameLength(sets.Count, labels.Count, "labels");
        double Mean(Func<bool[], int, double> of) => sets.Count == 0 ? double.NaN : sets.Zip(labels, of).Average();
        return (Mean((s, k) => s[k] ? 1 : 0), Mean((s, _) => s.Count(b => b)), Mean((s, _) => s.Contains(true) ? 0 : 1));
    }

    // The scores of a row's classes; which class has which rank comes back. Of equal probabilities the first class is ranked first.
    private static int[] Scores(SetScore score, ReadOnlySpan<double> probabilities, double draw, Span<double> scores)
    {
        if (!(draw >= 0 && draw <= 1))
            throw new ArgumentException($"A draw lies between 0 and 1; this is {draw}.", nameof(draw));
        ConformalThreshold.RefuseNaN(probabilities, "probability");
        var values = probabilities.ToArray();
        int[] order = [.. Enumerable.Range(0, values.Length).OrderByDescending(k => values[k])];
        var sorted = Array.ConvertAll(order, k => values[k]);
        var ranked = new double[sorted.Length];
        score.Of(sorted, ranked);
        for (var rank = 0; rank < ranked.Length; rank++)
            scores[order[rank]] = ranked[rank] - draw * sorted[rank];
        return order;
    }
}
