namespace Microsoft.ML.Introspection.Tool.Tests;

/// <summary>Numbers that two runs computed: the order in which a sum is taken may differ, so that the last digits do.</summary>
internal static class Close
{
    /// <summary>Asserts that numbers differ, all together, by no more than a share of their size.</summary>
    public static void To(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance = 1e-5) =>
        Near.InNorm(expected, actual, tolerance);
}
