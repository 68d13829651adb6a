using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>Which token of a block's output the score of that block is read from.</summary>
public enum LeGradReadout
{
    /// <summary>Whichever the network reads its own scores from.</summary>
    Own,

    /// <summary>The mean of all tokens, class token and registers included, as torchcam has it.</summary>
    Mean,
}

/// <summary>
/// LeGrad: for each block the score s that the rest of the network would give if that block were the last, and of its attention
/// ReLU(∂s/∂A), averaged over heads and (unless one is chosen) queries; then the mean over blocks. Never negative.
/// Bousselham et al. 2024, arXiv:2404.03214.
/// </summary>
/// <param name="Readout">Which token the score of a block is read from.</param>
[Method("le-grad", "What attention of each block, were it the last, does for the score; averaged over blocks",
    "Bousselham et al. 2024, arXiv:2404.03214")]
public sealed record LeGrad(
    [Option("Whether a block's score is read as the network reads its own, or from the mean of all tokens.")]
    LeGradReadout Readout = LeGradReadout.Own) : GatheredRelation("mean")
{
    private protected override Value Relation(Question question, AttentionMaps maps, AttentionStreams streams, Queries queries)
    {
        if (streams.Crosses.Count > 0)
            throw new ArgumentException($"LeGrad is of self-attention; '{maps.Blocks[streams.Crosses[0]].Name}' attends to other tokens.");
        var stream = ResidualStream.Of([.. streams.Own.Select(block => maps.Blocks[block])], question.Scored);
        var last = question.WithRespectTo(stream[^1].Name);
        var blocks = Counted(streams.Own).ToList();
        return queries.Of(blocks.Select(block => Block(question.Trace.Traced(stream[streams.Own.IndexOf(block)]), block))
            .Aggregate((a, b) => a + b) / blocks.Count);

        Value Block(Value output, int block)
        {
            var at = Readout == LeGradReadout.Mean ? output.MeanInOrder(1).ExpandLike(output) : output;
            var score = ReferenceEquals(at, last.Input) ? question.Score : last.At(at).Score;
            return maps.Gradient(block, score).Relu().MeanInOrder(1).Squeeze(1);
        }
    }
}
