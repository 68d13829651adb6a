using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers.TensorFlow;

/// <summary>
/// Places dealt out into blocks that stand as rows (SpaceToBatchND), and collected again: how TensorFlow spreads the taps of windows.
/// </summary>
internal static class Dealing
{
    /// <summary>The same with the zeros put around.</summary>
    public static Item.Dealt Padded(Item.Dealt dealt)
    {
        var (before, after) = (new long[dealt.Value.Rank], new long[dealt.Value.Rank]);
        dealt.Before.CopyTo(before, dealt.First);
        dealt.After.CopyTo(after, dealt.First);
        long[] none = [.. dealt.Blocks.Select(_ => 0L)];
        return dealt with { Value = dealt.Value.Pad(before, after), Before = none, After = none };
    }

    /// <summary>Places of axes dealt out: row b·N + n holds those places of row n that are b beyond a multiple of the block.</summary>
    public static Value Out(Item.Dealt dealt)
    {
        var x = Padded(dealt).Value;
        var (first, blocks, rank) = (dealt.First, dealt.Blocks, x.Rank);
        var split = new List<long> { -1 };
        for (var axis = 1; axis < rank; axis++)
        {
            var extent = x.Shape[axis].Value;
            if (axis < first || axis >= first + blocks.Length)
            {
                split.Add(extent);
                continue;
            }
            var block = blocks[axis - first];
            if (extent % block != 0)
                throw new InvalidModelException($"{extent} places cannot be dealt out into {block}.");
            split.AddRange([extent / block, block]);
        }
        // Behind the rows and the axes before them, each axis that is dealt out has become two.
        int[] dealtAxes = [.. Enumerable.Range(0, blocks.Length).Select(i => first + 2 * i + 1)];
        int[] rest = [.. Enumerable.Range(0, rank + blocks.Length).Except(dealtAxes)];
        var turned = x.Reshape([.. split]).Transpose([.. dealtAxes, .. rest]);
        return turned.Reshape([-1, .. rest.Skip(1).Select(a => split[a])]);
    }

    /// <summary>What was dealt out collected again, and cut.</summary>
    /// <param name="x">Rows of blocks.</param>
    /// <param name="blocks">Into how many each axis behind the rows is dealt out.</param>
    /// <param name="before">What is cut off before each.</param>
    /// <param name="after">What is cut off behind each.</param>
    public static Value In(Value x, long[] blocks, long[] before, long[] after)
    {
        var (count, rank) = (blocks.Length, x.Rank);
        long[] extents = [.. x.Shape.Skip(1).Select(d => d.Value)];
        var split = x.Reshape([.. blocks, -1, .. extents]);
        int[] order = [count, .. Enumerable.Range(0, rank - 1).SelectMany(i =>
            i < count ? (int[])[count + 1 + i, i] : [count + 1 + i])];
        var whole = split.Transpose(order).Reshape([-1, .. extents.Select((e, i) => i < count ? e * blocks[i] : e)]);
        return Cut(whole, 1, before, after);
    }

    /// <summary>Places cut off before and behind some axes.</summary>
    public static Value Cut(Value x, int first, long[] before, long[] after) => Array.TrueForAll(before, b => b == 0)
        && Array.TrueForAll(after, a => a == 0) ? x
        : x.Slice(before, [.. after.Select(a => a == 0 ? long.MaxValue : -a)], [.. before.Select((_, i) => (long)first + i)]);
}
