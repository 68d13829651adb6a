using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>
/// The adjoint of a convolution of stride s as convolutions of stride 1 whose results are laid out in space: every position of
/// the input within a stride, its phase, takes part in its own subset of the kernel's taps. The idea is that of sub-pixel
/// convolution (Shi et al. 2016, arXiv:1609.05158); ONNX Runtime's processor kernels run it faster than
/// <c>ConvTranspose</c>.
/// </summary>
internal static class SubPixel
{
    // The processor's convolutions compute their output channels in blocks of this many.
    private const long ChannelBlock = 16;

    // Results by phase, row by row; null where no output touches a phase.
    private sealed record Laid(Value?[] Phases, long[] Extents, long Stride);

    private static readonly ConditionalWeakTable<Value, Laid> Known = [];

    /// <summary>Whether the way is open: two dimensions, one stride, no dilation, constant kernel, every phase with a tap.</summary>
    public static bool Fits(Value weights, Window[] windows) =>
        windows.Length == 2 && weights.Constant is not null && windows[0].Stride == windows[1].Stride && windows[0].Stride > 1
        && Array.TrueForAll(windows, w => w.Dilation == 1 && w.Kernel >= w.Stride);

    /// <summary>The gradient of the convolution's input.</summary>
    public static Value Spread(Value dy, Value weights, Window[] windows, long groups)
    {
        var stride = windows[0].Stride;
        Phase[][] phases = [.. windows.Select(Phases)];
        Phase[][] pairs = [.. phases[0].SelectMany(row => phases[1].Select(column => (Phase[])[row, column]))];
        long[] blocks = [.. windows.Select(w => (w.Inputs + stride - 1) / stride)];

        var whole = phases.Select(axis => new Phase(0, axis.Min(p => p.First), axis.Max(p => p.Last))).ToArray();
        var channels = weights.Shape[1].Value * groups;
        var together = Rounded(channels * stride * stride) * whole[0].Taps * whole[1].Taps;
        var apart = Rounded(channels) * windows[0].Kernel * windows[1].Kernel;
        long[] extents = [.. windows.Select(w => w.Inputs)];
        if (groups > 1 || together >= apart)
            return Lay(new([.. pairs.Select(OfPhase)], extents, stride));
        // Few channels fill a block only together: one kernel for all phases, each padded to the window of all.
        var kernel = Operators.Concat(0, [.. pairs.Select(pair => Kernel(weights, pair, stride, whole, groups))]);
        return InSpace(Correlate(dy, kernel, whole, windows, blocks, groups), extents, stride);

        Value OfPhase(Phase[] pair) => Correlate(dy, Kernel(weights, pair, stride, pair, groups), pair, windows, blocks, groups);
    }

    /// <summary>
    /// Tells that the gradient of a convolution by single elements is one phase and zeros: where it meets the gradient of a larger kernel
    /// of that stride, as it does before a residual block, both are laid out in space together.
    /// </summary>
    public static Value Single(Value spread, Value dy, Value weights, Window[] windows, long groups)
    {
        if (windows.Length == 2 && Array.TrueForAll(windows, w => w is { Kernel: 1, Before: 0, After: 0 } && w.Stride == windows[0].Stride))
        {
            var phases = new Value?[windows[0].Stride * windows[0].Stride];
            phases[0] = dy.Conv(Convolutions.Exchanged(weights, groups), [1, 1], [1, 1], [0, 0, 0, 0], groups);
            Known.AddOrUpdate(spread, new Laid(phases, [.. windows.Select(w => w.Inputs)], windows[0].Stride));
        }
        return spread;
    }

    /// <summary>The sum of two gradients, taken phase by phase where both are known so.</summary>
    public static Value Sum(Value a, Value b)
    {
        if (!Known.TryGetValue(a, out var one) || !Known.TryGetValue(b, out var other)
            || one.Stride != other.Stride || !one.Extents.SequenceEqual(other.Extents))
            return a + b;
        Value?[] sums = [.. one.Phases.Zip(other.Phases, (x, y) => x is null ? y : y is null ? x : x + y)];
        return sums.Contains(null) ? a + b : Lay(new Laid(sums, one.Extents, one.Stride));
    }

    private static Value Lay(Laid laid)
    {
        var spread = InSpace(Operators.Concat(1, [.. laid.Phases.Select(p => p!)]), laid.Extents, laid.Stride);
        Known.AddOrUpdate(spread, laid);
        return spread;
    }

    // [N, s·s·C, h, w] → [N, C, h·s, w·s], columns first and rows then: of each transposition only one axis moves, which ONNX Runtime
    // does in less than half the time of DepthToSpace.
    private static Value InSpace(Value phases, long[] extents, long stride)
    {
        var (channels, height, width) = (phases.Shape[1].Value / (stride * stride), phases.Shape[2].Value, phases.Shape[3].Value);
        var lines = phases.Reshape(-1, stride, channels * height * width).Transpose(0, 2, 1);
        var spread = lines.Reshape(-1, stride, channels * height, width * stride).Transpose(0, 2, 1, 3)
            .Reshape([-1, channels, height * stride, width * stride]);
        return extents.All(e => e % stride == 0) ? spread : spread.Slice([0, 0], extents, [2, 3]);
    }

    /// <summary>The taps that positions r, r+s, r+2s, … of the input take part in.</summary>
    /// <param name="Tap">The first such tap of the kernel; the others follow at distances of s.</param>
    /// <param name="First">The output, relative to the position's block, that the last of these taps belongs to.</param>
    /// <param name="Last">The output, relative to the position's block, that the first tap belongs to.</param>
    private readonly record struct Phase(long Tap, long First, long Last)
    {
        public long Taps => Last - First + 1;
    }

    private static Phase[] Phases(Window w) => [.. Enumerable.Range(0, (int)w.Stride).Select(r =>
    {
        // Position i = q·s + r is touched by output o through tap k where o·s + k = i + padding.
        var (tap, last) = ((r + w.Before) % w.Stride, (r + w.Before) / w.Stride);
        return new Phase(tap, last - (w.Kernel - 1 - tap) / w.Stride, last);
    })];

    // The taps of one phase, later ones first, put at their place in a window that may be larger.
    private static Value Kernel(Value weights, Phase[] phase, long stride, Phase[] window, long groups)
    {
        long[] start = [.. phase.Select(a => a.Tap + (a.Taps - 1) * stride)];
        long[] end = [.. phase.Select(a => a.Tap == 0 ? int.MinValue : a.Tap - 1)];
        var taps = weights
            .Slice(start, end, [2, 3], [-stride, -stride])
            .Pad(
                [0, 0, .. phase.Zip(window, (p, w) => p.First - w.First)],
                [0, 0, .. phase.Zip(window, (p, w) => w.Last - p.Last)]);
        return Convolutions.Exchanged(taps, groups);
    }

    // One result for each block of the input. Outputs before or behind those that matter are cut off, missing ones are zero.
    private static Value Correlate(Value dy, Value kernel, Phase[] window, Window[] windows, long[] blocks, long groups)
    {
        long[] before = [.. window.Select(w => -w.First)];
        long[] after = [.. window.Select((w, i) => blocks[i] - 1 + w.Last - (windows[i].Outputs - 1))];
        return dy
            .Pad([0, 0, .. before.Select(p => Math.Min(p, 0))], [0, 0, .. after.Select(p => Math.Min(p, 0))])
            .Conv(kernel, [1, 1], [1, 1], [.. before.Concat(after).Select(p => Math.Max(p, 0))], groups);
    }

    private static long Rounded(long channels) => (channels + ChannelBlock - 1) / ChannelBlock * ChannelBlock;
}
