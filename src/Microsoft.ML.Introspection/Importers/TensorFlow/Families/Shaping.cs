using Microsoft.ML.Introspection.Importers.Layout;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Shapes, and the same elements under other ones.</summary>
internal static class Shaping
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["Shape"] = One(s => ShapeOf(s, s.X)),
        ["ShapeN"] = Several(s => s.Inputs.Select(x => ShapeOf(s, x))),
        ["Size"] = One(s => s.Written([s.X.Shape.Size], true, () => Operators.Emit("Size", s.X))),
        ["Rank"] = One(s => s.Graph.Scalar(s.X.Rank)),
        ["Reshape"] = One(s => Reshaped(s, s.X, s.Input(1), s.Extents(1))),
        ["ExpandDims"] = s => [s.Translation.Expand(s.Item(0), s.AxisInput(1, Rank(s) + 1))],
        ["Squeeze"] = Squeeze,
        ["Transpose"] = One(s => s.X.Transpose([.. s.Constants(1).Select(a => s.Axis(a, s.X.Rank))])),
        ["ConjugateTranspose"] = One(s => s.X.Transpose([.. s.Constants(1).Select(a => s.Axis(a, s.X.Rank))])),
        ["Pack"] = One(Pack),
        ["Unpack"] = Several(Unpack),
        ["ConcatV2"] = One(s => Concat(s, s.Inputs[..^1], s.Count - 1)),
        ["Concat"] = One(s => Concat(s, s.Inputs[1..], 0)),
        ["Split"] = Several(s => Split(s, s.Input(1), s.AxisInput(0, s.Input(1).Rank))),
        ["SplitV"] = Several(SplitBySizes),
        ["Fill"] = One(s => Filled(s, s.Input(1), s.Extents(0))),
        ["BroadcastTo"] = One(s => Filled(s, s.Input(0), s.Extents(1))),
        ["Tile"] = One(Tile),
        ["Range"] = One(Range),
        ["LinSpace"] = One(LinSpace),
    };

    private static int Rank(OperatorSite s) => s.Item(0) is Item.Dealt dealt ? dealt.Value.Rank : s.X.Rank;

    private static Value ShapeOf(OperatorSite s, Value x) =>
        s.Written([.. x.Shape], false, () => Operators.Emit("Shape", x));

    private static Value Reshaped(OperatorSite s, Value x, Value wanted, Dimension[]? extents)
    {
        // A number is kept as it is; an extent that stands in its place in the input, too; a single other one is what is left.
        var target = extents ?? Array.ConvertAll(wanted.Constant?.ToInt64()
            ?? throw s.Wrong("the shape to take is not known before a run."), n => n < 0 ? Dimension.Unknown : n);
        var numbers = new long[target.Length];
        for (var i = 0; i < target.Length; i++)
            numbers[i] = target[i].IsKnown ? target[i].Value : i < x.Rank && target[i] == x.Shape[i] ? 0 : -1;
        // One of all is what is left, as the writer may have said itself.
        if (numbers.Count(n => n == -1) > 1)
        {
            return s.Translation.Extents.Write(s.Graph, target, false) is { } written
                ? x.Known("Reshape", [x, written], Onnx.Attributes.None, new Shape(target))
                : throw s.Wrong($"the shape {new Shape(target)} to take is not known before a run.");
        }
        if (target.Any(d => d == 0))
            return Operators.Emit("Reshape", Onnx.Attributes.Of(("allowzero", 1L)), x, s.Graph.Constant(
                Array.ConvertAll(target, d => d.IsKnown ? d.Value : -1)));
        var result = numbers.Any(n => n == 0) ? Operators.Emit("Reshape", x, s.Graph.Constant(numbers)) : x.Reshape(numbers);
        return s.Translation.Extents.Note(result, result.Rank <= 1 ? s.Translation.Extents.Of(x) : null);
    }

    private static IReadOnlyList<Item> Squeeze(OperatorSite s)
    {
        var rank = Rank(s);
        var shape = s.Item(0) is Item.Dealt dealt ? dealt.Value.Shape : s.X.Shape;
        var given = s.Attributes.Ints("squeeze_dims");
        int[] axes = given.Length > 0 ? [.. given.Select(a => s.Axis(a, rank)).Distinct()]
            : [.. Enumerable.Range(0, rank).Where(i => shape[i] == 1)];
        if (axes.Length == 1 && s.Translation.ExpandedAt(s.Node.Inputs[0], axes[0]) is { } source)
            return [source];
        var wrong = Array.Find(axes, a => shape[a].IsKnown && shape[a] != 1 || shape[a].Name is not null);
        if (axes.Contains(wrong) && shape[wrong] != 1)
            throw s.Wrong($"axis {wrong} of {shape} is not of extent 1.");
        var result = s.X.Squeeze([.. axes.Select(a => (long)a)]);
        return [new Item.Tensor(s.Translation.Extents.Note(result, result.Rank == 0 ? s.Extents(0) : null))];
    }

    private static Value Pack(OperatorSite s)
    {
        var parts = s.Inputs;
        var axis = s.Axis(s.Attributes.Int("axis"), parts[0].Rank + 1);
        Value Written() => Operators.Concat(axis, [.. parts.Select(p => p.Unsqueeze(axis))]);
        if (parts[0].Rank > 0 || parts[0].Type != ElementType.Int64)
            return Written();
        var extents = parts.Select(p => s.Translation.Extents.Of(p)).ToArray();
        return Array.TrueForAll(extents, e => e is null) ? Written()
            : s.Written([.. extents.Select(e => e is null ? Dimension.Unknown : e[0])], false, Written);
    }

    private static IEnumerable<Value> Unpack(OperatorSite s)
    {
        var axis = s.Axis(s.Attributes.Int("axis"), s.X.Rank);
        var count = s.Attributes.Int("num", s.X.Shape[axis].IsKnown ? s.X.Shape[axis].Value : -1);
        if (count is < 0 or > 1 << 16 || s.X.Shape[axis].IsKnown && s.X.Shape[axis] != count)
            throw s.Wrong($"axis {axis} of {s.X.Shape} is taken apart into {count}.");
        var extents = s.X.Rank == 1 ? s.Extents(0) : null;
        return Enumerable.Range(0, (int)count).Select(i => extents is not null && i < extents.Length
            ? s.Written([extents[i]], true, () => s.X.Gather(s.Graph.Scalar(i), axis))
            : s.X.Gather(s.Graph.Scalar(i), axis)).ToList();
    }

    private static Value Concat(OperatorSite s, Value[] parts, int axisInput)
    {
        var axis = s.AxisInput(axisInput, parts[0].Rank);
        // Parts without elements say nothing.
        Value[] some = [.. parts.Where(p => !(p.Shape[axis].IsKnown && p.Shape[axis].Value == 0))];
        Value Written() => Operators.Concat(axis, some.Length == 0 ? parts : some);
        var extents = parts[0].Rank == 1 && parts[0].Type == ElementType.Int64 ? parts.Select(s.Translation.Extents.Of).ToArray() : null;
        return extents is not null && Array.TrueForAll(extents, e => e is not null)
            ? s.Written([.. extents.SelectMany(e => e!)], false, Written) : Written();
    }

    private static IEnumerable<Value> Split(OperatorSite s, Value x, int axis)
    {
        var count = s.Attributes.Int("num_split", 1);
        if (!x.Shape[axis].IsKnown || count < 1 || x.Shape[axis].Value % count != 0)
            throw s.Wrong($"axis {axis} of {x.Shape} cannot be split into {count} equal parts.");
        return x.Split(axis, [.. Enumerable.Repeat(x.Shape[axis].Value / count, (int)count)])!;
    }

    private static IEnumerable<Value> SplitBySizes(OperatorSite s)
    {
        var (axis, sizes) = (s.AxisInput(2, s.X.Rank), s.Constants(1));
        if (Array.IndexOf(sizes, -1) is >= 0 and var open)
            sizes[open] = s.X.Shape[axis].Value - sizes.Where((_, i) => i != open).Sum();
        if (sizes.Any(size => size < 1) || sizes.Sum() != s.X.Shape[axis].Value)
            throw s.Wrong($"axis {axis} of {s.X.Shape} cannot be split into [{string.Join(", ", sizes)}].");
        return s.X.Split(axis, sizes)!;
    }

    private static Value Filled(OperatorSite s, Value x, Dimension[]? extents)
    {
        if (extents is null || s.Translation.Extents.Write(s.Graph, extents, false) is not { } shape)
            throw s.Wrong("the shape to fill is not known before a run.");
        if (extents.Length == 0)
            return x;
        if (x.Constant is { Count: 1 } constant && x.Rank == 0 && x.Type.IsFloating())
            return Operators.Emit("ConstantOfShape", Onnx.Attributes.Of(("value", constant.Reshaped(1))), shape);
        var result = Operators.Emit("Expand", x, shape);
        return s.Translation.Extents.Note(result, x.Rank == 0 && extents is [{ IsKnown: true } count]
            && s.Translation.Extents.Of(x) is [var e] && count.Value <= 64 ? [.. Enumerable.Repeat(e, (int)count.Value)] : null);
    }

    private static Value Tile(OperatorSite s)
    {
        var times = s.Extents(1) ?? throw s.Wrong("how often to repeat is not known before a run.");
        if (times.Length != s.X.Rank)
            throw s.Wrong($"{times.Length} numbers of repetitions do not fit {s.X.Shape}.");
        if (Array.TrueForAll(times, t => t.IsKnown))
            return Array.TrueForAll(times, t => t == 1) ? s.X
                : Operators.Emit("Tile", s.X, s.Graph.Constant(Array.ConvertAll(times, t => t.Value)));
        Dimension[] extents = [.. times.Select((t, i) => t == 1 ? s.X.Shape[i] : s.X.Shape[i] == 1 ? t : s.X.Shape[i] * t)];
        return times.Select((t, i) => t == 1 || s.X.Shape[i] == 1).All(fits => fits) ? Filled(s, s.X, extents)
            : s.X.Known("Tile", [s.X, s.Input(1)], Onnx.Attributes.None, new Shape(extents));
    }

    private static Value Range(OperatorSite s)
    {
        var (start, limit, step) = (s.Input(0), s.Input(1), s.Input(2));
        return start.Constant?.ToDouble() is [0] && step.Constant?.ToDouble() is [1] && limit.Constant is null
            && s.Extents(1) is [{ IsUnknown: false } count]
            ? limit.Known("Range", [start, limit, step], Onnx.Attributes.None, new Shape(count))
            : Operators.Emit("Range", start, limit, step);
    }

    private static Value LinSpace(OperatorSite s)
    {
        if (s.Input(0).Constant?.ToDouble() is not [var start] || s.Input(1).Constant?.ToDouble() is not [var stop]
            || s.Constant(2) is not (> 0 and <= ConstantShaping.MaximumElements and var count))
            throw s.Wrong("its inputs have to be constants.");
        return s.Graph.Constant(Tensor.FromDoubles(s.X.Type,
            [.. Enumerable.Range(0, (int)count).Select(i => count == 1 ? start : start + (stop - start) * i / (count - 1))], count));
    }
}
