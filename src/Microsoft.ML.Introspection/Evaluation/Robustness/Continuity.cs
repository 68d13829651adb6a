using System.Numerics.Tensors;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// Continuity: the picture is shifted along its last axis, from −extent in even steps, what is uncovered taking the row's smallest number;
/// the largest Σ||a| − |a′|| / (‖x − x′‖₂ + 10⁻⁹). Lower is better. Montavon, Samek, Müller 2018, doi:10.1016/j.dsp.2017.10.011.
/// </summary>
/// <param name="Steps">How many steps, each of ⌊(2·extent + 1)/steps⌋ elements, one at least.</param>
[Method("continuity", "How fast the explanation changes while the picture is shifted",
    "Montavon, Samek, Müller 2018, doi:10.1016/j.dsp.2017.10.011")]
public sealed record Continuity(
    [Option("How many steps.")]
    int Steps = 28) : ExplanationMetric
{
    /// <summary>How many steps.</summary>
    public int Steps { get; } = Perturbing.Positive(Steps, nameof(Steps));

    /// <inheritdoc/>
    public override Direction Better => Direction.Lower;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public override string OfFlatMaps => "by the formula of how the method's answers differ; 0 where they do not";

    /// <inheritdoc/>
    public override MetricNeeds Needs => MetricNeeds.Explains;

    /// <inheritdoc/>
    protected override double[] Judge(ExplainedRows rows)
    {
        var width = rows.Extents[^1];
        var step = Math.Max(1, (2 * width + 1) / Steps);
        int[] shifts = [.. Enumerable.Range(1, Steps).Select(k => k * step - width).Where(s => s <= width)];
        var (apart, result) = (new double[shifts.Length * rows.Count], new double[rows.Count]);
        rows.Explain(apart.Length, v => v % rows.Count, (v, x) =>
        {
            var (row, shift) = (v % rows.Count, shifts[v / rows.Count]);
            var input = rows.Input(row);
            x.Fill(TensorPrimitives.Min(input));
            for (var line = 0; line < x.Length; line += width)
                for (var i = Math.Max(0, shift); i < Math.Min(width, width + shift); i++)
                    x[line + i] = input[line + i - shift];
            apart[v] = TensorPrimitives.Distance(input, x);
        }, (v, said) =>
        {
            var sum = 0.0;
            var attribution = rows.Attribution(v % rows.Count);
            for (var i = 0; i < said.Length; i++)
                sum += Math.Abs(Math.Abs(attribution[i]) - Math.Abs(said[i]));
            // Where nothing moved, rounding is all there is.
            if (apart[v] > 0)
                result[v % rows.Count] = Math.Max(result[v % rows.Count], sum / (apart[v] + 1e-9));
        });
        return result;
    }
}
