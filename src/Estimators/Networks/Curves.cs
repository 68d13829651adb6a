using Microsoft.ML.Calibrators;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>Calibration: what makes probabilities of scores.</summary>
internal static class Curves
{
    /// <summary>The curve of a calibrator; null where it is not known.</summary>
    public static Func<Value, Value>? Of(ICalibrator calibrator) => calibrator switch
    {
        // ML.NET's slope and offset are those of 1/(1+e^(slope·s+offset)).
        PlattCalibrator platt => s => (s * -platt.Slope - platt.Offset).Sigmoid(),
        IsotonicCalibrator steps => s => Isotonic(steps, s),
        NaiveCalibrator bins => s => Bins(bins, s),
        _ => null,
    };

    // Level from the least to the largest score of a piece, straight between one piece and the next.
    private static Value Isotonic(IsotonicCalibrator steps, Value s)
    {
        var (mins, maxes, values) = (steps.Mins.ToArray(), steps.Maxes.ToArray(), steps.Values.ToArray());
        if (values.Length < 2)
            return s * 0.0 + (values.Length == 0 ? 0.5 : values[0]);
        float[] widths = [.. mins.Skip(1).Zip(maxes, (next, last) => next - last)];
        float[] rises = [.. values.Skip(1).Zip(values, (next, value) => next - value)];
        var way = (s - Row(s, maxes[..^1])) / Row(s, widths);
        return (way.Clip(0, 1) * Row(s, rises)).ReduceSum([1]) + values[0];
    }

    // The share of the first class in each bin of equal width.
    private static Value Bins(NaiveCalibrator bins, Value s)
    {
        float[] shares = [.. bins.BinProbs];
        var bin = Operators.Emit("Floor", (s - bins.Min) / bins.BinSize).Clip(0, shares.Length - 1).Cast(ElementType.Int64);
        return s.Graph.Constant(Tensor.From(shares, shares.Length)).Gather(bin);
    }

    private static Value Row(Value like, float[] numbers) => like.Graph.Constant(Tensor.From(numbers, numbers.Length));
}
