using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>What ROAD looks at.</summary>
public enum RoadMeasure
{
    /// <summary>Whether the class is still the explained one: the accuracy.</summary>
    Hit,

    /// <summary>The explained score.</summary>
    Score,

    /// <summary>Its probability.</summary>
    Probability,
}

/// <summary>
/// Remove and debias: the first ⌊p·pixels/100⌋ pixels by the sum of what is said of their channels are imputed from their neighbours, each
/// a weighted mean of those around it (1/6 direct, 1/12 diagonal; those outside do not count), with noise added, and the class is looked
/// at. Told by the mean over p; lower is better with the most relevant first, higher with the least. Rong et al. 2022, arXiv:2202.00449.
/// </summary>
/// <param name="Percentages">How many per cent of the pixels are removed, each below 100.</param>
/// <param name="Order">The most relevant first, or the least; or the score of the latter less that of the former.</param>
/// <param name="Measure">What is looked at.</param>
/// <param name="Noise">The standard deviation of the noise that is added.</param>
/// <param name="Seed">Other noise for every seed.</param>
[Method("road", "Whether the class stays when pixels are removed and filled from their neighbours",
    "Rong et al. 2022, arXiv:2202.00449")]
public sealed record Road(
    [Option("How many per cent of the pixels are removed.", Default = "10,30,50,70,90")]
    IReadOnlyList<int>? Percentages = null,
    [Option("In which order: the most relevant first, the least relevant first, by chance, or the difference of the last less the first.")]
    RegionOrder Order = RegionOrder.MostRelevantFirst,
    [Option("What is looked at: whether the class stays, the score, or its probability.")]
    RoadMeasure Measure = RoadMeasure.Hit,
    [Option("The standard deviation of the noise that is added.")]
    double Noise = 0.01,
    [Option("Other noise for every seed.")]
    int Seed = 1) : CurveMetric
{
    /// <summary>How many per cent of the pixels are removed.</summary>
    public IReadOnlyList<int> Percentages { get; } = Percentages is null ? [10, 30, 50, 70, 90]
        : Percentages.Count > 0 && Percentages.All(p => p is >= 0 and < 100) ? [.. Percentages]
        : throw new ArgumentException("Percentages from 0 to 99 were expected, at least one.", nameof(Percentages));

    /// <summary>The deviation of the noise.</summary>
    public double Noise { get; } = double.IsFinite(Noise) && Noise >= 0 ? Noise
        : throw new ArgumentOutOfRangeException(nameof(Noise), Noise, "0 or more was expected.");

    /// <summary>Noise in the place of draws, by position, shape [N, channels, height, width].</summary>
    public Tensor? Given { get; init; }

    /// <inheritdoc/>
    public override Direction Better => Order switch
    {
        RegionOrder.MostRelevantFirst => Direction.Lower,
        RegionOrder.Random => Direction.Neither,
        _ => Direction.Higher,
    };

    /// <inheritdoc/>
    public override (double Low, double High) Range => Measure == RoadMeasure.Score ? base.Range
        : Order == RegionOrder.Difference ? (-1, 1) : (0, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "that of pixels in the order in which they stand; of the difference 0 or nearly";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Scores | MetricNeeds.Pictures;

    /// <inheritdoc/>
    protected override double[][] Trace(ExplainedRows rows)
    {
        if (Order != RegionOrder.Difference)
            return Of(rows, Order);
        var (most, least) = (Of(rows, RegionOrder.MostRelevantFirst), Of(rows, RegionOrder.LeastRelevantFirst));
        return [.. most.Select((m, row) => m.Select((value, k) => least[row][k] - value).ToArray())];
    }

    /// <inheritdoc/>
    protected override double Told(ReadOnlySpan<double> curve) => Judging.Mean(curve);

    private double[][] Of(ExplainedRows rows, RegionOrder order)
    {
        var noise = Given is null ? Drawing.Noise(null, rows, 1, Seed, random => Noise == 0 ? 0 : Drawing.Gaussian(random, Noise)).Noise
            : Given.Count == rows.Inputs.Length ? Given.ToDouble()
            : throw new ArgumentException($"Noise of shape {Given.Shape} was given for {rows.Count} rows of {rows.Features} features.");
        int[][] orders = [.. Enumerable.Range(0, rows.Count).Select(row => order == RegionOrder.Random
            ? MathNet.Numerics.Combinatorics.GeneratePermutation(rows.Positions, Drawing.Of(~Seed, rows.First + row))
            : Judging.Order(rows.Map(row), order == RegionOrder.MostRelevantFirst))];
        var curves = Enumerable.Range(0, rows.Count).Select(_ => new double[Percentages.Count]).ToArray();
        rows.Each(rows.Count * Percentages.Count, (variant, x) =>
        {
            var (row, removed) = (variant / Percentages.Count, Percentages[variant % Percentages.Count] * rows.Positions / 100);
            rows.Input(row).CopyTo(x);
            NoisyImputation.Impute(x, rows.Extents, orders[row].AsSpan(0, removed), noise.AsSpan(row * rows.Features, rows.Features));
        }, (variant, scores) =>
        {
            var target = rows.Targets[variant / Percentages.Count];
            if (Measure == RoadMeasure.Probability)
                rows.Model().Link.Apply(scores);
            curves[variant / Percentages.Count][variant % Percentages.Count] = Measure != RoadMeasure.Hit ? scores[target]
                : System.Numerics.Tensors.TensorPrimitives.IndexOfMax<double>(scores) == target ? 1 : 0;
        });
        return curves;
    }

    internal override string? ObstacleToGraph => null;

    private protected override Value TraceOf(ExplainedQuestion rows)
    {
        if (rows.Extents.Length != 3)
            throw new ArgumentException($"ROAD judges pictures, rows of [channels, height, width]; these have "
                + $"[{string.Join(", ", rows.Extents)}].");
        return Order != RegionOrder.Difference ? Of(rows, Order)
            : Of(rows, RegionOrder.LeastRelevantFirst) - Of(rows, RegionOrder.MostRelevantFirst);
    }

    private Value Of(ExplainedQuestion rows, RegionOrder order)
    {
        var (question, extents, type) = (rows.Question, rows.Extents, rows.Question.Input.Type);
        long positions = extents[1] * extents[2];
        var map = rows.Map(rows.Said).Reshape(-1, positions);
        if (order == RegionOrder.Random)
            map = SeededNoise.Integers(question.Graph.Constant(Tensor.Vector(0L)), positions, ~Seed, 0).ExpandLike(map);
        var places = ExplainedQuestion.Places(map, order != RegionOrder.LeastRelevantFirst).Reshape(-1, 1, extents[1], extents[2]);
        if (Given is not null && Given.Count != rows.Features)
            throw new ArgumentException($"Noise of shape {Given.Shape} was given; within a graph, where the same is added to every row, "
                + $"[1, {string.Join(", ", extents)}] was expected.");
        var noise = Given is not null ? question.Graph.Constant(Tensor.From(Given.ToDouble(), 1, extents[0], extents[1], extents[2]))
            : SeededNoise.Normal(question.Graph.Constant(Tensor.Vector(0L)), [.. extents.Select(e => (long)e)], Seed, ElementType.Double)
                .Squeeze(0) * Noise;
        return ExplainedQuestion.Side(question.Stack(rows.Numbers([.. Percentages.Select(p => p * positions / 100)]), end =>
        {
            var removed = places.Unsqueeze(0).Less(end).Reshape(-1, 1, extents[1], extents[2]);
            var pictures = rows.ChannelsFirst(question.Flat(question.Beside(end)));
            var filled = GraphImputation.Impute(pictures, removed) + noise * removed.AsNumber(ElementType.Double);
            var at = rows.AsRows(filled.Cast(type)).Reshape([end.Shape[0].Value, -1, .. question.Input.Shape.Skip(1).Select(d => d.Value)]);
            return Measure != RoadMeasure.Hit
                ? rows.Follow(at, Measure == RoadMeasure.Score ? JudgedScore.Score : JudgedScore.Probability)
                : question.At(at, row => row.Scores.ArgMax(1, keepDimensions: true).EqualTo(row.Choice).AsNumber(ElementType.Double));
        }));
    }
}
