using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>How rows of numbers [N, K] go together, [N, 1], within a graph; NaN where one of them does not vary.</summary>
internal static class GraphCorrelation
{
    /// <summary>Pearson's correlation.</summary>
    public static Value Pearson(Value first, Value second)
    {
        var ((a, doesVary), (b, doesToo)) = (Unit(first), Unit(second));
        var correlation = (a * b).ReduceSum([1]).Clip(-1, 1);
        return doesVary.And(doesToo).Where(correlation, correlation.Like(double.NaN));
    }

    /// <summary>Spearman's: Pearson's of the ranks, the mean rank for ties.</summary>
    public static Value Spearman(Value first, Value second) => Pearson(Ranks(first), Ranks(second));

    // As many as are below, and half of those that are equal, itself among them.
    private static Value Ranks(Value numbers)
    {
        var (own, others) = (numbers.Unsqueeze(2), numbers.Unsqueeze(1));
        Value Count(Value which) => which.AsNumber(numbers.Type).ReduceSum([2], keepDimensions: false);
        return Count(others.Less(own)) + Count(others.EqualTo(own)) / 2;
    }

    private static (Value Unit, Value Varies) Unit(Value numbers)
    {
        var mean = numbers.ReduceMean([1]);
        var centred = numbers - mean;
        var norm = centred.Pow(2).ReduceSum([1]).Sqrt();
        // What is left of equal numbers by rounding is no variation.
        var rounding = numbers.Type == ElementType.Double ? 1e-13 : 1e-6;
        var varies = norm.Greater(mean.Abs() * (rounding * Math.Sqrt(numbers.Shape[1].Value)));
        return (centred / varies.Where(norm, norm.Like(1)), varies);
    }
}
