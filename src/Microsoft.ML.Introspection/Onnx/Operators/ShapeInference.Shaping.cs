namespace Microsoft.ML.Introspection.Onnx;

internal static partial class ShapeInference
{
    public static long ShapeOf(Site s) =>
        Clamp(s.Attributes.Int("end", s.X.Rank), s.X.Rank) - Clamp(s.Attributes.Int("start"), s.X.Rank);

    public static Shape Transposed(Site s) => new(
        (s.Attributes.Ints("perm") ?? [.. Enumerable.Range(0, s.X.Rank).Reverse().Select(i => (long)i)]).Select(a => s.X.Shape[(int)a]));

    public static Shape Expanded(Site s) => Spelled(s.Input(1)) is { } target
        ? Shape.Broadcast(s.X.Shape, target)
        : throw s.Wrong("the shape to expand to cannot be told before a run.");

    public static ElementType Declared(Site s, string attribute) => (ElementType)s.Attributes.Int(attribute, (long)ElementType.Float);

    public static long Number(Site s, int input) =>
        s.Constants(input) is [var number] ? number : throw s.Wrong($"a single number was expected as its input {input}.");

    // From a start by steps of a size to a limit.
    public static Dimension Counted(Site s)
    {
        double Number(int input) => s.Input(input).Constant is { Count: 1 } constant ? constant.ToDouble()[0] : double.NaN;
        var count = Math.Ceiling((Number(1) - Number(0)) / Number(2));
        return double.IsFinite(count) ? (long)Math.Clamp(count, 0, long.MaxValue / 2) : Dimension.Unknown;
    }

    public static Shape Made(Site s) => Spelled(s.X) ?? throw s.Wrong("the shape cannot be told before a run.");

    public static Shape Tiled(Site s) => new(s.X.Shape.Zip(s.Constants(1)!, (d, times) => d * times));

    public static Shape ToSpace(Site s) => new(
        s.X.Shape[0], s.X.Shape[1].Value / (Block(s) * Block(s)), s.X.Shape[2] * Block(s), s.X.Shape[3] * Block(s));

    public static Shape ToDepth(Site s) => new(
        s.X.Shape[0], s.X.Shape[1] * (Block(s) * Block(s)), s.X.Shape[2].Value / Block(s), s.X.Shape[3].Value / Block(s));

    public static Shape Flattened(Site s) => Flattened(s.X.Shape, Clamp(s.Attributes.Int("axis", 1), s.X.Rank));

    private static long Block(Site s) => s.Attributes.Int("blocksize");

    public static Shape Reshaped(Site s)
    {
        if (Spelled(s.Input(1)) is not { } wanted)
            throw s.Wrong("the shape to take cannot be told before a run.");
        var from = s.X.Shape;
        var keepZero = s.Attributes.Int("allowzero") == 0;
        var target = wanted.Select((d, i) => d == 0 && keepZero ? from[i] : d).ToArray();
        // A written -1 arrives as an unknown extent: what is left of the size.
        var open = Array.FindIndex(target, d => d.IsUnknown);
        if (open >= 0)
        {
            var rest = target.Where((_, i) => i != open).Aggregate((Dimension)1, (product, d) => product * d);
            target[open] = Quotient(from, rest, target.Where((_, i) => i != open));
        }
        var result = new Shape(target);
        if (from.Size.IsKnown && result.Size.IsKnown && from.Size != result.Size)
            throw s.Wrong($"{from.Size} elements do not fill {result}.");
        return result;
    }

    private static Dimension Quotient(Shape from, Dimension rest, IEnumerable<Dimension> others)
    {
        var size = from.Size;
        if (size.IsUnknown || rest.IsUnknown)
        {
            // The same symbol on both sides cancels even where the products are too much for one symbol.
            var symbols = others.Where(d => !d.IsKnown).ToList();
            var left = from.ToList();
            return symbols.TrueForAll(left.Remove) && left.Aggregate((Dimension)1, (p, d) => p * d) is { IsUnknown: false } remaining
                ? Quotient(remaining, others.Where(d => d.IsKnown).Aggregate((Dimension)1, (p, d) => p * d))
                : Dimension.Unknown;
        }
        return Quotient(size, rest);
    }

    private static Dimension Quotient(Dimension size, Dimension divisor)
    {
        if (divisor.Factor == 0 || size.Factor % divisor.Factor != 0)
            return Dimension.Unknown;
        var factor = size.Factor / divisor.Factor;
        return size.Name == divisor.Name ? factor : divisor.IsKnown ? Dimension.Symbol(size.Name!) * factor : Dimension.Unknown;
    }

    private static Shape Flattened(Shape shape, int axis) => new(
        shape.Take(axis).Aggregate((Dimension)1, (p, d) => p * d),
        shape.Skip(axis).Aggregate((Dimension)1, (p, d) => p * d));

    public static Shape Squeezed(Site s)
    {
        var axes = s.Constants(1)?.Select(a => s.Normalise(a, s.X.Rank)).ToHashSet();
        return new Shape(s.X.Shape.Where((d, i) => axes is null ? d != 1 : !axes.Contains(i)));
    }

    public static Shape Unsqueezed(Site s)
    {
        var axes = s.Constants(1)!;
        var rank = s.X.Rank + axes.Length;
        var ones = axes.Select(a => s.Normalise(a, rank)).ToHashSet();
        if (ones.Count < axes.Length)
            throw s.Wrong("an axis is given twice.");
        var rest = new Queue<Dimension>(s.X.Shape);
        return new Shape(Enumerable.Range(0, rank).Select(i => ones.Contains(i) ? 1 : rest.Dequeue()));
    }

    public static Shape Concatenated(Site s)
    {
        var axis = s.Axis("axis", 0, s.X.Rank);
        return s.X.Shape.With(axis, s.Inputs.Select(i => i!.Shape[axis]).Aggregate((sum, d) => sum + d));
    }

    public static Outcome[] Parts(Site s)
    {
        var axis = s.Axis("axis", 0, s.X.Rank);
        var parts = s.Constants(1);
        if (parts is null)
        {
            var (total, count) = (s.X.Shape[axis].Value, s.Attributes.Int("num_outputs", s.Outputs));
            var part = (total + count - 1) / count;
            parts = [.. Enumerable.Range(0, (int)count).Select(i => Math.Min(part, total - i * part))];
        }
        return [.. parts.Select(p => new Outcome(s.X.Type, s.X.Shape.With(axis, p)))];
    }

    public static Shape Sliced(Site s)
    {
        var (starts, ends) = (s.Constants(1)!, s.Constants(2)!);
        var axes = s.Constants(3) ?? [.. Enumerable.Range(0, starts.Length).Select(i => (long)i)];
        var steps = s.Constants(4) ?? [.. axes.Select(_ => 1L)];
        var shape = s.X.Shape;
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = s.Normalise(axes[i], shape.Rank);
            if (shape[axis].IsKnown)
                shape = shape.With(axis, SliceRange.Of(shape[axis].Value, starts[i], ends[i], steps[i]).Count);
            else if (starts[i] != 0 || ends[i] < int.MaxValue || steps[i] != 1)
                shape = shape.With(axis, Dimension.Unknown);
        }
        return shape;
    }

    public static Shape Padded(Site s)
    {
        var pads = s.Constants(1)!;
        var axes = s.Constants(3) ?? [.. Enumerable.Range(0, s.X.Rank).Select(i => (long)i)];
        var shape = s.X.Shape;
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = s.Normalise(axes[i], shape.Rank);
            var total = pads[i] + pads[i + axes.Length];
            if (total != 0)
                shape = shape.With(axis, shape[axis].IsKnown ? shape[axis].Value + total : Dimension.Unknown);
        }
        return shape;
    }

    public static Shape Resized(Site s)
    {
        if (s.Given(3) is { } sizes)
            return Spelled(sizes) ?? throw s.Wrong("the sizes cannot be told before a run.");
        var scales = s.Input(2).Constant?.As<float>().ToArray() ?? throw s.Wrong("the scales must be constant.");
        // In single precision, as ONNX Runtime computes it: 10 · 0.7 is 7 there, not 6.99….
        return new Shape(s.X.Shape.Zip(scales, (d, scale) => scale == 1 ? d : (Dimension)(long)MathF.Floor(d.Value * scale)));
    }
}
