using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>A metric that changes rows and looks what the score does.</summary>
public abstract record PerturbingMetric : ExplanationMetric
{
    private protected PerturbingMetric(JudgedScore follows) => Follows = follows;

    /// <summary>What is put in the place of features.</summary>
    [Option("What is put in the place of features: zero, a number, row-min, row-max, row-mean, channel-mean, blur:SIGMA, or a .npy file.")]
    public Baseline Baseline { get; init => field = value ?? throw new ArgumentNullException(nameof(Baseline)); } = Baseline.Zero;

    /// <summary>Which number of the model is followed.</summary>
    [Option("Which number of the model is followed.")]
    public JudgedScore Follows { get; init; }

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores;

    /// <summary>Scores of every row with some features changed, each set by itself.</summary>
    private protected double[][] Alone(ExplainedRows rows, Func<int, int[][]> sets) =>
        Perturbing.Follow(rows, Follows, Baseline, row => (sets(row), false, true), withStart: false);

    internal override string? ObstacleToGraph => null;
}

/// <summary>A curve of the score while rows are changed step by step.</summary>
public abstract record PerturbingCurve : CurveMetric
{
    private protected PerturbingCurve(JudgedScore follows) => Follows = follows;

    /// <inheritdoc cref="PerturbingMetric.Baseline"/>
    [Option("What is put in the place of features: zero, a number, row-min, row-max, row-mean, channel-mean, blur:SIGMA, or a .npy file.")]
    public Baseline Baseline { get; init => field = value ?? throw new ArgumentNullException(nameof(Baseline)); } = Baseline.Zero;

    /// <inheritdoc cref="PerturbingMetric.Follows"/>
    [Option("Which number of the model is followed.")]
    public JudgedScore Follows { get; init; }

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores;

    /// <summary>The score while features go (or come back), set after set; without the start.</summary>
    private protected double[][] Along(ExplainedRows rows, Func<int, int[][]> sets, bool comeBack = false) =>
        Perturbing.Follow(rows, Follows, Baseline, row => (sets(row), comeBack, false), withStart: false);

    /// <summary>The same with the start before it.</summary>
    private protected double[][] FromStart(ExplainedRows rows, Func<int, int[][]> sets, bool comeBack = false) =>
        Perturbing.Follow(rows, Follows, Baseline, row => (sets(row), comeBack, false), withStart: true);

    internal override string? ObstacleToGraph => null;

    /// <summary>The same within a graph, up to the first of an order, shape [N, ends].</summary>
    private protected Value Along(ExplainedQuestion rows, Value places, long[] ends, bool comeBack = false) =>
        rows.Along(places, ends, Baseline, Follows, comeBack);
}

/// <summary>Rows whose features are changed, and how the score follows.</summary>
internal static class Perturbing
{
    /// <summary>How many features a step takes: what is asked for, or as many that there are no more than 64 steps.</summary>
    public static int StepOf(int asked, int features) => asked > 0 ? Math.Min(asked, features) : (features + 63) / 64;

    /// <summary>The scores of each row's variants: sets changed one after another, or each alone.</summary>
    public static double[][] Follow(ExplainedRows rows, JudgedScore follows, Baseline baseline,
        Func<int, (int[][] Sets, bool ComeBack, bool Alone)> plan, bool withStart)
    {
        var filling = rows.Filling(baseline);
        var plans = Enumerable.Range(0, rows.Count).Select(plan).ToArray();
        var starts = withStart ? 1 : 0;
        int[] rowOf = [.. plans.SelectMany((p, row) => Enumerable.Repeat(row, p.Sets.Length + starts))];
        var (current, row, step) = (new double[rows.Features], -1, 0);
        var followed = rows.Follow(follows, rowOf.Length, v => rowOf[v], (variant, x) =>
        {
            if (rowOf[variant] != row)
                (row, step) = (rowOf[variant], -starts);
            var (sets, comeBack, alone) = plans[row];
            var fill = filling.AsSpan(row * rows.Features, rows.Features);
            var input = rows.Input(row);
            if (alone || step == -starts)
                (comeBack ? fill : input).CopyTo(current);
            if (step >= 0)
                foreach (var feature in sets[step])
                    current[feature] = comeBack ? input[feature] : fill[feature];
            step++;
            current.CopyTo(x);
        });
        var (curves, at) = (new double[rows.Count][], 0);
        for (var r = 0; r < curves.Length; at += curves[r++].Length)
            curves[r] = followed[at..(at + plans[r].Sets.Length + starts)];
        return curves;
    }

    /// <summary>
    /// Squares that cover the last two axes (of tables and signals, stretches of the last), in row-major order; those that hang over the
    /// border are cut on both sides, the larger part at the end. All channels belong to a square.
    /// </summary>
    /// <param name="extents">The extents of a row, channels first.</param>
    /// <param name="size">The side of a square.</param>
    public static int[][] Patches(IReadOnlyList<int> extents, int size)
    {
        var width = extents[^1];
        var height = extents.Count > 2 ? extents[^2] : 1;
        var (beforeX, columns) = Cells(width, size);
        var (beforeY, lines) = Cells(height, height == 1 ? 1 : size);
        var planes = extents.Skip(1).SkipLast(2).Aggregate(1, (p, e) => p * e);
        return Parts(extents, columns * lines * planes, p => (p / (width * height) * lines
            + (p / width % height + beforeY) / (height == 1 ? 1 : size)) * columns + (p % width + beforeX) / size);
    }

    /// <summary>The parts that positions belong to, all channels of each.</summary>
    public static int[][] Parts(IReadOnlyList<int> extents, int count, Func<int, int> partOf)
    {
        var channels = extents.Count > 1 ? extents[0] : 1;
        var positions = extents.Aggregate(1, (p, e) => p * e) / channels;
        var parts = Enumerable.Range(0, count).Select(_ => new List<int>()).ToArray();
        for (var position = 0; position < positions; position++)
            for (var channel = 0; channel < channels; channel++)
                parts[partOf(position)].Add(channel * positions + position);
        return [.. parts.Where(p => p.Count > 0).Select(p => p.ToArray())];
    }

    /// <summary>The side of a square that is asked for, or an eighth of the shorter side.</summary>
    public static int PatchOf(int asked, IReadOnlyList<int> extents) => asked > 0 ? asked
        : Math.Max(1, extents.Skip(extents.Count > 2 ? extents.Count - 2 : extents.Count - 1).Min() / 8);

    public static int NotNegative(int value, string name) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, "0 or more was expected.");

    public static int Positive(int value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, "1 or more was expected.");

    public static double AboveZero(double value, string name) =>
        double.IsFinite(value) && value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "A number above 0 was expected.");

    private static (int Before, int Count) Cells(int extent, int size)
    {
        var count = (extent + size - 1) / size;
        return ((count * size - extent) / 2, count);
    }
}
