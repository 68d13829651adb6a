using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// Occlusion: how much the score falls when a window of the input is covered by a baseline, f(x) − f(x covered), for windows slid
/// over the whole input; every element gets the mean over the windows that cover it. Shape of the input, unit of the score,
/// positive where covering lowers it. A window that hangs over the border is cut there. Zeiler, Fergus 2013, arXiv:1311.2901.
/// </summary>
/// <param name="Window">
/// The window's extents: for all axes of a row, or for all but the channels' (then it covers all channels), or one number for each of the
/// latter.
/// </param>
/// <param name="Stride">How far it moves, likewise; at most its extent. Null for windows side by side.</param>
[Method("occlusion", "How much the score falls when a window slid over the input is covered",
    "Zeiler, Fergus 2013, arXiv:1311.2901")]
public sealed record Occlusion(
    [Option("The window's extents, such as 8,8: for all axes of a row, for those behind the channels, or one for each of these.",
        Default = "1")]
    IReadOnlyList<int> Window,
    [Option("How far it moves, likewise; nothing for windows side by side.", Absent = "")]
    IReadOnlyList<int>? Stride = null) : AttributionMethod
{
    /// <summary>The window's extents.</summary>
    public IReadOnlyList<int> Window { get; } = Positive(Window, nameof(Window));

    /// <summary>How far it moves.</summary>
    public IReadOnlyList<int>? Stride { get; } = Stride is null ? null : Positive(Stride, nameof(Stride));

    /// <summary>What it covers the input with; of several baselines the attributions are averaged.</summary>
    [Option("What the input is compared with: zero, a number, blur:SIGMA, or a .npy file; several with commas between them are averaged "
        + "over.")]
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <inheritdoc/>
    public override Value Attribute(Question question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var axes = Axes(question.Input, question.Rows.Count == 1 ? question.Channels[0] - 1 : 0);
        var places = Sizes.Count(axes.Select(a => (Dimension)a.Places));
        var windows = Variants.Numbered(places, numbers => Mask(numbers, axes, question.Input.Type));
        return Ablation.Sum(question, Baseline, windows) / Cover(axes, question.Input);
    }

    /// <inheritdoc/>
    public bool Equals(Occlusion? other) => other is not null && Window.SequenceEqual(other.Window)
        && (Stride ?? Window).SequenceEqual(other.Stride ?? other.Window) && Baseline == other.Baseline;

    /// <inheritdoc/>
    public override int GetHashCode() => Window.Aggregate(Baseline.GetHashCode(), HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{nameof(Occlusion)} {{ Window = {string.Join('×', Window)}, Stride = {string.Join('×', Stride ?? Window)}, Baseline = "
            + $"{Baseline} }}";

    // A mask is a product of one row of 0 and 1 for each axis; the number counts the places, the last axis fastest.
    private static Value Mask(Value number, IReadOnlyList<Axis> axes, ElementType type)
    {
        Value? mask = null;
        for (var i = axes.Count - 1; i >= 0; i--)
        {
            var rest = number / axes[i].Places;
            long[] laidOut = [-1, .. Enumerable.Range(0, axes.Count + 1).Select(a => a == i + 1 ? axes[i].Extent : 1L)];
            var line = axes[i].Window(number - rest * axes[i].Places).AsNumber(type).Reshape(laidOut);
            mask = mask is null ? line : line * mask;
            number = rest;
        }
        return mask!;
    }

    // How many windows cover each element: a product over the axes too.
    private static Value Cover(IReadOnlyList<Axis> axes, Value input)
    {
        var cover = input.Like(1);
        for (var i = 0; i < axes.Count; i++)
        {
            var (axis, place) = (axes[i], i);
            double[] counts = [.. Enumerable.Range(0, axis.Extent).Select(axis.Covering)];
            cover *= input.Graph.Constant(
                Tensor.FromDoubles(input.Type, counts, [.. Enumerable.Range(0, axes.Count).Select(a => a == place ? axis.Extent : 1L)]));
        }
        return cover;
    }

    private List<Axis> Axes(Value input, int channels)
    {
        var extents = Models.Axes.Row(input);
        var (window, stride) = (Spread(Window, extents, channels), Stride is null ? null : Spread(Stride, extents, channels));
        if (window is null || Stride is not null && stride is null)
            throw new ArgumentException($"A window or stride of {(window is null ? Window : Stride!).Count} extents does not fit a row "
                + $"{new Shape(input.Shape.Skip(1))} of '{input.Name}'; give {extents.Length}, or {Math.Max(extents.Length - 1, 1)} for "
                    + "windows over all channels, or one for all axes.");
        return [.. extents.Select((extent, i) => new Axis(extent, Math.Min(window[i], extent), Math.Min((stride ?? window)[i], extent)))];
    }

    // One number for each axis of a row.
    private static int[]? Spread(IReadOnlyList<int> given, int[] extents, int channels)
    {
        if (given.Count == extents.Length)
            return [.. given];
        if (given.Count != extents.Length - 1 && given.Count != 1)
            return null;
        var behind = given.Count == extents.Length - 1 ? given : [.. Enumerable.Repeat(given[0], extents.Length - 1)];
        return [.. behind.Take(channels), extents[channels], .. behind.Skip(channels)];
    }

    private static IReadOnlyList<int> Positive(IReadOnlyList<int> extents, string name)
    {
        ArgumentNullException.ThrowIfNull(extents, name);
        return extents.Count > 0 && extents.All(e => e >= 1) ? [.. extents]
            : throw new ArgumentException(
                $"The extents of a window and its stride must be 1 or more; given were [{string.Join(", ", extents)}].", name);
    }

    private sealed record Axis(int Extent, int Length, int Stride)
    {
        public int Places { get; } = Stride <= Length
            ? (Extent - Length + Stride - 1) / Stride + 1
            : throw new ArgumentException(
                $"A stride of {Stride} is longer than the window of {Length}: some elements would never be covered.");

        // Whether the window at each place, [K], covers each element: [K, extent].
        public Value Window(Value place)
        {
            var start = (place * Stride).Unsqueeze(1);
            var elements = place.Graph.Constant(Tensor.From([.. Enumerable.Range(0, Extent).Select(e => (long)e)], Extent));
            return elements.GreaterOrEqual(start).And(elements.Less(start + Length));
        }

        // The number of places at which the window covers an element.
        public double Covering(int element) =>
            Math.Min(Places - 1, element / Stride) - Math.Max(0, (element - Length + Stride) / Stride) + 1;
    }
}
