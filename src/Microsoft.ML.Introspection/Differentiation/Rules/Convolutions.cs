using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Convolutions and transposed convolutions in any number of dimensions.</summary>
internal static class Convolutions
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        ["Conv"] = Conv,
        ["ConvTranspose"] = ConvTranspose,
    };

    private static Value Conv(Adjoint a)
    {
        var (weights, groups) = (a.At(1), a.Attributes.Int("group", 1));
        var windows = Window.All(a.Attributes, a.At(0).Shape, Kernel(weights));
        return a.Input switch
        {
            0 => InputGradient(a.Dy, weights, windows, groups),
            1 => WeightGradient(a.At(0), a.Dy, weights, windows, groups),
            _ => BiasGradient(a.Dy),
        };
    }

    private static Value ConvTranspose(Adjoint a)
    {
        var (weights, groups) = (a.At(1), a.Attributes.Int("group", 1));
        var windows = Window.AllTransposed(a.Attributes, a.At(0).Shape, Kernel(weights));
        return a.Input switch
        {
            0 => Gathered(a.Dy, weights, windows, groups),
            // The same sum with the roles of input and output exchanged.
            1 => WeightGradient(a.Dy, a.At(0), weights, windows, groups),
            _ => BiasGradient(a.Dy),
        };
    }

    private static Value InputGradient(Value dy, Value weights, Window[] windows, long groups)
    {
        (dy, weights) = Scaled(dy, weights);
        return Spread(dy, weights, windows, groups);
    }

    // What batch normalisation multiplies the gradient by, channel by channel, goes into the constant kernel instead.
    private static (Value Dy, Value Weights) Scaled(Value dy, Value weights)
    {
        if (dy.Producer is not { OperatorType: "Mul" } product || weights.Constant is null)
            return (dy, weights);
        foreach (var i in (int[])[0, 1])
        {
            var (scale, other) = (product.Inputs[i]!, product.Inputs[1 - i]!);
            if (scale.Constant is { } constant && other.Shape.Equals(dy.Shape) && IsPerChannel(scale.Shape, dy.Rank))
                return (other, weights * scale.Reshape([constant.Count, .. Enumerable.Repeat(1L, weights.Rank - 1)]));
        }
        return (dy, weights);
    }

    private static bool IsPerChannel(Shape shape, int rank) =>
        shape.Rank >= rank - 1 && Enumerable.Range(1, shape.Rank).All(i => i == rank - 1 || shape[-i] == 1);

    /// <summary>The gradient of a convolution's input: every window hands back what it took, times its weights.</summary>
    /// <param name="dy">Shape [N, M, O₁, …].</param>
    /// <param name="weights">Shape [M, C/groups, k₁, …].</param>
    /// <param name="windows">How the convolution slides along each axis.</param>
    /// <param name="groups">Number of groups.</param>
    internal static Value Spread(Value dy, Value weights, Window[] windows, long groups)
    {
        if (Array.TrueForAll(windows, w => w.Stride == 1))
            return SpreadDensely(dy, weights, windows, groups);
        if (SubPixel.Fits(weights, windows))
            return SubPixel.Spread(dy, weights, windows, groups);
        var missing = windows.Select(w => w.Inputs - ((w.Outputs - 1) * w.Stride + w.Reach - w.Before - w.After)).ToArray();
        // Elements behind the last window get nothing: shorten the padding taken away there, or add zeros.
        var after = windows.Select((w, i) => Math.Max(0, w.After - missing[i])).ToArray();
        var extra = windows.Select((w, i) => missing[i] - (w.After - after[i])).ToArray();
        var spread =
            dy.ConvTranspose(weights, Strides(windows), Dilations(windows), [.. windows.Select(w => w.Before), .. after], extra, groups);
        return SubPixel.Single(spread, dy, weights, windows, groups);
    }

    // With stride 1 the adjoint is itself a convolution, with the kernel turned round and the channels exchanged; it runs
    // faster than a transposed one, and a constant kernel is turned while the graph is built.
    private static Value SpreadDensely(Value dy, Value weights, Window[] windows, long groups)
    {
        var before = windows.Select(w => w.Reach - 1 - w.Before).ToArray();
        var after = windows.Select(w => w.Inputs + w.Reach - 1 - w.Outputs - (w.Reach - 1 - w.Before)).ToArray();
        // Padding by more than the kernel reaches means outputs that saw nothing: they are cut off.
        if (before.Concat(after).Any(p => p < 0))
        {
            dy = dy.Pad([0, 0, .. before.Select(p => Math.Min(p, 0))], [0, 0, .. after.Select(p => Math.Min(p, 0))]);
            (before, after) = ([.. before.Select(p => Math.Max(p, 0))], [.. after.Select(p => Math.Max(p, 0))]);
        }
        var ones = Dilations(windows).Select(_ => 1L).ToArray();
        return dy.Conv(Turned(weights, groups), ones, Dilations(windows), [.. before, .. after], groups);
    }

    /// <summary>Kernels mirrored along every spatial axis, input and output channels exchanged within each group.</summary>
    private static Value Turned(Value weights, long groups)
    {
        var exchanged = Exchanged(weights, groups);
        var axes = Enumerable.Range(2, weights.Rank - 2).Where(i => weights.Shape[i] != 1).Select(i => (long)i).ToArray();
        return axes.Length == 0 ? exchanged : exchanged.Slice(
            [.. axes.Select(_ => -1L)], [.. axes.Select(_ => (long)int.MinValue)], axes, [.. axes.Select(_ => -1L)]);
    }

    /// <summary>Kernels with input and output channels exchanged within each group: [M, C/groups, …] becomes [C, M/groups, …].</summary>
    internal static Value Exchanged(Value weights, long groups)
    {
        var (kernel, outputs, inputs) = (Kernel(weights), weights.Shape[0].Value, weights.Shape[1].Value);
        return weights
            .Reshape([groups, outputs / groups, inputs, .. kernel])
            .Transpose([0, 2, 1, .. Enumerable.Range(3, kernel.Length)])
            .Reshape([groups * inputs, outputs / groups, .. kernel]);
    }

    // dW[m,c,k] = Σₙ,ₒ dy[n,m,o]·x[n,c,o·s+k·d−p]: a convolution of x with dy as kernel, rows as channels, stride and
    // dilation exchanged.
    private static Value WeightGradient(Value x, Value dy, Value weights, Window[] windows, long groups)
    {
        var spatial = windows.Length;
        int[] swapped = [1, 0, .. Enumerable.Range(2, spatial)];
        var (outputs, inputs) = (weights.Shape[0].Value, weights.Shape[1].Value);
        var rows = groups == 1
            ? x.Transpose(swapped)
            : x.Reshape([-1, groups, inputs, .. Extents(x)]).Transpose([2, 1, 0, .. Enumerable.Range(3, spatial)])
                .Reshape([inputs, -1, .. Extents(x)]);
        var kernels = dy.Transpose(swapped);
        if (!kernels.Shape[1].IsKnown && groups > 1)
            throw new UnsupportedOperatorException("The gradient of grouped convolution weights needs a batch of fixed size.");
        var gradient = ConvWithOpenKernel(rows, kernels, windows, groups);
        // Elements behind the last window would make further taps.
        gradient = gradient.Slice(
            [.. windows.Select(_ => 0L)], [.. windows.Select(w => w.Kernel)], [.. Enumerable.Range(2, spatial).Select(i => (long)i)]);
        return gradient.Transpose(swapped).Reshape([outputs, inputs, .. windows.Select(w => w.Kernel)]);
    }

    private static Value ConvWithOpenKernel(Value rows, Value kernels, Window[] windows, long groups)
    {
        // In ceil-like cases the last windows reach beyond the padding; widen it so that every tap exists.
        var after = windows.Select(w => Math.Max(w.After, (w.Outputs - 1) * w.Stride + w.Reach - w.Inputs - w.Before)).ToArray();
        return Operators.Emit(
            "Conv",
            Attributes.Of(
                ("kernel_shape", Extents(kernels)), ("strides", Dilations(windows)), ("dilations", Strides(windows)),
                ("pads", (long[])[.. windows.Select(w => w.Before), .. after]), ("group", groups)),
            rows, kernels);
    }

    private static Value BiasGradient(Value dy) =>
        dy.ReduceSum([0, .. Enumerable.Range(2, dy.Rank - 2).Select(i => (long)i)], keepDimensions: false);

    // The windows may reach beyond the output, where padding took their results away, or (with output padding) end before it
    // does: what none of them touched has no influence.
    private static Value Gathered(Value dy, Value weights, Window[] windows, long groups)
    {
        long[] beyond = [.. windows.Select(w => (w.Outputs - 1) * w.Stride + w.Reach - w.Before - w.Inputs)];
        long[] pads = [.. windows.Select(w => w.Before), .. beyond.Select(b => Math.Max(b, 0))];
        return dy
            .Pad([0, 0, .. windows.Select(_ => 0L)], [0, 0, .. beyond.Select(b => Math.Min(b, 0))])
            .Conv(weights, Strides(windows), Dilations(windows), pads, groups);
    }

    private static long[] Extents(Value x) => [.. x.Shape.Skip(2).Select(d => d.Value)];

    private static long[] Kernel(Value weights) => [.. weights.Shape.Skip(2).Select(d => d.Value)];

    private static long[] Strides(Window[] windows) => [.. windows.Select(w => w.Stride)];

    private static long[] Dilations(Window[] windows) => [.. windows.Select(w => w.Dilation)];
}
