using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>What weighs a channel in Score-CAM.</summary>
public enum ScoreCamWeight
{
    /// <summary>
    /// The paper's algorithm: the increase of the score that the masked input brings over an input of zeros, through a softmax
    /// over the channels (in which the score of the zeros cancels).
    /// </summary>
    Increase,

    /// <summary>The authors' code: the probability of the target for the masked input; 0 for a channel that is flat.</summary>
    Probability,
}

/// <summary>
/// Score-CAM: ReLU(Σₖ wₖAₖ), where wₖ is what the network makes of the input masked with the k-th feature map, enlarged and
/// scaled to [0, 1]. No gradients, one forward pass for each channel. Wang et al. 2020, arXiv:1910.01279.
/// </summary>
/// <param name="Weight">What weighs a channel.</param>
[Method("score-cam", "The features weighted by the score of the input masked with them; no gradients",
    "Wang et al. 2020, arXiv:1910.01279")]
public sealed record ScoreCam(
    [Option("What weighs a channel: the score's increase (the paper) or the probability (its authors' code).")]
    ScoreCamWeight Weight = ScoreCamWeight.Increase) : ActivationMap
{
    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        var maps = features.Maps;
        // Each channel of every row, enlarged, [K, N, 1, D₁, …].
        var masks = Channels(maps, numbers =>
        {
            var each = maps.Gather(numbers, 1).Transpose([1, 0, .. Enumerable.Range(2, maps.Rank - 2)]);
            var flat = each.Reshape([-1, 1, .. maps.Shape.Skip(2).Select(d => d.Value)]);
            var mask = question.AsInput(Enlarged(flat, question).ScaledToUnit());
            return mask.Reshape([each.Shape[0].Value, -1, .. mask.Shape.Skip(1).Select(d => d.Value)]);
        });
        var scores = question.Stack(masks, mask => Weight == ScoreCamWeight.Increase
            ? question.At(mask * question.Input, masked => masked.Score)
            : question.At(mask * question.Input, Probability) * Largest(mask)).Squeeze(2);
        var weights = Weight == ScoreCamWeight.Increase ? scores.Softmax(1) : scores;
        return (weights.ForChannels(maps) * maps).SumOverChannels();
    }

    // A mask reaches up to 1 unless its channel is flat: [K, N, 1].
    private static Value Largest(Value mask) =>
        mask.ReduceMax([.. Enumerable.Range(2, mask.Rank - 2).Select(i => (long)i)]).Reshape([mask.Shape[0].Value, -1, 1]);

    private static Value Probability(Question question)
    {
        var scores = question.Scores;
        return question.ScoreIn(scores.Shape[1] == 1 ? scores.Sigmoid() : scores.Softmax(1));
    }
}
