using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Random numbers as a function of seed, draw, and element, written in integer arithmetic: the same at every run, for every row,
/// and however the draws are portioned. (The standard's own random operators continue their sequence from run to run.)
/// </summary>
/// <remarks>
/// A key is added and the fifth power taken modulo the prime 2³¹ − 1, round after round; the fifth power permutes the residues, as
/// 5 does not divide 2³¹ − 2, and keyed rounds of it make a cipher (the design of MiMC, Albrecht et al. 2016, arXiv:1605.04405, at toy
/// size). Elements and draws are scrambled apart, three rounds each, then multiplied and scrambled together.
/// </remarks>
internal static class SeededNoise
{
    // ONNX Runtime computes what hangs on no draw while it loads, and keeps every step of it till the end: twenty times the row. A longer
    // row is numbered by lines and places within a line, each scrambled for itself, so that only these few are constant.
    private const long Prime = int.MaxValue, MostFolded = 1 << 20, Line = 1 << 12;

    /// <summary>Numbers from the standard normal distribution (Box, Muller 1958); none is beyond ±5.8.</summary>
    /// <param name="draws">The draws' numbers, shape [K].</param>
    /// <param name="row">The extents of one draw.</param>
    /// <param name="seed">Other numbers for every seed.</param>
    /// <param name="type">The type of the result.</param>
    /// <returns>Shape [K, 1, row…].</returns>
    public static Value Normal(Value draws, IReadOnlyList<long> row, int seed, ElementType type)
    {
        var size = row.Aggregate(1L, (p, d) => p * d);
        var radius = (Uniform(draws, (size + 1) / 2, seed, 0).Log() * -2).Sqrt();
        var angle = Uniform(draws, (size + 1) / 2, seed, 1) * (2 * Math.PI);
        var pairs = Operators.Concat(1, radius * angle.Cos(), radius * angle.Sin());
        return (size % 2 == 0 ? pairs : pairs.Slice([0], [size], [1])).Reshape([-1, 1, .. row]).Cast(type);
    }

    /// <summary>Numbers spread evenly between 0 and 1, never reaching them, in single precision.</summary>
    /// <param name="draws">The draws' numbers, shape [K].</param>
    /// <param name="count">How many numbers for each draw.</param>
    /// <param name="seed">Other numbers for every seed.</param>
    /// <param name="stream">Which of several independent sequences of that seed.</param>
    /// <returns>Shape [K, count].</returns>
    // 23 bits: what single precision can tell from 1.
    public static Value Uniform(Value draws, long count, int seed, int stream) =>
        ((Integers(draws, count, seed, stream) / 256).Cast(ElementType.Float) + 0.5) * (1.0 / (1 << 23));

    /// <summary>64-bit integers spread evenly from 0 to 2³¹ − 2; see <see cref="Uniform"/>.</summary>
    public static Value Integers(Value draws, long count, int seed, int stream)
    {
        var keys = Keys(seed, stream);
        Value Numbered(long many) => Scrambled(draws.Graph.Constant(Tensor.Scalar(many)).Numbers(), keys[3..6]);
        var apart = Scrambled(draws.Unsqueeze(1), keys[..3]);
        if (count <= MostFolded)
            return Scrambled((apart * Numbered(count).Reshape(1, count)).Modulo(Prime), keys[6..]);
        var lines = (count + Line - 1) / Line;
        apart = (apart * Numbered(lines).Reshape(1, lines)).Modulo(Prime).Unsqueeze(2);
        apart = (apart * Numbered(Line + lines).Slice([lines], [lines + Line], [0]).Reshape(1, 1, Line)).Modulo(Prime);
        return Scrambled(apart.Reshape([-1, lines * Line]).Slice([0], [count], [1]), keys[6..]);
    }

    private static Value Scrambled(Value x, long[] keys)
    {
        // Each factor stays below 2³¹ (with the key added, 2³²·2³¹ at most), each product below 2⁶³.
        foreach (var key in keys)
        {
            x = (x + key).Modulo(Prime);
            var square = (x * x).Modulo(Prime);
            x = (square * square).Modulo(Prime) * x;
            x = x.Modulo(Prime);
        }
        return x;
    }

    // SplitMix64 (Steele, Lea, Flood 2014) of seed and stream.
    private static long[] Keys(int seed, int stream)
    {
        var state = ((ulong)(uint)seed << 32) | (uint)stream;
        var keys = new long[7];
        for (var i = 0; i < keys.Length; i++)
        {
            var z = state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            keys[i] = (long)((z ^ (z >> 31)) % (ulong)(Prime - 1)) + 1;
        }
        return keys;
    }
}
