using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Pooling in any number of dimensions.</summary>
internal static class Pooling
{
    // The poolings that gradients come from.
    private static readonly ConditionalWeakTable<Value, Adjoint> Pooled = [];

    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["MaxPool"] = MaxPool,
        ["AveragePool"] = AveragePool,
        ["GlobalAveragePool"] = a => (a.Dy / Area(a.X)).ExpandLike(a.X),
        ["GlobalMaxPool"] = GlobalMaxPool,
        ["LpPool"] = LpPool,
        ["GlobalLpPool"] = a => LpShare(a.X, a.Y, a.Dy, a.Attributes.Int("p", 2)),
    };

    /// <summary>The gradient goes to the winner of each window; of equal ones, to the first.</summary>
    private static Value MaxPool(Adjoint a)
    {
        var windows = Windows(a);
        // ONNX Runtime enlarges in single precision only.
        var gradient = a.X.Type == ElementType.Float && Array.TrueForAll(windows, w => w.Tiles) && a.X.Shape.Skip(2).All(d => d.IsKnown)
            ? ToTileWinners(a.X, a.Y, a.Dy, windows)
            : ToWinners(a);
        Pooled.AddOrUpdate(gradient, a);
        return gradient;
    }

    /// <summary>
    /// What a ReLU before a pooling hands on of the pooling's gradient: the mask of the few that won is that of all. Null where the
    /// gradient comes from elsewhere, too.
    /// </summary>
    public static Value? BehindRelu(Value y, Value dy) => Pooled.TryGetValue(dy, out var a) && ReferenceEquals(a.X, y)
        ? MaxPool(a with { Gradients = [a.Dy * a.Y.IsPositive()] })
        : null;

    // Where windows overlap or hang over the edge, the positions of the winners are asked for, and the gradients added up there.
    private static Value ToWinners(Adjoint a)
    {
        var winners = a.Node.Outputs.Count > 1 && a.Attributes.Int("storage_order") == 0 && a.Node.Outputs[1].Name.Length > 0
            ? a.Node.Outputs[1]
            : a.Y.Graph.Emit("MaxPool", [a.X], a.Attributes.With(("storage_order", null)), 2)[1];
        if (a.X.Shape[0] == 1 && a.Dy.Shape[0] != 1)
            return ToWinnersOfOne(a.X, winners, a.Dy);
        // The positions count through the whole batch, so batch, channels and space are one axis.
        return a.X.FullLike(0).Reshape(-1).ScatterAdd(winners.Reshape(-1), a.Dy.Reshape(-1), 0).ReshapeLike(a.X);
    }

    // One row was pooled for a whole batch of gradients: its winners are those of all rows.
    private static Value ToWinnersOfOne(Value x, Value winners, Value dy)
    {
        var (row, pooled) = (Elements(x), Elements(winners));
        var flat = dy.Reshape(-1, pooled);
        var rows = Operators.Emit("Shape", Attributes.Of(("start", 0L), ("end", 1L)), dy);
        var extents = Operators.Concat(0, rows, x.Graph.Constant(row));
        var nothing = Operators.Emit("ConstantOfShape", Attributes.Of(("value", Tensor.Filled(x.Type, 0, 1))), extents);
        return nothing.ScatterAdd(winners.Reshape(1, pooled).ExpandLike(flat), flat, 1)
            .Reshape([-1, .. x.Shape.Skip(1).Select(d => d.Value)]);

        static long Elements(Value value) => value.Shape.Skip(1).Aggregate(1L, (p, d) => p * d.Value);
    }

    // Where windows tile the input, each element is compared with its window's maximum, enlarged: a few elementwise
    // operations. Equal winners are told apart by a priority that falls along the window, pooled the same way.
    private static Value ToTileWinners(Value x, Value y, Value dy, Window[] windows)
    {
        long[] factors = [.. windows.Select(w => w.Kernel)];
        var isMaximum = x.EqualTo(y.Enlarge(factors)).AsNumber(x.Type);
        var ranked = isMaximum * x.Graph.Constant(Priorities(windows));
        var first = ranked.EqualTo(ranked.MaxPool(factors, factors).Enlarge(factors)).AsNumber(x.Type);
        return dy.Enlarge(factors) * first;
    }

    // One tile's priorities, repeated over the input: k₁·k₂·… for its first element, falling by 1.
    private static Tensor Priorities(Window[] windows)
    {
        var extents = windows.Select(w => w.Inputs).ToArray();
        var priorities = new float[extents.Aggregate(1L, (p, d) => p * d)];
        for (var i = 0; i < priorities.Length; i++)
        {
            long rest = i, within = 0, size = 1;
            for (var axis = windows.Length - 1; axis >= 0; axis--)
            {
                within += rest % extents[axis] % windows[axis].Kernel * size;
                size *= windows[axis].Kernel;
                rest /= extents[axis];
            }
            priorities[i] = size - within;
        }
        return Tensor.From(priorities, [1, 1, .. extents]);
    }

    /// <summary>Every window hands its gradient back in equal shares to the elements it counted.</summary>
    private static Value AveragePool(Adjoint a)
    {
        var windows = Windows(a);
        if (Array.TrueForAll(windows, w => w.Tiles))
            return (a.Dy / windows.Aggregate(1.0, (p, w) => p * w.Kernel)).Enlarge([.. windows.Select(w => w.Kernel)]);
        return SpreadEvenly(a.Dy * a.Dy.Graph.Constant(Shares(windows, a.Attributes.Int("count_include_pad") != 0, a.Dy.Type)),
            windows, a.X);
    }

    private static Value LpPool(Adjoint a)
    {
        // y = (Σ|x|ᵖ)^(1/p): dx = sign(x)|x|ᵖ⁻¹ · Σ over windows of dy·y¹⁻ᵖ.
        var p = a.Attributes.Int("p", 2);
        var toWindow = a.Dy * SafePower(a.Y, 1 - p);
        return a.X.Sign() * a.X.Abs().Pow(p - 1) * SpreadEvenly(toWindow, Windows(a), a.X);
    }

    private static Value LpShare(Value x, Value y, Value dy, long p) => x.Sign() * x.Abs().Pow(p - 1) * (dy * SafePower(y, 1 - p));

    // 0 to a negative power would be infinite; where the norm is 0 so is every element, and nothing flows.
    private static Value SafePower(Value y, long exponent) =>
        exponent == 0 ? y.FullLike(1) : y.EqualTo(y.Like(0)).Where(y.Like(0), y.EqualTo(y.Like(0)).Where(y.Like(1), y).Pow(exponent));

    // The adjoint of adding up windows. Channels keep to themselves, so they are treated as rows of one channel.
    private static Value SpreadEvenly(Value dy, Window[] windows, Value x)
    {
        var kernel = x.Graph.Constant(Tensor.Filled(x.Type, 1, [1, 1, .. windows.Select(w => w.Kernel)]));
        var single = dy.Reshape([-1, 1, .. windows.Select(w => w.Outputs)]);
        return Convolutions.Spread(single, kernel, [.. windows.Select(Closed)], 1).ReshapeLike(x);
    }

    // A last window in ceil mode may reach beyond the padding; as a convolution it needs that much padding.
    private static Window Closed(Window w) =>
        w with { After = Math.Max(w.After, (w.Outputs - 1) * w.Stride + w.Reach - w.Inputs - w.Before) };

    // 1 / (number of elements that each window averages over).
    private static Tensor Shares(Window[] windows, bool countPadding, ElementType type)
    {
        var counts = windows.Select(w => Enumerable.Range(0, (int)w.Outputs).Select(position =>
            Enumerable.Range(0, (int)w.Kernel).Count(tap =>
            {
                var at = position * w.Stride + tap * w.Dilation - w.Before;
                return countPadding ? at < w.Inputs + w.After : at >= 0 && at < w.Inputs;
            })).ToArray()).ToArray();
        long[] extents = [1, 1, .. windows.Select(w => w.Outputs)];
        var shares = new double[extents.Aggregate(1L, (p, d) => p * d)];
        for (var i = 0; i < shares.Length; i++)
        {
            long rest = i, count = 1;
            for (var axis = windows.Length - 1; axis >= 0; axis--)
                (count, rest) = (count * counts[axis][rest % windows[axis].Outputs], rest / windows[axis].Outputs);
            shares[i] = 1.0 / count;
        }
        return type is ElementType.Float or ElementType.Double or ElementType.Float16
            ? Tensor.FromDoubles(type, shares, extents)
            : throw new UnsupportedOperatorException($"Average pooling of {type} has no gradient; convert the network to float.");
    }

    private static Value GlobalMaxPool(Adjoint a)
    {
        // All of space as one axis, the first maximum along it.
        var flat = a.X.Reshape(0, 0, -1);
        var winner = flat.ArgMax(2, keepDimensions: true);
        return flat.FullLike(0).ScatterAdd(winner, a.Dy.Reshape(0, 0, -1), 2).ReshapeLike(a.X);
    }

    private static Window[] Windows(Adjoint a) => Window.All(a.Attributes, a.X.Shape, a.Attributes.Ints("kernel_shape")!);

    private static double Area(Value x) => x.Shape.Skip(2).Aggregate(1.0, (p, d) => p * d.Value);
}
