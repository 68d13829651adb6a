using Microsoft.ML.Introspection.Conformance;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Conformance;

/// <summary>A choice of the standard's own operator tests; <c>test/Conformance</c> runs them all.</summary>
[TestClass]
public sealed class KeepingToTheStandard
{
    private static readonly Lazy<ILookup<string, NodeTest>> Tests = new(() =>
        NodeTest.Open(Path.Combine(AppContext.BaseDirectory, "data", "onnx-node-tests.zip")).ToLookup(NodeCheck.OperatorOf));

    public static IEnumerable<object[]> Operators => Tests.Value.Select(group => new object[] { group.Key }).OrderBy(o => (string)o[0]);

    [TestMethod]
    [DynamicData(nameof(Operators))]
    public void Operator(string name)
    {
        var findings = ConformanceRun.Of([.. Tests.Value[name]], TimeSpan.FromMinutes(2));
        Assert.AreEqual("", string.Join('\n', findings.Where(f => f.Verdict == Verdict.Wrong)));
        Assert.IsTrue(findings.Any(f => f.Verdict is Verdict.Right or Verdict.Refused), "nothing was compared, and nothing refused");
    }

    [TestMethod]
    public void Every_differentiable_operator_has_a_gradient_among_them()
    {
        // The standard has no test of the first; the others are differentiated as if they did not round.
        string[] without = ["GlobalLpPool", "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QuantizeLinear"];
        var missing = BackwardRules.Default.Operators.Where(o => OperatorFacts.Of(o) is { IsFlat: false }).Except(without)
            .Except(Tests.Value.Select(t => t.Key));
        Assert.AreEqual("", string.Join(", ", missing));
    }
}
