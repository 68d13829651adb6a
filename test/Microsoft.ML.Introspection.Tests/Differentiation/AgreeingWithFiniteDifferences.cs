using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tests.Differentiation.Cases;

namespace Microsoft.ML.Introspection.Tests.Differentiation;

/// <summary>Every backward rule, and the rules of what it writes, against differences of the function.</summary>
[TestClass]
public sealed class AgreeingWithFiniteDifferences
{
    // What central differences lose to rounding, and at the steps taken to the function's curvature.
    private const double DoubleTolerance = 1e-7, SingleTolerance = 1e-3;

    public static IEnumerable<object[]> Cases => RuleCases.All.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Rule(string name)
    {
        var rule = RuleCases.All[name];
        try
        {
            Check(rule, ElementType.Double, rule.IsAlwaysSingle ? SingleTolerance : DoubleTolerance);
        }
        catch (MissingKernelException)
        {
            // ONNX Runtime computes this operator in single precision only.
        }
        Check(rule, ElementType.Float, SingleTolerance);
    }

    private static void Check(RuleCase rule, ElementType type, double tolerance)
    {
        var (first, second) = FiniteDifferences.Errors(rule, type);
        Finite.Below(tolerance, first, $"{rule}, {type}: the gradient's error");
        Finite.Below(tolerance, second, $"{rule}, {type}: the second derivative's error");
    }
}
