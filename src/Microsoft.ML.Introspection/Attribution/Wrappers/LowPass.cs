using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// FORGrad: the map of any method without its high frequencies, F⁻¹(F(φ) ⊙ w), F the discrete Fourier transform over space, each channel by
/// itself, and w 1 for frequencies up to a distance from 0, else 0. Shape and unit of the method's; what the map sums to stays, for
/// frequency 0 passes. Muzellec, Fel, Boutin, Andéol, VanRullen, Serre 2023, arXiv:2307.09591.
/// </summary>
/// <param name="Method">The method.</param>
/// <param name="Cutoff">The largest distance that passes, in whole waves over the picture; the paper has 15 for ImageNet.</param>
public sealed record LowPass(
    AttributionMethod Method,
    [Option("The highest frequency that the map keeps, in waves over the picture (FORGrad, Muzellec et al. 2023); 0 for all.",
        Name = "low-pass", Default = "0")]
    double Cutoff = 15) : Wrapper(Method)
{
    /// <summary>The largest distance that passes, in whole waves over the picture.</summary>
    public double Cutoff { get; } = double.IsFinite(Cutoff) && Cutoff > 0 ? Cutoff
        : throw new ArgumentOutOfRangeException(nameof(Cutoff), Cutoff, "A frequency is a number above 0.");

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var map = Method.Attribute(question);
        var first = LeadingAxes + (question.HasChannelsLast ? 1 : 2);
        int[] axes = [.. Enumerable.Range(first, Math.Max(map.Rank - LeadingAxes - 2, 0))];
        if (axes.Length == 0)
            throw new ArgumentException($"Frequencies are those of space, and what {Method} says of '{question.Place}' has the shape "
                + $"{map.Shape}: pictures, volumes or signals were expected.");
        var (real, imaginary) = (map, (Value?)null);
        foreach (var axis in axes)
            (real, imaginary) = Turned(real, imaginary, axis, -1);
        var passing = map.Graph.Constant(Passing(map, axes));
        (real, imaginary) = (real * passing, imaginary! * passing);
        foreach (var axis in axes)
            (real, imaginary) = Turned(real, imaginary, axis, 1);
        return real;
    }

    // Along one axis, the sum over j of z_j·exp(±2πi·jk/n), over n on the way back.
    private static (Value Real, Value Imaginary) Turned(Value real, Value? imaginary, int axis, int sign)
    {
        var n = real.Shape[axis].Value;
        var (cosine, sine) = (new double[n * n], new double[n * n]);
        for (var j = 0L; j < n; j++)
            for (var k = 0L; k < n; k++)
            {
                var (s, c) = Math.SinCos(2 * Math.PI * (j * k % n) / n);
                (cosine[j * n + k], sine[j * n + k]) = sign < 0 ? (c, -s) : (c / n, s / n);
            }
        var (cos, sin) = (Tensor.FromDoubles(real.Type, cosine, n, n), Tensor.FromDoubles(real.Type, sine, n, n));
        return imaginary is null ? (real.Along(axis, cos), real.Along(axis, sin))
            : (real.Along(axis, cos) - imaginary.Along(axis, sin), real.Along(axis, sin) + imaginary.Along(axis, cos));
    }

    // 1 where the frequencies of all axes, counted from −n/2 to n/2, lie near enough to 0.
    private Tensor Passing(Value map, int[] axes)
    {
        long[] extents = [.. Enumerable.Range(axes[0], map.Rank - axes[0]).Select(a => axes.Contains(a) ? map.Shape[a].Value : 1)];
        var mask = new double[Sizes.Count(extents)];
        for (var i = 0; i < mask.Length; i++)
        {
            var (rest, squares) = ((long)i, 0.0);
            for (var axis = extents.Length - 1; axis >= 0; axis--)
            {
                var k = rest % extents[axis];
                rest /= extents[axis];
                squares += Math.Pow(Math.Min(k, extents[axis] - k), 2);
            }
            mask[i] = squares <= Cutoff * Cutoff ? 1 : 0;
        }
        return Tensor.FromDoubles(map.Type, mask, extents);
    }
}
