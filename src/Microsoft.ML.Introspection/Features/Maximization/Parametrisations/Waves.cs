using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// Images of spectra, along any number of axes, as products with matrices of cosines and sines: they can be differentiated, and run
/// everywhere.
/// </summary>
internal static class Waves
{
    /// <summary>The extents of the spectrum of real numbers: half of the last axis, and one.</summary>
    public static long[] Spectrum(long[] image) => [.. image[..^1], image[^1] / 2 + 1];

    /// <summary>The frequency of each element of a spectrum, in cycles per element; the axes behind the channels.</summary>
    /// <param name="space">The extents of space of the image.</param>
    public static double[] Frequencies(long[] space)
    {
        var extents = Spectrum(space);
        var frequencies = new double[Sizes.Count(extents)];
        for (var flat = 0; flat < frequencies.Length; flat++)
        {
            var (rest, squares) = ((long)flat, 0.0);
            for (var axis = extents.Length - 1; axis >= 0; rest /= extents[axis--])
            {
                var number = rest % extents[axis];
                var cycles = axis == extents.Length - 1 || 2 * number < space[axis] ? number : number - space[axis];
                squares += Math.Pow((double)cycles / space[axis], 2);
            }
            frequencies[flat] = Math.Sqrt(squares);
        }
        return frequencies;
    }

    /// <summary>The inverse transform to real numbers, not divided by anything.</summary>
    /// <param name="real">The real parts, shape [N, channels, …, half of the last axis].</param>
    /// <param name="imaginary">The imaginary parts.</param>
    /// <param name="space">The extents of space of the image.</param>
    public static Value Inverse(Value real, Value imaginary, long[] space)
    {
        for (var axis = 0; axis < space.Length - 1; axis++)
        {
            var (cosines, sines) = Matrices(real.Type, space[axis], space[axis], _ => 1);
            (real, imaginary) = (
                real.Along(axis + 2, cosines) - imaginary.Along(axis + 2, sines),
                real.Along(axis + 2, sines) + imaginary.Along(axis + 2, cosines));
        }
        // Each frequency stands for its opposite too, but for 0 and the highest of an even number.
        var extent = space[^1];
        var (last, lastSines) = Matrices(real.Type, extent / 2 + 1, extent, k => k == 0 || 2 * k == extent ? 1 : 2);
        return real.Along(space.Length + 1, last) - imaginary.Along(space.Length + 1, lastSines);
    }

    private static (Tensor Cosines, Tensor Sines) Matrices(ElementType type, long frequencies, long extent, Func<long, double> weight)
    {
        var (cosines, sines) = (new double[frequencies * extent], new double[frequencies * extent]);
        for (var k = 0L; k < frequencies; k++)
            for (var i = 0L; i < extent; i++)
            {
                var (sine, cosine) = Math.SinCos(2 * Math.PI * (k * i % extent) / extent);
                (cosines[k * extent + i], sines[k * extent + i]) = (weight(k) * cosine, weight(k) * sine);
            }
        return (Tensor.FromDoubles(type, cosines, frequencies, extent), Tensor.FromDoubles(type, sines, frequencies, extent));
    }
}
