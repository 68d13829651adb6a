using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// What the blocks of a transformer hand on to one another: sums of what goes in and what is added, [N, tokens, channels].
/// </summary>
internal static class ResidualStream
{
    /// <summary>What each block hands on, behind the normalisation where that stands at the end of a block.</summary>
    /// <param name="blocks">Blocks of self-attention over the same tokens.</param>
    /// <param name="scored">What comes of the last.</param>
    /// <exception cref="ArgumentException">A block adds nothing to what it reads.</exception>
    public static IReadOnlyList<Value> Of(IReadOnlyList<AttentionBlock> blocks, Value scored)
    {
        var before = FeatureMaps.Ancestors(scored);
        var sums = before.Where(IsSum).Select(n => n.Outputs[0]).ToList();
        var readers = before.SelectMany(n => n.Inputs.OfType<Value>().Distinct().Select(i => (i, n))).ToLookup(p => p.i, p => p.n);
        var first = sums.Find(sum => sum.DependsOn(blocks[0].Node.Outputs[0]));
        var isNormedBehind = first is not null && Norm(first) is not null;
        return [.. blocks.Select((block, i) =>
        {
            var next = i + 1 < blocks.Count ? blocks[i + 1].QuerySource : scored;
            var sum = sums.FindLast(s => s.DependsOn(block.Node.Outputs[0]) && (ReferenceEquals(next, s) || next.DependsOn(s)))
                ?? throw new ArgumentException($"The block of attention '{block.Name}' adds nothing to the tokens that it reads: no sum of "
                    + "two tensors [N, tokens, channels] follows it, so that it hands nothing on to be scored.");
            return isNormedBehind ? Norm(sum)?.Outputs[0] ?? sum : sum;
        })];

        Node? Norm(Value sum) =>
            readers[sum].ToList() is [{ Domain: "", OperatorType: "LayerNormalization" or "RMSNormalization" } only] ? only : null;
    }

    private static bool IsSum(Node node) => node is { Domain: "", OperatorType: "Add" or "Sum" }
        && node.Outputs[0].ShapeOrNull is { Rank: 3 } shape
        && node.Inputs.All(i => i is { Constant: null, ShapeOrNull: { } own } && own.Equals(shape));
}
