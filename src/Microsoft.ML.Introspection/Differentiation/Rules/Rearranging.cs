using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Differentiation.Rules;

/// <summary>Rarer operators that move elements: sequences turned round, patches, crops, unpooling.</summary>
internal static class Rearranging
{
    public static readonly Dictionary<string, BackwardRule> Rules = new()
    {
        // Turning twice gives the original.
        ["ReverseSequence"] = a => a.Input == 0 ? Operators.Emit("ReverseSequence", a.Attributes, a.Dy, a.At(1)) : null,
        ["MaxUnpool"] = a => a.Input == 0 ? MaxUnpool(a) : null,
        ["CenterCropPad"] = Formula.Of(CenterCropPad),
        ["Col2Im"] = Formula.Of(Col2Im),
        ["Compress"] = a => a.Input == 0 ? Compress(a) : null,
    };

    // Each element comes from where the pooling found it; the positions count through the whole batch.
    private static Value MaxUnpool(Adjoint a)
    {
        if (a.Given(2) is not null)
            throw new UnsupportedOperatorException($"The {a.Node.Describe()} is given an output shape, for which its positions have "
                + "another meaning; there is no rule. Export the network without it.");
        return a.Dy.Reshape(-1).GatherElements(a.At(1).Reshape(-1), 0).ReshapeLike(a.X);
    }

    // What is too much is cut off at both ends, what is too little added; the odd element at the end.
    private static Value CenterCropPad(Adjoint a)
    {
        var (x, wanted) = (a.At(0), a.Constants(1)!);
        var axes = a.Attributes.Ints("axes") ?? [.. Enumerable.Range(0, x.Rank).Select(i => (long)i)];
        var (before, after) = (new long[x.Rank], new long[x.Rank]);
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = Adjoint.Positive(axes[i], x.Rank);
            if (!x.Shape[axis].IsKnown)
                throw new UnsupportedOperatorException($"The {a.Node.Describe()} crops or pads axis {axis} of {x.Shape}, whose extent is "
                    + "not known before a run; there is no rule for that.");
            var more = wanted[i] - x.Shape[axis].Value;
            // A crop begins at half of what is too much, a pad at half of what is missing, both rounded down.
            before[axis] = more < 0 ? -(-more / 2) : more / 2;
            after[axis] = more - before[axis];
        }
        return x.Pad(before, after);
    }

    // Patches laid back into an image, overlaps added: a transposed convolution whose kernel has one 1 for each place of a patch.
    private static Value Col2Im(Adjoint a)
    {
        var x = a.At(0);
        long[] image = a.Constants(1)!, block = a.Constants(2)!;
        var ones = Enumerable.Repeat(1L, image.Length).ToArray();
        long[] strides = a.Attributes.Ints("strides") ?? ones, dilations = a.Attributes.Ints("dilations") ?? ones;
        var pads = a.Attributes.Ints("pads") ?? new long[2 * image.Length];
        long[] places =
            [.. image.Select(
                (extent, i) => (extent + pads[i] + pads[i + image.Length] - dilations[i] * (block[i] - 1) - 1) / strides[i] + 1)];
        long[] beyond =
            [.. image.Select((extent, i) =>
                extent + pads[i] + pads[i + image.Length] - ((places[i] - 1) * strides[i] + dilations[i] * (block[i] - 1) + 1))];

        var patch = block.Aggregate(1L, (p, b) => p * b);
        var channels = x.Shape[1].Value / patch;
        var identity = new double[patch * patch];
        for (var i = 0; i < patch; i++)
            identity[i * (patch + 1)] = 1;
        var kernel = x.Graph.Constant(Tensor.FromDoubles(x.Type, identity, patch, patch)).Reshape([patch, 1, .. block]);
        var images = x.Reshape([-1, patch, .. places]).ConvTranspose(kernel, strides, dilations, pads, beyond);
        return images.Reshape([x.Shape[0].IsKnown ? x.Shape[0].Value : -1, channels, .. image]);
    }

    private static Value Compress(Adjoint a)
    {
        var chosen = a.Given(1)?.Constant?.ToDouble()
            ?? throw new UnsupportedOperatorException(
                $"The {a.Node.Describe()} takes what it keeps from the data; its gradient is known only for a constant choice.");
        long[] kept = [.. chosen.Index().Where(c => c.Item != 0).Select(c => (long)c.Index)];
        var x = a.Attributes.Has("axis") ? a.X : a.X.Reshape(-1);
        var axis = a.Attributes.Has("axis") ? a.Axis("axis", 0) : 0;
        long[] extents = [.. Enumerable.Range(0, x.Rank).Select(i => i == axis ? kept.Length : 1L)];
        var positions = x.Graph.Constant(kept).Reshape(extents).ExpandLike(a.Dy);
        return x.FullLike(0).ScatterAdd(positions, a.Dy, axis).ReshapeLike(a.X);
    }
}
