namespace Microsoft.ML.Introspection.Reports;

/// <summary>How an image grows or shrinks.</summary>
public enum Interpolation
{
    /// <summary>Every pixel takes the nearest one's value: sharp squares.</summary>
    Nearest,

    /// <summary>Every pixel takes a weighted mean of the four around it: smooth.</summary>
    Bilinear,
}

/// <summary>Where, along one axis, each pixel of the result comes from. Pixels are areas: their centres lie at halves.</summary>
internal readonly record struct Sample(int First, int Second, float WeightOfSecond)
{
    public static Sample[] Along(int from, int to, Interpolation interpolation)
    {
        var samples = new Sample[to];
        for (var i = 0; i < to; i++)
        {
            // In whole numbers, so that an integer factor gives squares of exactly that size.
            var nearest = (int)((2L * i + 1) * from / (2L * to));
            samples[i] = interpolation == Interpolation.Nearest
                ? new Sample(nearest, nearest, 0)
                : Between((i + 0.5) * from / to - 0.5, from);
        }

        return samples;
    }

    private static Sample Between(double place, int count)
    {
        var inside = Math.Clamp(place, 0, count - 1);
        var first = Math.Min((int)inside, count - 1);
        return new Sample(first, Math.Min(first + 1, count - 1), (float)(inside - first));
    }

    /// <summary>The weighted mean, in which a value of weight 0 has no say even if it is not finite.</summary>
    public float Mix(float first, float second) => WeightOfSecond switch
    {
        0 => first,
        1 => second,
        _ => first + (second - first) * WeightOfSecond,
    };
}
