using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Effective complexity: how many features have |a| &gt; ε. Lower is simpler. Nguyen, Rodríguez Martínez 2020, arXiv:2007.07584.
/// </summary>
/// <param name="Epsilon">Up to which size a number says nothing.</param>
[Method("effective-complexity", "How many features are said something of", "Nguyen, Rodríguez Martínez 2020, arXiv:2007.07584")]
public sealed record EffectiveComplexity(
    [Option("Up to which size a number says nothing.")]
    double Epsilon = 1e-5) : ExplanationMetric
{
    /// <summary>Up to which size a number says nothing.</summary>
    public double Epsilon { get; } = Epsilon >= 0 ? Epsilon
        : throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "0 or more was expected.");

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public override string OfFlatMaps => "the number of features, or 0";

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows) => [.. Enumerable.Range(0, rows.Count).Select(row =>
    {
        var count = 0;
        foreach (var number in rows.Attribution(row))
            count += Math.Abs(number) > Epsilon ? 1 : 0;
        return (double)count;
    })];

    internal override string? ObstacleToGraph => null;

    internal override IReadOnlyList<Value> Read(ExplainedQuestion rows) =>
        [rows.Said.Abs().Greater(Epsilon).AsNumber(rows.Said.Type).ReduceSum([1])];
}
