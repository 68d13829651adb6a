using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// How good the reasons of each row are, beside the reasons themselves: a metric, shape [N, 1], computed within the graph that explains, so
/// that it is a column of ML.NET, a file, a port like any other. Metrics that are told by a curve give that as well, shape [N, points].
/// </summary>
/// <remarks>
/// Rows with NaN or infinities among their attributions have NaN. The class is the one that is explained, also where a changed row is of
/// another. What a metric draws at random is the graph's own (other numbers than <see cref="ExplanationMetric.Of"/> draws), the same for
/// every row, whatever stands beside it; what is given in its place has one row.
/// </remarks>
/// <param name="Method">The method.</param>
/// <param name="Metric">The metric.</param>
/// <exception cref="ArgumentException">The metric cannot be computed within a graph; the message says why.</exception>
public sealed record Judgement(AttributionMethod Method, ExplanationMetric Metric) : Reading
{
    /// <summary>The method.</summary>
    public AttributionMethod Method { get; } = Method ?? throw new ArgumentNullException(nameof(Method));

    /// <summary>The metric.</summary>
    public ExplanationMetric Metric { get; } = Metric switch
    {
        null => throw new ArgumentNullException(nameof(Metric)),
        { ObstacleToGraph: { } obstacle } => throw new ArgumentException(
            $"{Metric.GetType().Name} cannot stand beside the reasons of a row within a graph: {obstacle}.", nameof(Metric)),
        _ => Metric,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<string> PartNames => Metric is CurveMetric ? ["score", "curve"] : [];

    /// <summary>Those of the input say nothing of a metric.</summary>
    public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => [];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The method says neither a number of each feature nor one of each position, or the metric does not fit the input.
    /// </exception>
    public override IReadOnlyList<Value> Read(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var rows = new ExplainedQuestion(question, Method);
        var broken = rows.Broken;
        return [.. Metric.Read(rows).Select(part => part.Cast(question.Input.Type) + broken)];
    }
}
