using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>What an explanation gives for each row.</summary>
/// <param name="Attributions">The attribution to each explained tensor.</param>
/// <param name="Gaps">The completeness gap of each; none where it is not asked for.</param>
/// <param name="Target">The explained class.</param>
/// <param name="Score">The explained score.</param>
internal sealed record ExplanationPorts(
    IReadOnlyList<OutputPort> Attributions, IReadOnlyList<OutputPort> Gaps, OutputPort Target, OutputPort Score)
{
    /// <summary>The ports of an explanation.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="runner">The runner that computes it.</param>
    public static ExplanationPorts Of(ExplanationGraph explanation, BatchRunner runner)
    {
        return new([.. All(PortKind.Attribution)], [.. All(PortKind.Gap)], All(PortKind.Target).Single(), All(PortKind.Score).Single());

        IEnumerable<OutputPort> All(PortKind kind) =>
            explanation.Ports.Where(p => p.Kind == kind).Select(p => OutputPort.Of(explanation.Model.Outputs[p.Index], runner, p.Index));
    }
}
