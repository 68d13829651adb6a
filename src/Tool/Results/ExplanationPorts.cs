using Microsoft.ML.Introspection.Onnx;
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
    /// <summary>The ports of an explanation in the order in which it is compiled.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="runner">The runner that computes it.</param>
    /// <param name="explained">How many tensors are attributed to.</param>
    /// <param name="withGap">Whether each attribution is followed by its gap.</param>
    public static ExplanationPorts Of(OnnxModel explanation, BatchRunner runner, int explained, bool withGap)
    {
        var ports = explanation.Outputs.Select((info, index) => OutputPort.Of(info, runner, index)).ToList();
        var each = withGap ? 2 : 1;
        return new(
            [.. Enumerable.Range(0, explained).Select(i => ports[i * each])],
            withGap ? [.. Enumerable.Range(0, explained).Select(i => ports[i * each + 1])] : [],
            ports[explained * each],
            ports[explained * each + 1]);
    }
}
