using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Correlation of what is said with what is lost: Spearman's of Σ|a| over the features of a step, and the mean over draws of
/// (f(x) − f(x′))²/f(x)² (not divided where |f(x)| is below ε), the step's features being one random number from the range of the row.
/// Higher is better. Nguyen, Rodríguez Martínez 2020, arXiv:2007.07584.
/// </summary>
/// <param name="Draws">How many draws for each step.</param>
/// <param name="Step">How many features a step changes; 0 for at most 64 steps.</param>
/// <param name="Epsilon">Below which a score is taken for 0.</param>
/// <param name="Seed">Other draws for every seed.</param>
[Method("monotonicity-correlation", "Whether features that are said to matter change the score more when they are redrawn",
    "Nguyen, Rodríguez Martínez 2020, arXiv:2007.07584")]
public sealed record MonotonicityCorrelation(
    [Option("How many draws for each step.")]
    int Draws = 10,
    [Option("How many features a step changes; 0 for at most 64 steps.")]
    int Step = 0,
    [Option("Below which a score is taken for 0.")]
    double Epsilon = 1e-5,
    [Option("Other draws for every seed.")]
    int Seed = 1) : ExplanationMetric
{
    /// <summary>How many draws for each step.</summary>
    public int Draws { get; } = Perturbing.Positive(Draws, nameof(Draws));

    /// <summary>How many features a step changes.</summary>
    public int Step { get; } = Perturbing.NotNegative(Step, nameof(Step));

    /// <inheritdoc cref="PerturbingMetric.Follows"/>
    [Option("Which number of the model is followed.")]
    public JudgedScore Follows { get; init; } = JudgedScore.Probability;

    /// <summary>Numbers in the place of draws, shape [steps, draws, N].</summary>
    public Tensor? Given { get; init; }

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (-1, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "NaN: nothing goes together with what does not vary";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores;

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var step = Perturbing.StepOf(Step, rows.Features);
        var sets = Enumerable.Range(0, rows.Count)
            .Select(row => Judging.Steps(rows.Attribution(row).Absolute(), step, descending: false)).ToArray();
        var steps = sets[0].Length;
        var draws = Given is null ? Draws : (int)Given.Dimensions[1];
        if (Given is not null && !Given.Dimensions.SequenceEqual([steps, draws, rows.Count]))
            throw new ArgumentException($"The numbers given have the shape {Given.Shape}; [{steps}, draws, {rows.Count}] was expected.");
        var fills = Given?.ToDouble() ?? Fills(rows, steps);
        var each = steps * draws;
        var followed = rows.Follow(Follows, rows.Count * each, v => v / each, (variant, x) =>
        {
            var (row, k) = (variant / each, variant % each / draws);
            rows.Input(row).CopyTo(x);
            foreach (var feature in sets[row][k])
                x[feature] = fills[(k * draws + variant % draws) * rows.Count + row];
        });
        var known = rows.Known(Follows);
        var result = new double[rows.Count];
        for (var row = 0; row < result.Length; row++)
        {
            var absolute = rows.Attribution(row).Absolute();
            var divisor = Math.Abs(known[row]) < Epsilon ? 1 : known[row] * known[row];
            double[] lost = [.. Enumerable.Range(0, steps).Select(k => Enumerable.Range(0, draws).Average(d =>
                Math.Pow(known[row] - followed[row * each + k * draws + d], 2) / divisor))];
            result[row] = Correlation.Spearman(sets[row].Select(s => s.Sum(absolute)).ToArray(), lost);
        }
        return result;
    }

    private double[] Fills(ExplainedRows rows, int steps)
    {
        var fills = new double[steps * Draws * rows.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            var (random, low, high) = (Drawing.Of(Seed, rows.First + row), double.PositiveInfinity, double.NegativeInfinity);
            foreach (var number in rows.Input(row))
                (low, high) = (Math.Min(low, number), Math.Max(high, number));
            for (var k = 0; k < steps * Draws; k++)
                fills[k * rows.Count + row] = low + random.NextDouble() * (high - low);
        }
        return fills;
    }

    internal override string? ObstacleToGraph => null;

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var (ends, question) = (rows.Ends(Step), rows.Question);
        var draws = Given is null ? Draws : checked((int)Given.Dimensions[^2]);
        if (Given is not null && !Given.Dimensions.SequenceEqual([ends.Length, draws, 1]))
            throw new ArgumentException($"The numbers given have the shape {Given.Shape}; [{ends.Length}, draws, 1] was expected.");
        var place = rows.Laid(ExplainedQuestion.Places(rows.Said.Abs(), descending: false));
        var input = question.Input.Unsqueeze(0);
        long[] axes = [.. Enumerable.Range(2, input.Rank - 2).Select(i => (long)i)];
        var low = input.ReduceMin(axes);
        var range = input.ReduceMax(axes) - low;
        var fills = Given is null ? Variants.Numbered(ends.Length * draws, n => SeededNoise.Uniform(n, 1, Seed, 0).Cast(input.Type))
            : Variants.Of(Given.ToDouble());
        var places = rows.Numbers([.. Enumerable.Range(0, ends.Length * draws).Select(k => k / draws is var s and > 0 ? ends[s - 1] : 0)])
            .With(rows.Numbers([.. Enumerable.Range(0, ends.Length * draws).Select(k => ends[k / draws])])).With(fills);
        var followed = ExplainedQuestion.Side(question.Stack(places, (start, end, fill) => rows.Follow(
            ExplainedQuestion.IsWithin(place, start, end).Where(Given is null ? low + fill * range : fill, input), Follows)));
        var known = rows.Known(Follows);
        var square = known * known;
        var divisor = known.Abs().Less(Epsilon).Where(square.Like(1), square);
        var lost = ((known - followed).Pow(2) / divisor).Reshape(-1, ends.Length, draws).ReduceMean([2], keepDimensions: false);
        return [GraphCorrelation.Spearman(rows.SumsOfSteps(rows.Said.Abs().Cast(lost.Type), false, Step), lost)];
    }
}
