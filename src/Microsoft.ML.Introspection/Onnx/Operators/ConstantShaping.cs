using System.Runtime.InteropServices;

namespace Microsoft.ML.Introspection.Onnx;

/// <summary>
/// Rearranging the elements of constants, whatever their type: every operation here says only from where each element of
/// the result comes.
/// </summary>
internal static class ConstantShaping
{
    /// <summary>The largest constant that is worked on or made, in elements.</summary>
    public const long MaximumElements = 1 << 24;

    public static Tensor? Reshape(Tensor x, long[] wanted, bool zeroIsZero)
    {
        var target = new long[wanted.Length];
        for (var i = 0; i < target.Length; i++)
            target[i] = wanted[i] == 0 && !zeroIsZero ? x.Dimensions[i] : wanted[i];
        var open = Array.IndexOf(target, -1);
        if (open >= 0)
        {
            target[open] = 1;
            var rest = target.Aggregate(1L, (p, d) => p * d);
            target[open] = rest == 0 ? 0 : x.Count / rest;
        }
        return x.Reshaped(target);
    }

    public static Tensor Flatten(Tensor x, int axis)
    {
        if (axis < 0)
            axis += x.Dimensions.Length;
        return x.Reshaped(Sizes.Count(x.Dimensions[..axis]), Sizes.Count(x.Dimensions[axis..]));
    }

    public static Tensor Squeeze(Tensor x, long[]? axes)
    {
        var rank = x.Dimensions.Length;
        var dropped = axes?.Select(a => (int)(a < 0 ? a + rank : a)).ToHashSet();
        var kept = new List<long>();
        for (var i = 0; i < rank; i++)
            if (dropped is null ? x.Dimensions[i] != 1 : !dropped.Contains(i))
                kept.Add(x.Dimensions[i]);
        return x.Reshaped([.. kept]);
    }

    public static Tensor Unsqueeze(Tensor x, long[] axes)
    {
        var rank = x.Dimensions.Length + axes.Length;
        var target = new List<long>(x.Dimensions.ToArray());
        foreach (var axis in axes.Select(a => (int)(a < 0 ? a + rank : a)).Order())
            target.Insert(axis, 1);
        return x.Reshaped([.. target]);
    }

    public static Tensor Transpose(Tensor x, long[]? permutation)
    {
        var rank = x.Dimensions.Length;
        permutation ??= [.. Enumerable.Range(0, rank).Reverse().Select(i => (long)i)];
        var (strides, dimensions) = (Strides(x.Dimensions), x.Dimensions.ToArray());
        return Pick(x, 0, [.. permutation.Select(p => dimensions[p])], [.. permutation.Select(p => strides[p])]);
    }

    public static Tensor Expand(Tensor x, long[] wanted)
    {
        var shape = Shape.Broadcast(x.Shape, Shape.Of(wanted)).ToArray();
        if (x.Dimensions.SequenceEqual(shape))
            return x;
        var own = Strides(x.Dimensions);
        var strides = new long[shape.Length];
        for (var i = 1; i <= own.Length; i++)
            strides[^i] = x.Dimensions[^i] == 1 ? 0 : own[^i];
        return Pick(x, 0, shape, strides);
    }

    public static Tensor Slice(Tensor x, long[] starts, long[] ends, long[]? axes, long[]? steps)
    {
        var (shape, strides, first) = (x.Dimensions.ToArray(), Strides(x.Dimensions), 0L);
        for (var i = 0; i < starts.Length; i++)
        {
            var axis = axes is null ? i : axes[i] < 0 ? axes[i] + shape.Length : axes[i];
            var range = SliceRange.Of(x.Dimensions[(int)axis], starts[i], ends[i], steps?[i] ?? 1);
            first += range.Start * strides[axis];
            (shape[axis], strides[axis]) = (range.Count, strides[axis] * range.Step);
        }
        return Pick(x, first, shape, strides);
    }

    /// <summary>Zeros put before and behind along every axis; negative numbers take elements away.</summary>
    public static Tensor Pad(Tensor x, long[] pads)
    {
        var rank = x.Dimensions.Length;
        long[] cut = [.. pads.Select(p => Math.Max(-p, 0))], added = [.. pads.Select(p => Math.Max(p, 0))];
        var dimensions = x.Dimensions.ToArray();
        var inner = Slice(x, cut[..rank], [.. Enumerable.Range(0, rank).Select(i => dimensions[i] - cut[i + rank])], null, null);
        long[] shape = [.. Enumerable.Range(0, rank).Select(i => inner.Dimensions[i] + added[i] + added[i + rank])];
        var (size, strides) = (x.Type.Size(), Strides(shape));
        var result = Room(shape, size);
        for (var from = 0; from < inner.Count; from++)
        {
            long rest = from, to = 0;
            for (var axis = rank - 1; axis >= 0; axis--)
            {
                to += (rest % inner.Dimensions[axis] + added[axis]) * strides[axis];
                rest /= inner.Dimensions[axis];
            }
            inner.Bytes.Span.Slice(from * size, size).CopyTo(result.AsSpan((int)to * size));
        }
        return Tensor.FromBytes(x.Type, shape, result);
    }

    public static Tensor Gather(Tensor x, Tensor indices, int axis)
    {
        if (axis < 0)
            axis += x.Dimensions.Length;
        var extent = x.Dimensions[axis];
        var picks = indices.ToInt64().Select(i => i < 0 ? i + extent : i).ToArray();
        if (Array.Find(picks, i => i < 0 || i >= extent) is var wrong && Array.Exists(picks, i => i < 0 || i >= extent))
            throw new InvalidModelException($"A Gather asks for element {wrong} of an axis of {extent}.");
        var (outer, inner) = (Sizes.Count(x.Dimensions[..axis]), Sizes.Count(x.Dimensions[(axis + 1)..]) * x.Type.Size());
        var result = Room([outer, picks.Length, inner], 1);
        var target = 0;
        for (var o = 0L; o < outer; o++)
            foreach (var pick in picks)
            {
                x.Bytes.Span.Slice((int)((o * extent + pick) * inner), (int)inner).CopyTo(result.AsSpan(target));
                target += (int)inner;
            }
        return Tensor.FromBytes(x.Type, [.. x.Dimensions[..axis], .. indices.Dimensions, .. x.Dimensions[(axis + 1)..]], result);
    }

    public static Tensor? Concat(Tensor[] parts, int axis)
    {
        if (axis < 0)
            axis += parts[0].Dimensions.Length;
        if (parts.Any(p => p.Type != parts[0].Type))
            return null;
        var shape = parts[0].Dimensions.ToArray();
        shape[axis] = parts.Sum(p => p.Dimensions[axis]);
        var result = Room(shape, parts[0].Type.Size());
        var (outer, target) = (Sizes.Count(parts[0].Dimensions[..axis]), 0);
        for (var o = 0; o < outer; o++)
            foreach (var part in parts)
            {
                var block = (int)(part.Bytes.Length / outer);
                part.Bytes.Span.Slice(o * block, block).CopyTo(result.AsSpan(target));
                target += block;
            }
        return Tensor.FromBytes(parts[0].Type, shape, result);
    }

    /// <summary>A tensor whose element at some position is the input's at <paramref name="first"/> plus position times strides.</summary>
    private static Tensor Pick(Tensor x, long first, long[] shape, long[] strides)
    {
        var size = x.Type.Size();
        var result = Room(shape, size);
        switch (size)
        {
            case 4: Pick<uint>(x.Bytes.Span, result, first, shape, strides); break;
            case 8: Pick<ulong>(x.Bytes.Span, result, first, shape, strides); break;
            case 2: Pick<ushort>(x.Bytes.Span, result, first, shape, strides); break;
            default: Pick<byte>(x.Bytes.Span, result, first, shape, strides); break;
        }
        return Tensor.FromBytes(x.Type, shape, result);
    }

    private static void Pick<T>(ReadOnlySpan<byte> from, Span<byte> to, long first, long[] shape, long[] strides) where T : unmanaged
    {
        var source = MemoryMarshal.Cast<byte, T>(from);
        var target = MemoryMarshal.Cast<byte, T>(to);
        var at = (int)first;
        (shape, strides) = Merged(shape, strides);
        var (run, step, position) = ((int)shape[^1], (int)strides[^1], new long[shape.Length]);
        for (var start = 0; start < target.Length; start += run)
        {
            var line = target.Slice(start, run);
            if (step == 1)
                source.Slice(at, run).CopyTo(line);
            else
                for (int i = 0, origin = at; i < line.Length; i++, origin += step)
                    line[i] = source[origin];
            for (var axis = shape.Length - 2; axis >= 0; axis--)
            {
                at += (int)strides[axis];
                if (++position[axis] < shape[axis])
                    break;
                at -= (int)(strides[axis] * shape[axis]);
                position[axis] = 0;
            }
        }
    }

    // Axes that are walked through as if they were one are one: long runs make few turns.
    private static (long[] Shape, long[] Strides) Merged(long[] shape, long[] strides)
    {
        List<(long Extent, long Stride)> merged = [(1, 1)];
        for (var axis = 0; axis < shape.Length; axis++)
        {
            var (extent, stride) = merged[^1];
            if (extent == 1)
                merged[^1] = (shape[axis], strides[axis]);
            else if (stride == strides[axis] * shape[axis])
                merged[^1] = (extent * shape[axis], strides[axis]);
            else if (shape[axis] != 1)
                merged.Add((shape[axis], strides[axis]));
        }
        return ([.. merged.Select(m => m.Extent)], [.. merged.Select(m => m.Stride)]);
    }

    private static long[] Strides(ReadOnlySpan<long> dimensions)
    {
        var strides = new long[dimensions.Length];
        var stride = 1L;
        for (var i = strides.Length - 1; i >= 0; i--)
            (strides[i], stride) = (stride, stride * dimensions[i]);
        return strides;
    }

    private static byte[] Room(ReadOnlySpan<long> shape, int size)
    {
        var count = Sizes.Count(shape);
        return count <= MaximumElements
            ? new byte[count * size]
            : throw new InvalidOperationException($"A constant of shape {Shape.Of(shape)} is too large to be worked out beforehand.");
    }
}
