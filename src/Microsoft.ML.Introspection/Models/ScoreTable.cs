using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>An output seen as a table of scores, one row for each row of the data and one column for each class.</summary>
internal static class ScoreTable
{
    /// <summary>A network's output as shape [N, classes].</summary>
    public static Value Of(NetworkTrace trace, string output) =>
        Of(trace.Output(output), Axes.Classes(trace.Network, output));

    /// <summary>A tensor as shape [N, classes]; maps (segmentation and its like) are summed over all other axes, class by class.</summary>
    /// <param name="output">The tensor.</param>
    /// <param name="classes">The axis of the classes.</param>
    public static Value Of(Value output, int classes = 1) => !output.Type.IsFloating()
        ? throw new ArgumentException(
            $"The output '{output.Name}' holds elements of type {output.Type}; only floating-point scores can be explained.")
        : output.Rank switch
        {
            0 => throw new ArgumentException($"The output '{output.Name}' is a single number for the whole batch; a score for each row "
                + "is needed."),
            1 => output.Unsqueeze(1),
            2 => output,
            var rank =>
                output.ReduceSum([.. Enumerable.Range(1, rank - 1).Where(i => i != classes).Select(i => (long)i)], keepDimensions: false),
        };

    /// <summary>
    /// How the scores of an output become probabilities: identity where they are taken as they are, and of a single number that nothing
    /// squashes; a logistic curve of each where a final sigmoid squashes them; else shares of all.
    /// </summary>
    public static ScoreLink LinkOf(Network network, string output)
    {
        var scores = network.OutputDefinition(output).ShapeOrNull;
        var several = scores is not { Rank: 1 } && scores?[Axes.Classes(network, output)] != 1;
        var file = network.FileDefinition(output);
        return network.Options.KeepFinalActivation ? ScoreLink.Identity
            : FinalActivation.IsOfEach(file) ? ScoreLink.Logistic
            : several ? ScoreLink.Softmax
            : FinalActivation.Find(file).Logits is null ? ScoreLink.Identity : ScoreLink.Logistic;
    }
}
