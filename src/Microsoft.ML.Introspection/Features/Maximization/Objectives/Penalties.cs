using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What is taken off for images that nobody would take: numbers below zero, to be added with a weight.</summary>
public static class Penalty
{
    /// <summary>Minus the total variation: the magnitudes of the differences of neighbours along each axis of space, summed.</summary>
    /// <param name="mean">Whether their sum is divided by the number of elements.</param>
    public static Objective TotalVariation(bool mean = false) => new TotalVariationPenalty(mean);

    /// <summary>Minus the sum of the magnitudes of what an image is away from a value.</summary>
    /// <param name="centre">The value.</param>
    public static Objective L1(double centre = 0) => new CentrePenalty(centre, CentreForm.Magnitudes);

    /// <summary>Minus the root of 10⁻⁶ and the sum of squares of what an image is away from a value.</summary>
    /// <param name="centre">The value.</param>
    public static Objective L2(double centre = 0) => new CentrePenalty(centre, CentreForm.Root);

    /// <summary>
    /// Minus half the sum of squares: but for a constant the logarithm of a normal density; of standardised tables, a prototype.
    /// </summary>
    /// <param name="centre">The value.</param>
    public static Objective Gaussian(double centre = 0) => new CentrePenalty(centre, CentreForm.HalfSquares);

    /// <summary>Minus a norm per element: ‖x‖ₚ / n^(1/p).</summary>
    /// <param name="power">p; infinity for the largest magnitude.</param>
    public static Objective Norm(double power) => power >= 1 ? new NormPenalty(power)
        : throw new ArgumentOutOfRangeException(nameof(power), power, "A power of at least 1 was expected.");

    /// <summary>
    /// Minus half the sum of squares of what blurring takes away, by a window of 3, its rim weighing half; the blurred image is constant
    /// for the gradient.
    /// </summary>
    public static Objective Blur { get; } = new BlurPenalty();

    /// <summary>
    /// What is complex or away from a value near the border: −(blurred − x)² − 0.8 (x − c)², summed there; blurred by a window of 5, and
    /// constant for the gradient.
    /// </summary>
    /// <param name="width">How wide the border is.</param>
    /// <param name="centre">The value.</param>
    public static Objective Boundary(int width = 20, double centre = 0.5) => width >= 1 ? new BoundaryPenalty(width, centre)
        : throw new ArgumentOutOfRangeException(nameof(width), width, "A width of at least 1 was expected.");

    /// <summary>Minus half the sum of the magnitudes of what an image is away from a value, to a power (Mahendran, Vedaldi 2015).</summary>
    /// <param name="power">The power, α there.</param>
    /// <param name="centre">The value.</param>
    public static Objective Power(double power, double centre = 0) => power > 1 && double.IsFinite(power) ? new PowerPenalty(power, centre)
        : throw new ArgumentOutOfRangeException(nameof(power), power, "A power above 1 was expected.");

    /// <summary>
    /// Minus half the sum over elements of the length of their differences to the next along each axis of space, to a power; the last of an
    /// axis has none (Mahendran, Vedaldi 2015). Below the power 2, 10⁻⁸ is added to squared lengths.
    /// </summary>
    /// <param name="power">The power, β there.</param>
    public static Objective Roughness(double power = 2) => power >= 1 && double.IsFinite(power) ? new RoughnessPenalty(power)
        : throw new ArgumentOutOfRangeException(nameof(power), power, "A power of at least 1 was expected.");

    /// <summary>Minus the mean of the squares of what an image is away from that which the input <c>reference</c> gives.</summary>
    public static Objective Distance { get; } = new DistancePenalty();

    // Means over windows, the part outside of the image left out.
    internal static Value Blurred(Value image, int size, double rim)
    {
        var channels = image.Shape[1].Value;
        var space = image.Rank - 2;
        if (space is < 1 or > 3)
            throw new ArgumentException($"Blurring needs one to three axes of space; the image is {image.Shape}.");
        var count = (int)Math.Pow(size, space);
        double[] all = [.. Enumerable.Range(0, count).Select(i => i == count / 2 ? 1 : rim)];
        long[] extents = [.. Enumerable.Repeat((long)size, space)], ones = [.. Enumerable.Repeat(1L, space)];
        var weights = DirectionObjective.Constant(image,
            [.. Enumerable.Repeat(all, (int)channels).SelectMany(k => k)], [channels, 1, .. extents]);
        long[] pads = [.. Enumerable.Repeat(size / 2L, 2 * space)];
        Value Window(Value of) => of.Conv(weights, ones, ones, pads, channels);
        var inside = image.Graph.Constant(Tensor.Filled(image.Type, 1, [1, channels, .. image.Shape.Skip(2).Select(d => d.Value)]));
        return Window(image) / Window(inside);
    }
}

internal sealed record TotalVariationPenalty(bool IsMean) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var sum = (Value?)null;
        for (var axis = 2; axis < site.Image.Rank; axis++)
        {
            if (site.Image.Shape[axis] == 1)
                continue;
            var away = site.Image.Slice([1], [long.MaxValue], [axis]) - site.Image.Slice([0], [-1], [axis]);
            var term = -ObjectiveSite.Sum(away.Abs());
            sum = sum is null ? term : sum + term;
        }
        sum ??= ObjectiveSite.Sum(site.Image) * 0;
        return IsMean ? sum / site.Image.Shape.Skip(1).Aggregate(1L, (size, d) => size * d.Value) : sum;
    }
}

internal enum CentreForm
{
    Magnitudes,
    Root,
    HalfSquares,
}

internal sealed record CentrePenalty(double Centre, CentreForm Form) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var away = site.Image - Centre;
        return Form switch
        {
            CentreForm.Magnitudes => -ObjectiveSite.Sum(away.Abs()),
            CentreForm.Root => -(ObjectiveSite.Sum(away * away) + 1e-6).Sqrt(),
            _ => ObjectiveSite.Sum(away * away) * -0.5,
        };
    }
}

internal sealed record NormPenalty(double Power) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var magnitudes = ObjectiveSite.Flat(site.Image.Abs());
        if (double.IsPositiveInfinity(Power))
            return -magnitudes.ReduceMax([1], keepDimensions: false);
        var sum = magnitudes.Pow(Power).MeanInOrder(1).Squeeze(1);
        return Power == 1 ? -sum : -sum.Maximum(sum.Like(1e-30)).Pow(1 / Power);
    }
}

internal sealed record BlurPenalty : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var away = site.Image - Penalty.Blurred(site.Constant, 3, 0.5);
        return ObjectiveSite.Sum(away * away) * -0.5;
    }
}

internal sealed record BoundaryPenalty(int Width, double Centre) : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var image = site.Image;
        var (blurred, away) = (Penalty.Blurred(site.Constant, 5, 1) - image, image - Centre);
        var terms = -(blurred * blurred) - 0.8 * (away * away);
        long[] space = [.. image.Shape.Skip(2).Select(d => d.Value)];
        var mask = Enumerable.Range(0, (int)Sizes.Count(space)).Select(flat =>
        {
            var isBorder = false;
            for (var axis = space.Length - 1; axis >= 0; flat /= (int)space[axis--])
                isBorder |= flat % space[axis] < Width || flat % space[axis] >= space[axis] - Width;
            return isBorder ? 1.0 : 0;
        }).ToArray();
        return ObjectiveSite.Sum(terms * DirectionObjective.Constant(image, mask, [1, 1, .. space]));
    }
}

internal sealed record PowerPenalty(double Exponent, double Centre) : Objective
{
    internal override Value Write(ObjectiveSite site) => ObjectiveSite.Sum((site.Image - Centre).Abs().Pow(Exponent)) * -0.5;
}

internal sealed record RoughnessPenalty(double Exponent) : Objective
{
    private const double AddedToSquares = 1e-8;

    internal override Value Write(ObjectiveSite site)
    {
        var (image, squares) = (site.Image, (Value?)null);
        for (var axis = 2; axis < image.Rank; axis++)
        {
            if (image.Shape[axis] == 1)
                continue;
            var after = new long[image.Rank];
            after[axis] = 1;
            var away = (image.Slice([1], [long.MaxValue], [axis]) - image.Slice([0], [-1], [axis])).Pad(new long[image.Rank], after);
            squares = squares is null ? away * away : squares + away * away;
        }
        if (squares is null)
            return ObjectiveSite.Sum(image) * 0;
        var lengths = Exponent == 2 ? squares : (Exponent < 2 ? squares + AddedToSquares : squares).Pow(Exponent / 2);
        return ObjectiveSite.Sum(lengths) * -0.5;
    }
}

internal sealed record DistancePenalty : Objective
{
    internal override Value Write(ObjectiveSite site)
    {
        var away = site.Image - site.ReferenceImage;
        return -ObjectiveSite.Mean(away * away);
    }
}
