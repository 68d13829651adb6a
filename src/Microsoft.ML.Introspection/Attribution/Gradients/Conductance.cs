using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Conductance: how much of integrated gradients flows through each unit of a layer, ∫ ∂f/∂h·∂h/∂α dα along the straight way from a
/// baseline of the input to the input. Ask of a layer; shape of the layer, unit of the score. The way is followed in steps,
/// Σ ∂f/∂h(xₖ)·(h(xₖ₊₁) − h(xₖ)). Through every layer that all goes through they sum to f(x) − f(x′), as closely as the steps follow the
/// way. Dhamdhere, Sundararajan, Yan 2018, arXiv:1805.12233.
/// </summary>
/// <param name="Steps">Steps along the way; there is a point more than steps.</param>
/// <param name="Quadrature">
/// Where the points lie; their weights do not count. Trapezoids reach from the baseline to the input, as the paper has it.
/// </param>
[Method("conductance", "How much of integrated gradients flows through each unit of a layer",
    "Dhamdhere, Sundararajan, Yan 2018, arXiv:1805.12233")]
public sealed record Conductance(
    [Option("Steps along the way from the baseline to the input.")]
    int Steps = 50,
    [Option("Where the points lie that the steps go between.")]
    Quadrature Quadrature = Quadrature.Trapezoid) : AttributionMethod
{
    /// <summary>Steps along the way.</summary>
    public int Steps { get; } = Steps >= 1 && Quadrature.Rule(Steps + 1).Points.Length > 1 ? Steps
        : throw new ArgumentOutOfRangeException(nameof(Steps), Steps, "Conductance follows its way in a step at least.");

    /// <summary>Where the way begins, at the network's input; of several baselines the attributions are averaged.</summary>
    [Option("What the network's input is compared with: zero, a number, blur:SIGMA, token:ID for a token's embedding, or a .npy file; "
        + "several with commas between them are averaged over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <summary>
    /// A unit inside the network, <c>LAYER:INDEX,INDEX…</c>: the conductance through that unit alone, of whatever is asked of (the
    /// network's input as a rule), (x − x′)·∫ ∂f/∂hⱼ·∂hⱼ/∂x dα by the points and weights of the quadrature. Null for all units of the
    /// layer that is asked of.
    /// </summary>
    [Option("A unit, LAYER:INDEX,INDEX…, to attribute the input's flow through it alone; absent for the units of the layer asked of.",
        Absent = "")]
    public string? Unit
    {
        get;
        init => field = value is null || Target.TryParse($"unit:{value}") is not null ? value
            : throw new ArgumentException($"'{value}' names no unit; LAYER:INDEX,INDEX… was expected.", nameof(Unit));
    }

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return Unit is null ? OfLayer(question) : ThroughUnit(question, Unit);
    }

    private Value OfLayer(Question question)
    {
        var (entrance, place) = (question.Entrance, question.Place);
        var (points, baselines) = (Quadrature.Rule(Steps + 1).Points, entrance.Baselines(Baseline));
        var ways = Variants.Of(points[..^1]).With(Variants.Of(points[1..])).Times(baselines);
        return entrance.Sum(ways, (from, to, baseline) =>
        {
            var way = entrance.Input - baseline;
            var (here, there) = (baseline + from * way, baseline + to * way);
            return entrance.At(here, at => at.WithRespectTo(place).Gradient())
                * (Units(there) - Units(here));
        }) / baselines.Count;

        Value Units(Value at) => entrance.At(at, asked => asked.Trace.Tensor(place));
    }

    private Value ThroughUnit(Question question, string unit)
    {
        var (target, colon) = (Target.Parse($"unit:{unit}"), unit.LastIndexOf(':'));
        var (layer, index) = (unit[..colon], unit[(colon + 1)..].Split(',').Select(long.Parse).ToArray());
        return question.Average(Quadrature.Over(Steps).Times(question.Baselines(Baseline)), (alpha, baseline) =>
        {
            var way = question.Input - baseline;
            return way * question.At(baseline + alpha * way, at =>
            {
                var neuron = at.About(target);
                var slope = at.WithRespectTo(layer).Gradient().Slice(index, Array.ConvertAll(index, i => i + 1),
                    [.. Enumerable.Range(1, index.Length).Select(axis => (long)axis)]).Reshape(-1, 1);
                return Differentiation.Gradient.Of(neuron.Score, [at.Input], slope)[0];
            });
        });
    }
}
