namespace Microsoft.ML.Introspection.Imaging;

/// <summary>
/// Which pixels of one axis each pixel of the result is made of, and by what weights. Pixels are areas: their centres lie at halves.
/// </summary>
internal sealed class AxisWeights
{
    // What covers less of a pixel than this does not count, as in OpenCV.
    private const double Sliver = 1e-3;

    private AxisWeights(int from, (int First, double[] Weights)[] taps) => (From, Taps) = (from, taps);

    /// <summary>Pixels of the axis before.</summary>
    public int From { get; }

    /// <summary>For each pixel of the result the first pixel that it takes, and the weights of that and the following ones.</summary>
    public (int First, double[] Weights)[] Taps { get; }

    /// <summary>Pixels of the axis afterwards.</summary>
    public int Count => Taps.Length;

    /// <summary>Whether nothing changes.</summary>
    public bool IsIdentity => Count == From;

    /// <summary>Weights that somebody else has found.</summary>
    public static AxisWeights Of(int from, (int First, double[] Weights)[] taps) => new(from, taps);

    public static AxisWeights Nearest(int from, int to, bool centred) => Each(from, to, i =>
        (centred ? (int)((2L * i + 1) * from / (2L * to)) : (int)((long)i * from / to), [1.0]));

    /// <summary>The nearest pixel, and the first where the middle lies between two.</summary>
    public static AxisWeights NearestOrFirst(int from, int to) =>
        Each(from, to, i => ((int)(((2L * i + 1) * from - 1) / (2L * to)), [1.0]));

    /// <summary>A kernel that widens when the axis shrinks; normalised, and cut off at the ends.</summary>
    public static AxisWeights Widened(int from, int to, Kernel kernel)
    {
        var scale = (double)from / to;
        var widening = Math.Max(scale, 1);
        var reach = kernel.Reach * widening;
        return Each(from, to, i =>
        {
            var centre = (i + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - reach + 0.5));
            var end = Math.Min(from, (int)(centre + reach + 0.5));
            var weights = new double[end - first];
            for (var j = 0; j < weights.Length; j++)
                weights[j] = kernel.At((j + first - centre + 0.5) / widening);
            var sum = weights.Sum();
            return (first, sum == 0 ? weights : Array.ConvertAll(weights, w => w / sum));
        });
    }

    public static AxisWeights Linear(int from, int to) => Linear(from, to, i => (i + 0.5) * ((double)from / to) - 0.5);

    /// <summary>Pixels are points here, and the first ones lie upon each other.</summary>
    public static AxisWeights LinearFromCorner(int from, int to) => Linear(from, to, i => i * ((double)from / to));

    private static AxisWeights Linear(int from, int to, Func<int, double> at) => Each(from, to, i =>
    {
        var place = Math.Clamp(at(i), 0, from - 1);
        var first = Math.Min((int)place, from - 1);
        return Gathered(from, first, [1 - (place - first), place - first]);
    });

    public static AxisWeights Cubic(int from, int to) => Four(from, to, x => Kernel.Cubic(x, -0.75));

    /// <summary>The four pixels around, however much the axis shrinks.</summary>
    public static AxisWeights Four(int from, int to, Func<double, double> kernel) => Each(from, to, i =>
    {
        var place = (i + 0.5) * ((double)from / to) - 0.5;
        var first = (int)Math.Floor(place);
        var t = place - first;
        return Gathered(from, first - 1, [kernel(t + 1), kernel(t), kernel(1 - t), kernel(2 - t)]);
    });

    /// <summary>The mean over the area that a pixel covers, of an axis that shrinks.</summary>
    public static AxisWeights Area(int from, int to)
    {
        var scale = (double)from / to;
        return Each(from, to, i =>
        {
            var (start, end) = (i * scale, i * scale + scale);
            var cell = Math.Min(scale, from - start);
            var (first, last) = ((int)Math.Ceiling(start), Math.Min((int)Math.Floor(end), from - 1));
            first = Math.Min(first, last);
            var (at, weights) = (first, new List<double>());
            if (first - start > Sliver)
                (at, weights) = (first - 1, [(first - start) / cell]);
            for (var j = first; j < last; j++)
                weights.Add(1 / cell);
            if (end - last > Sliver)
                weights.Add(Math.Min(Math.Min(end - last, 1), cell) / cell);
            return (at, [.. weights]);
        });
    }

    /// <summary>What OpenCV's area does where a side grows: linear, between the pixels whose areas meet in one of the result.</summary>
    public static AxisWeights GrownArea(int from, int to) => Each(from, to, i =>
    {
        var place = (int)((long)i * from / to);
        var share = i + 1 - (place + 1) * ((double)to / from);
        share = share <= 0 ? 0 : share - Math.Floor(share);
        return Gathered(from, place, [1 - share, share]);
    });

    /// <summary>The weighted sum for a pixel of the result; what weighs nothing has no say even if it is not finite.</summary>
    /// <param name="pixel">The pixel of the result.</param>
    /// <param name="values">The values of the axis and of others.</param>
    /// <param name="start">Where the axis' first value stands.</param>
    /// <param name="step">How far its values stand apart.</param>
    public double Sum(int pixel, ReadOnlySpan<double> values, int start, int step)
    {
        var (first, weights) = Taps[pixel];
        var sum = 0.0;
        for (var j = 0; j < weights.Length; j++)
            if (weights[j] != 0)
                sum += weights[j] * values[start + (first + j) * step];
        return sum;
    }

    /// <summary>Shares each value of the result among the pixels that it is made of: the transpose.</summary>
    /// <param name="values">Values of the result: lines of as many, or, where <paramref name="step"/> says so, columns.</param>
    /// <param name="lines">How many.</param>
    /// <param name="step">How far the values of a line stand apart, before and after: 1 in rows, the number of lines in columns.</param>
    public double[] Shared(ReadOnlySpan<double> values, int lines, int step)
    {
        var result = new double[lines * From];
        for (var line = 0; line < lines; line++)
        {
            var (start, to) = step == 1 ? (line * Count, line * From) : (line, line);
            for (var i = 0; i < Count; i++)
            {
                var (first, weights) = Taps[i];
                var value = values[start + i * step];
                for (var j = 0; j < weights.Length; j++)
                    if (weights[j] != 0)
                        result[to + (first + j) * step] += weights[j] * value;
            }
        }
        return result;
    }

    private static AxisWeights Each(int from, int to, Func<int, (int First, double[] Weights)> tap) =>
        new(from, [.. Enumerable.Range(0, to).Select(tap)]);

    // Beyond an end stands the last pixel again.
    private static (int First, double[] Weights) Gathered(int from, int first, ReadOnlySpan<double> weights)
    {
        var (low, high) = (Math.Clamp(first, 0, from - 1), Math.Clamp(first + weights.Length - 1, 0, from - 1));
        var gathered = new double[high - low + 1];
        for (var j = 0; j < weights.Length; j++)
            gathered[Math.Clamp(first + j, 0, from - 1) - low] += weights[j];
        return (low, gathered);
    }
}
