using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// What is done to the image before the network sees it, otherwise at every step, so that what excites it does so wherever it lies
/// (Olah, Mordvintsev, Schubert 2017, doi 10.23915/distill.00007). What is drawn depends on seed, step and place in the list alone.
/// </summary>
public abstract record Transformation
{
    /// <summary>Writes the transformation.</summary>
    internal abstract Canvas Write(Canvas canvas, Draws draws);

    /// <summary>What lucid does: padding, jitter, scales, rotations, jitter.</summary>
    public static IReadOnlyList<Transformation> Standard { get; } =
        [
            new Padding(12), new Jitter(8), new Scaling([.. Enumerable.Range(0, 11).Select(i => 1 + (i - 5) / 50.0)]),
            new Rotation([.. Enumerable.Range(-10, 21).Select(i => (double)i), .. Enumerable.Repeat(0.0, 5)]), new Jitter(4),
        ];
}

/// <summary>A border of one value around the image.</summary>
/// <param name="Width">How wide it is.</param>
/// <param name="Value">The value.</param>
public sealed record Padding(int Width, double Value = 0.5) : Transformation
{
    /// <summary>How wide it is.</summary>
    public int Width { get; } = Width >= 0 ? Width
        : throw new ArgumentOutOfRangeException(nameof(Width), Width, "A width of at least 0 was expected.");

    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        var (padded, inside) = (canvas, (Value?)null);
        for (var axis = 0; axis < canvas.Space; axis++)
        {
            var (places, extent) = (canvas.Numbers(canvas.Room(axis) + 2L * Width) - Width, canvas.Extents[axis] + 2.0 * Width);
            var own = Resampling.Read(canvas.Inside(axis), axis + 2, places);
            padded = padded.Reading(axis, places, extent);
            inside = inside is null ? own : inside * own;
        }
        if (Value == 0)
            return padded;
        var all = Enumerable.Range(0, canvas.Space).Select(padded.Inside).Aggregate((a, b) => a * b);
        return padded with { Image = padded.Image + (all - inside!) * Value };
    }
}

/// <summary>A crop that is smaller by some elements, from a place that is drawn.</summary>
/// <param name="Width">By how many elements.</param>
public sealed record Jitter(int Width) : Transformation
{
    /// <summary>By how many elements.</summary>
    public int Width { get; } = Width >= 0 ? Width
        : throw new ArgumentOutOfRangeException(nameof(Width), Width, "A width of at least 0 was expected.");

    /// <summary>Where crops begin, in the place of what is drawn: [steps, axes of space]; null to draw it.</summary>
    public Tensor? Given { get; init; }

    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        var begin = Given is null ? Operators.Emit("Floor", draws.Uniform(canvas.Space) * (Width + 1.0)) : draws.Given(Given, canvas.Space);
        for (var axis = 0; axis < canvas.Space; axis++)
        {
            if (canvas.Room(axis) <= Width)
                throw new ArgumentException($"A crop smaller by {Width} of an image {canvas.Image.Shape} leaves nothing.");
            canvas = canvas.Reading(axis, canvas.Numbers(canvas.Room(axis) - Width) + begin.Slice([axis], [axis + 1], [1]),
                canvas.Extents[axis] - Width);
        }
        return canvas;
    }
}

/// <summary>A shift by some elements; what leaves at one end comes back at the other.</summary>
/// <param name="Width">By how many elements at most, either way.</param>
public sealed record Roll(int Width) : Transformation
{
    /// <summary>By how many elements at most.</summary>
    public int Width { get; } = Width >= 0 ? Width
        : throw new ArgumentOutOfRangeException(nameof(Width), Width, "A width of at least 0 was expected.");

    /// <summary>The shifts in the place of what is drawn: [steps, axes of space]; null to draw them.</summary>
    public Tensor? Given { get; init; }

    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        var shift = Given is not null ? draws.Given(Given, canvas.Space)
            : Operators.Emit("Floor", draws.Uniform(canvas.Space) * (2 * Width + 1.0)) - Width;
        for (var axis = 0; axis < canvas.Space; axis++)
        {
            var (places, extent) = (canvas.Numbers(canvas.Room(axis)) - shift.Slice([axis], [axis + 1], [1]), canvas.Extents[axis]);
            canvas = canvas.Reading(axis, places - Operators.Emit("Floor", places / extent) * extent, extent);
        }
        return canvas;
    }
}

/// <summary>A size, drawn from several: extents are rounded to whole elements, values interpolated linearly.</summary>
/// <param name="Factors">The factors to draw from.</param>
public sealed record Scaling(params IReadOnlyList<double> Factors) : Transformation
{
    /// <summary>The factors to draw from.</summary>
    public IReadOnlyList<double> Factors { get; } = Factors.Count > 0 && Factors.All(f => f is > 0 and <= 16) ? [.. Factors]
        : throw new ArgumentOutOfRangeException(nameof(Factors), "Factors above 0, and up to 16, were expected.");

    /// <summary>The factors in the place of what is drawn: [steps]; null to draw them.</summary>
    public Tensor? Given { get; init; }

    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        var factor = Given is not null ? draws.Given(Given, 1) : Chosen(Factors, draws);
        var largest = Given is null ? Factors.Max() : Given.ToDouble().Max();
        for (var axis = 0; axis < canvas.Space; axis++)
        {
            var (room, extent) = ((long)Math.Ceiling(canvas.Room(axis) * largest), canvas.Extents[axis]);
            var scaled = Operators.Emit("Round", extent * factor).Maximum(extent.Like(1));
            var places = (canvas.Numbers(room) + 0.5) * (extent / scaled) - 0.5;
            canvas = canvas.Reading(axis, places.Maximum(places.Like(0)).Minimum(extent - 1), scaled);
        }
        return canvas;
    }

    /// <summary>One of some numbers, drawn for each image: [N, 1].</summary>
    internal static Value Chosen(IReadOnlyList<double> numbers, Draws draws)
    {
        var number = Operators.Emit("Floor", draws.Uniform(1) * numbers.Count).Cast(ElementType.Int64);
        return draws.Turn.Graph.Constant(Tensor.Vector<double>([.. numbers])).Gather(number);
    }
}

/// <summary>A rotation of a plane about its middle, by an angle drawn from several; values are interpolated linearly.</summary>
/// <param name="Degrees">The angles to draw from.</param>
public sealed record Rotation(params IReadOnlyList<double> Degrees) : Transformation
{
    /// <summary>The angles to draw from.</summary>
    public IReadOnlyList<double> Degrees { get; } = Degrees.Count > 0 && Degrees.All(double.IsFinite) ? [.. Degrees]
        : throw new ArgumentOutOfRangeException(nameof(Degrees), "Angles in degrees were expected.");

    /// <summary>The angles in the place of what is drawn: [steps]; null to draw them.</summary>
    public Tensor? Given { get; init; }

    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        if (canvas.Space != 2)
            throw new ArgumentException($"Rotations are of planes; the image is {canvas.Image.Shape}. Leave them out.");
        var angle = (Given is not null ? draws.Given(Given, 1) : Scaling.Chosen(Degrees, draws)) * (Math.PI / 180);
        var (height, width) = (canvas.Room(0), canvas.Room(1));
        var image = canvas.Image;
        Value Middle(int axis) => ((canvas.Extents[axis] - 1) * 0.5).Unsqueeze(2);
        var (sine, cosine) = (angle.Cast(ElementType.Float).Sin().Cast(ElementType.Double).Unsqueeze(2),
            angle.Cast(ElementType.Float).Cos().Cast(ElementType.Double).Unsqueeze(2));
        var (y, x) = (canvas.Numbers(height).Unsqueeze(2) - Middle(0), canvas.Numbers(width).Unsqueeze(1) - Middle(1));
        // [N or 1, height, width]: where each element of the result is read.
        var (fromX, fromY) = (cosine * x - sine * y + Middle(1), sine * x + cosine * y + Middle(0));
        var kept = (canvas.Inside(0) * canvas.Inside(1)).Squeeze(1);
        var flat = image.Reshape(-1, image.Shape[1].Value, height * width);
        var sum = (Value?)null;
        var (floorX, floorY) = (Operators.Emit("Floor", fromX), Operators.Emit("Floor", fromY));
        for (var corner = 0; corner < 4; corner++)
        {
            var (atX, atY) = (floorX + (corner & 1), floorY + (corner >> 1));
            var share = ((1 - (fromX - atX).Abs()) * (1 - (fromY - atY).Abs())).Cast(image.Type) * kept
                * Within(atX, canvas.Extents[1]) * Within(atY, canvas.Extents[0]);
            var place = atY.Clip(0, height - 1) * width + atX.Clip(0, width - 1);
            var indices = place.Cast(ElementType.Int64).Reshape(-1, 1, height * width).ExpandLike(flat);
            var term = flat.GatherElements(indices, 2) * share.Reshape(-1, 1, height * width);
            sum = sum is null ? term : sum + term;
        }
        return canvas with { Image = sum!.Reshape(-1, image.Shape[1].Value, height, width) };

        Value Within(Value at, Value extent) =>
            at.GreaterOrEqual(at.Like(0)).And(at.Less(extent.Unsqueeze(2))).AsNumber(image.Type);
    }
}

/// <summary>A crop of a share of the image that is drawn, enlarged to the image's size.</summary>
/// <param name="Smallest">The smallest share of each side.</param>
/// <param name="Largest">The largest share of each side.</param>
public sealed record Crop(double Smallest = 0.5, double Largest = 1) : Transformation
{
    /// <summary>The largest share of each side.</summary>
    public double Largest { get; } = Smallest > 0 && Smallest <= Largest && Largest <= 1 ? Largest
        : throw new ArgumentOutOfRangeException(nameof(Largest), Largest, "Shares above 0 and up to 1 were expected, the smaller first.");

    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        var drawn = draws.Uniform(canvas.Space + 1);
        var share = drawn.Slice([0], [1], [1]) * (Largest - Smallest) + Smallest;
        for (var axis = 0; axis < canvas.Space; axis++)
        {
            var extent = canvas.Extents[axis];
            var begin = extent * (1 - share) * drawn.Slice([axis + 1], [axis + 2], [1]);
            var places = (canvas.Numbers(canvas.Room(axis)) + 0.5) * share + begin - 0.5;
            canvas = canvas.Reading(axis, places.Maximum(places.Like(0)).Minimum(extent - 1), extent);
        }
        return canvas;
    }
}

/// <summary>
/// A square crop about the middle, enlarged to the image's size, whose share falls from step to step: what MaCo looks at, in several
/// views at once (Fel et al. 2023, arXiv:2306.06805). Places and shares are drawn from normal distributions.
/// </summary>
/// <param name="First">The share of each side at the first step.</param>
/// <param name="Last">That at the last.</param>
public sealed record CentredCrop(double First = 0.5, double Last = 0.05) : Transformation
{
    private const double PlaceDeviation = 0.15, ShareDeviation = 0.05, LeastShare = 0.05;

    /// <summary>The share of each side at the first step.</summary>
    public double First { get; } = Share(First, nameof(First));

    /// <summary>That at the last.</summary>
    public double Last { get; } = Share(Last, nameof(Last));

    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        var drawn = draws.Normal([canvas.Space + 1], ElementType.Double);
        var share = (drawn.Slice([0], [1], [1]) * ShareDeviation + (draws.Progress * (Last - First) + First)).Clip(LeastShare, 1);
        for (var axis = 0; axis < canvas.Space; axis++)
        {
            var extent = canvas.Extents[axis];
            var middle = drawn.Slice([axis + 1], [axis + 2], [1]) * PlaceDeviation + 0.5;
            var begin = (middle - share * 0.5).Maximum(share.Like(0)).Minimum(1 - share) * extent;
            var places = (canvas.Numbers(canvas.Room(axis)) + 0.5) * share + begin - 0.5;
            canvas = canvas.Reading(axis, places.Maximum(places.Like(0)).Minimum(extent - 1), extent);
        }
        return canvas;
    }

    private static double Share(double share, string name) => share is > 0 and <= 1 ? share
        : throw new ArgumentOutOfRangeException(name, share, "A share above 0 and up to 1 was expected.");
}

/// <summary>Normal noise added to the image.</summary>
/// <param name="Deviation">Its standard deviation.</param>
public sealed record Noise(double Deviation) : Transformation
{
    /// <summary>Its standard deviation.</summary>
    public double Deviation { get; } = double.IsFinite(Deviation) && Deviation >= 0 ? Deviation
        : throw new ArgumentOutOfRangeException(nameof(Deviation), Deviation, "A deviation of at least 0 was expected.");

    internal override Canvas Write(Canvas canvas, Draws draws) => canvas with
    {
        Image = canvas.Image + draws.Normal([.. canvas.Image.Shape.Skip(1).Select(d => d.Value)], canvas.Image.Type) * Deviation,
    };
}

/// <summary>The middle of what is larger than the network wants, zeros around what is smaller.</summary>
internal sealed record Fitting(IReadOnlyList<long> Space) : Transformation
{
    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        for (var axis = 0; axis < canvas.Space; axis++)
        {
            var more = (canvas.Extents[axis] - (double)Space[axis]) * 0.5;
            // What is cut off before is rounded down; so is what is put before.
            var begin = more.Less(0).Where(Operators.Emit("Ceil", more), Operators.Emit("Floor", more));
            canvas = canvas.Reading(axis, canvas.Numbers(Space[axis]) + begin, canvas.Extents[axis].Like(Space[axis]).Reshape(1, 1));
        }
        return canvas;
    }
}

/// <summary>One of the tiles of a size that cover the image, evenly spread; which, the view says.</summary>
internal sealed record Tiling(IReadOnlyList<long> Space) : Transformation
{
    /// <summary>How many tiles there are.</summary>
    public int Count(IReadOnlyList<long> image) => (int)Enumerable.Range(0, Space.Count).Aggregate(1L, (p, axis) => p * Along(image, axis));

    internal override Canvas Write(Canvas canvas, Draws draws)
    {
        long[] image = [.. Enumerable.Range(0, canvas.Space).Select(canvas.Room)];
        var rest = draws.Tile ?? draws.Turn.Like(0);
        for (var axis = canvas.Space - 1; axis >= 0; axis--)
        {
            var (count, room) = (Along(image, axis), image[axis] - Space[axis]);
            double[] begins = [.. Enumerable.Range(0, (int)count).Select(i =>
                count == 1 ? Math.Floor(room / 2.0) : Math.Round(i * (double)room / (count - 1)))];
            var begin = rest.Graph.Constant(Tensor.Vector<double>(begins)).Gather(rest.Modulo(count));
            rest /= count;
            canvas = canvas.Reading(axis, canvas.Numbers(Space[axis]) + begin,
                canvas.Extents[axis].Like(Space[axis]).Reshape(1, 1));
        }
        return canvas;
    }

    private long Along(IReadOnlyList<long> image, int axis) => Math.Max(1, (image[axis] + Space[axis] - 1) / Space[axis]);
}
