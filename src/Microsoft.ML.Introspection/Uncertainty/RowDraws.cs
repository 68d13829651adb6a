using MathNet.Numerics.Random;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Uncertainty;

/// <summary>
/// A number between 0 and 1 for each row that follows from its probabilities and a seed alone, in integer arithmetic: the same outside and
/// within graphs, at every run, whatever rows stand beside it. As it knows nothing of the truth, sets that are calibrated and made with it
/// keep their promise.
/// </summary>
internal static class RowDraws
{
    // Powers of five permute the residues of 2³¹ − 1; keyed rounds of them scramble (the design of MiMC, arXiv:1605.04405).
    private const long Prime = int.MaxValue;
    private const double Grid = 1 << 24;
    private const int Rounds = 4;

    public static double Of(ReadOnlySpan<double> probabilities, int seed)
    {
        var keys = Keys(probabilities.Length, seed);
        var mixed = 0L;
        for (var k = 0; k < probabilities.Length; k++)
            mixed = (mixed + (long)Math.Floor(Math.Clamp(probabilities[k], 0, 1) * Grid) * keys[k] % Prime) % Prime;
        foreach (var key in keys.AsSpan(probabilities.Length))
        {
            var x = (mixed + key) % Prime;
            var square = x * x % Prime;
            mixed = square * square % Prime * x % Prime;
        }
        return (mixed + 0.5) / Prime;
    }

    /// <summary>Shape [N, classes], of double precision, becomes [N, 1].</summary>
    public static Value Of(Value probabilities, int seed)
    {
        var classes = checked((int)probabilities.Shape[1].Value);
        var keys = Keys(classes, seed);
        var places = Operators.Emit("Floor", probabilities.Clip(0, 1) * Grid).Cast(ElementType.Int64);
        var weights = probabilities.Graph.Constant(Tensor.From(keys[..classes], 1, classes));
        var mixed = (places * weights).Modulo(Prime).ReduceSum([1]).Modulo(Prime);
        foreach (var key in keys[classes..])
        {
            var x = (mixed + (double)key).Modulo(Prime);
            var square = (x * x).Modulo(Prime);
            mixed = ((square * square).Modulo(Prime) * x).Modulo(Prime);
        }
        return (mixed.Cast(ElementType.Double) + 0.5) / Prime;
    }

    private static long[] Keys(int classes, int seed)
    {
        var random = new Xoshiro256StarStar(seed);
        return [.. Enumerable.Range(0, classes + Rounds).Select(_ => 1 + (long)(random.NextDouble() * (Prime - 1)))];
    }
}
