using MathNet.Numerics.Random;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>What metrics draw at random: for a row and a seed always the same, whatever rows stand beside it.</summary>
internal static class Drawing
{
    public static Xoshiro256StarStar Of(int seed, int row) => new(unchecked(seed * 1_000_003 + row));

    /// <summary>Noise, or what is given in its place, shape [draws, N, features].</summary>
    /// <param name="given">Shape [draws, N, …]; null to draw.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="draws">How many draws for each row.</param>
    /// <param name="seed">Other numbers for every seed.</param>
    /// <param name="next">Draws a number.</param>
    public static (double[] Noise, int Draws) Noise(
        Tensor? given, ExplainedRows rows, int draws, int seed, Func<Xoshiro256StarStar, double> next)
    {
        if (given is not null)
        {
            var wanted = (long)rows.Count * rows.Features;
            if (given.Dimensions.Length < 2 || given.Dimensions[1] != rows.Count || given.Count % wanted != 0 || given.Count == 0)
                throw new ArgumentException($"What is given in the place of draws has the shape {given.Shape}; "
                    + $"[draws, {rows.Count}, {string.Join(", ", rows.Extents)}] was expected.");
            return (given.ToDouble(), (int)(given.Count / wanted));
        }
        var noise = new double[checked(draws * rows.Count * rows.Features)];
        for (var row = 0; row < rows.Count; row++)
        {
            var random = Of(seed, rows.First + row);
            for (var draw = 0; draw < draws; draw++)
                for (var i = 0; i < rows.Features; i++)
                    noise[(draw * rows.Count + row) * rows.Features + i] = next(random);
        }
        return (noise, draws);
    }

    public static double Gaussian(Xoshiro256StarStar random, double deviation) =>
        MathNet.Numerics.Distributions.Normal.Sample(random, 0, deviation);

    /// <summary>Different features, in no order.</summary>
    public static int[] Subset(Xoshiro256StarStar random, int count, int size)
    {
        var all = new int[count];
        for (var i = 0; i < count; i++)
            all[i] = i;
        for (var i = 0; i < size; i++)
        {
            var j = random.Next(i, count);
            (all[i], all[j]) = (all[j], all[i]);
        }
        return all[..size];
    }
}
