using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// The prediction gap: the mean over draws of |f(x) − f(x′)| with normal noise on the k features of the largest |a| (important, higher is
/// better) or on all others (unimportant, lower is better). Agarwal et al. 2022 (OpenXAI), arXiv:2206.11104.
/// </summary>
public abstract record PredictionGap : ExplanationMetric
{
    private protected PredictionGap(int top, int draws, double deviation, int seed) => (Top, Draws, Deviation, Seed) =
        (Perturbing.NotNegative(top, nameof(Top)), Perturbing.Positive(draws, nameof(Draws)),
        Perturbing.AboveZero(deviation, nameof(Deviation)), seed);

    /// <summary>How many features are important; 0 for a fifth of all.</summary>
    [Option("How many features are important; 0 for a fifth of all.")]
    public int Top { get; init; }

    /// <summary>How many draws.</summary>
    [Option("How many draws.")]
    public int Draws { get; init; }

    /// <summary>The standard deviation of the noise.</summary>
    [Option("The standard deviation of the noise.")]
    public double Deviation { get; init; }

    /// <summary>Other noise for every seed.</summary>
    [Option("Other noise for every seed.")]
    public int Seed { get; init; }

    /// <inheritdoc cref="PerturbingMetric.Follows"/>
    [Option("Which number of the model is followed.")]
    public JudgedScore Follows { get; init; } = JudgedScore.Probability;

    /// <summary>Noise in the place of draws, shape [draws, N, features].</summary>
    public Tensor? Given { get; init; }

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, Follows == JudgedScore.Probability ? 1 : double.PositiveInfinity);

    /// <inheritdoc/>
    public override string OfFlatMaps => "that of the first features as they stand";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores;

    private protected abstract bool OfImportant { get; }

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var top = Top > 0 ? Math.Min(Top, rows.Features) : Math.Max(1, rows.Features / 5);
        var (noise, draws) = Drawing.Noise(Given, rows, Draws, Seed, random => Drawing.Gaussian(random, Deviation));
        int[][] changed = [.. Enumerable.Range(0, rows.Count).Select(row =>
        {
            var order = Judging.Order(rows.Attribution(row).Absolute());
            return OfImportant ? order[..top] : order[top..];
        })];
        var followed = rows.Follow(Follows, draws * rows.Count, v => v % rows.Count, (variant, x) =>
        {
            var row = variant % rows.Count;
            rows.Input(row).CopyTo(x);
            foreach (var feature in changed[row])
                x[feature] += noise[variant * rows.Features + feature];
        });
        var (known, result) = (rows.Known(Follows), new double[rows.Count]);
        for (var v = 0; v < followed.Length; v++)
            result[v % rows.Count] += Math.Abs(known[v % rows.Count] - followed[v]) / draws;
        return result;
    }
    internal override string? ObstacleToGraph => null;

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows)
    {
        var (question, type) = (rows.Question, rows.Question.Input.Type);
        var top = Top > 0 ? Math.Min(Top, rows.Features) : Math.Max(1, rows.Features / 5);
        var isImportant = rows.Laid(ExplainedQuestion.Places(rows.Said.Abs())).Less(top);
        var changed = (OfImportant ? isImportant : isImportant.Not()).AsNumber(type);
        var noise = rows.Noise(Given, Draws, (n, row) => SeededNoise.Normal(n, row, Seed, type) * Deviation);
        var followed = ExplainedQuestion.Side(question.Stack(noise, draw => rows.Follow(question.Beside(draw) + draw * changed, Follows)));
        return [(rows.Known(Follows) - followed).Abs().ReduceMean([1])];
    }
}

/// <inheritdoc cref="PredictionGap"/>
[Method("pgi", "How far the prediction moves when the features that are said to matter are disturbed",
    "Agarwal et al. 2022, arXiv:2206.11104")]
public sealed record PredictionGapImportant() : PredictionGap(0, 100, 0.1, 1)
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    private protected override bool OfImportant => true;
}

/// <inheritdoc cref="PredictionGap"/>
[Method("pgu", "How far the prediction moves when all but the features that are said to matter are disturbed",
    "Agarwal et al. 2022, arXiv:2206.11104")]
public sealed record PredictionGapUnimportant() : PredictionGap(0, 100, 0.1, 1)
{
    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    private protected override bool OfImportant => false;
}
