using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tests.Support;

/// <summary>Tensors of numbers that look random and are the same at every run.</summary>
internal static class Samples
{
    /// <summary>Single-precision numbers from -2 to 2, none of them closer to 0 than 0.01.</summary>
    public static Tensor Floats(params long[] dimensions) => Seeded(7, dimensions);

    /// <summary>The same, other numbers for every seed.</summary>
    public static Tensor Seeded(int seed, params long[] dimensions)
    {
        var random = new Random(seed);
        var elements = new float[dimensions.Aggregate(1L, (p, d) => p * d)];
        for (var i = 0; i < elements.Length; i++)
            elements[i] = (0.01f + 1.99f * random.NextSingle()) * (random.Next(2) == 0 ? -1 : 1);
        return Tensor.From(elements, dimensions);
    }

    /// <summary>Single-precision numbers from 0.1 to 2.</summary>
    public static Tensor Positives(params long[] dimensions) =>
        Tensor.From(Array.ConvertAll(Seeded(11, dimensions).As<float>().ToArray(), f => 0.1f + 0.95f * Math.Abs(f)), dimensions);

    /// <summary>64-bit integers from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive).</summary>
    public static Tensor Integers(int from, int to, params long[] dimensions)
    {
        var random = new Random(13);
        var elements = new long[dimensions.Aggregate(1L, (p, d) => p * d)];
        for (var i = 0; i < elements.Length; i++)
            elements[i] = random.Next(from, to);
        return Tensor.From(elements, dimensions);
    }

    /// <summary>0, 1, 2, … as single-precision numbers.</summary>
    public static Tensor Counting(params long[] dimensions) =>
        Tensor.From(Enumerable.Range(0, (int)dimensions.Aggregate(1L, (p, d) => p * d)).Select(i => (float)i).ToArray(), dimensions);
}
