namespace Microsoft.ML.Introspection.Tests.Differentiation.Cases;

/// <summary>All cases, by name.</summary>
internal static class RuleCases
{
    public static IReadOnlyDictionary<string, RuleCase> All { get; } = new[]
    {
        ElementwiseCases.All, ActivationCases.All, LinearCases.All, ConvolutionCases.All, TransposedConvolutionCases.All, PoolingCases.All,
        ReductionCases.All, ShapingCases.All, IndexingCases.All, NormalizationCases.All, RecurrentCases.All, ResizingCases.All,
        SummationCases.All, ScatteringCases.All, AttentionCases.All, RearrangingCases.All,
    }.SelectMany(cases => cases).ToDictionary(c => c.Name);
}
