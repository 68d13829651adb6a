using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>
/// FinerCAM: Grad-CAM of what sets the score apart from those of the classes most like it, Σⱼ pⱼ(S − α·Sⱼ)/Σⱼ pⱼ over the classes j whose
/// scores are nearest to it, p the softmax of the scores. Zhang, Wang, Wang, Chen, Sun, Sun, Ding, Cao, Wang, Lu 2025, arXiv:2501.11309.
/// </summary>
/// <param name="Classes">How many classes it is compared with; fewer where the network has fewer.</param>
/// <param name="Alpha">How much of their scores is taken away; 0 gives Grad-CAM.</param>
[Method("finer-cam", "Grad-CAM of what sets the class apart from those most like it",
    "Zhang et al. 2025, arXiv:2501.11309")]
public sealed record FinerCam(
    [Option("How many classes of the nearest scores it is compared with.")]
    int Classes = 3,
    [Option("How much of their scores is taken away.")]
    double Alpha = 1) : ActivationMap
{
    /// <summary>How many classes it is compared with.</summary>
    public int Classes { get; } = Classes >= 1 ? Classes
        : throw new ArgumentOutOfRangeException(nameof(Classes), Classes, "FinerCAM compares with a class at least.");

    /// <summary>How much of their scores is taken away.</summary>
    public double Alpha { get; } = double.IsFinite(Alpha) ? Alpha
        : throw new ArgumentOutOfRangeException(nameof(Alpha), Alpha, "FinerCAM takes a finite share of the other scores away.");

    /// <inheritdoc/>
    protected override Value Map(FeatureLayer features, Question question)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(question);
        return (features.Gradient(Apart(question)).MeanOverSpace() * features.Maps).SumOverChannels();
    }

    private Value Apart(Question question)
    {
        var (scores, score) = (question.Scores, question.Score);
        if (!scores.Shape[1].IsKnown || scores.Shape[1].Value < 2)
            throw new ArgumentException($"FinerCAM compares classes; the scores have the shape {scores.Shape}. At least two classes "
                + "were expected.");
        var classes = scores.Shape[1].Value;
        // The class itself is no neighbour of its own.
        var itself = question.Choice.OneHot(classes, scores.Type).Reshape(-1, classes).Greater(0);
        var closeness = itself.Where(scores.Like(double.NegativeInfinity), -(scores - score).Abs());
        var nearest = scores.Graph.Emit("TopK", [closeness, scores.Graph.Constant(Tensor.Vector(Math.Min(Classes, classes - 1)))],
            outputs: 2)[1];
        var (others, weights) = (scores.GatherElements(nearest, 1), scores.Softmax(1).GatherElements(nearest, 1));
        return (weights * (score - others * Alpha)).ReduceSum([1]) / (weights.ReduceSum([1]) + 1e-9);
    }
}
