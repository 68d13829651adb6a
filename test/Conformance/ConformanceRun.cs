namespace Microsoft.ML.Introspection.Conformance;

/// <summary>Runs tests side by side, each for a limited time.</summary>
internal static class ConformanceRun
{
    /// <summary>The findings of all tests, in their order; a test without an end is wrong.</summary>
    public static IReadOnlyList<Finding> Of(IReadOnlyList<NodeTest> tests, TimeSpan limit) => [.. tests.AsParallel().AsOrdered()
        .WithDegreeOfParallelism(Math.Min(2, Environment.ProcessorCount)).SelectMany(test => Limited(test, limit))];

    private static IReadOnlyList<Finding> Limited(NodeTest test, TimeSpan limit)
    {
        IReadOnlyList<Finding>? findings = null;
        var thread = new Thread(() => findings = Caught(test), 16 << 20) { IsBackground = true };
        thread.Start();
        return thread.Join(limit) && findings is not null ? findings
            : [Failed(test, $"no end within {limit.TotalSeconds} s")];
    }

    private static IReadOnlyList<Finding> Caught(NodeTest test)
    {
        try
        {
            return NodeCheck.Run(test);
        }
        catch (Exception e)
        {
            return [Failed(test, $"the runner fails: {e}")];
        }
    }

    private static Finding Failed(NodeTest test, string why) =>
        new(test.Name, NodeCheck.OperatorOf(test), Form.AsIs, Check.Load, "", Verdict.Wrong, why);
}
