using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>An output seen as a table of scores, one row for each row of the data and one column for each class.</summary>
internal static class ScoreTable
{
    /// <summary>The output as shape [N, classes]; maps (segmentation and its like) are summed over space, channel by channel.</summary>
    public static Value Of(Value output) => !output.Type.IsFloating()
        ? throw new ArgumentException($"The output '{output.Name}' holds elements of type {output.Type}; only floating-point scores can be explained.")
        : output.Rank switch
        {
            0 => throw new ArgumentException($"The output '{output.Name}' is a single number for the whole batch; a score for each row is needed."),
            1 => output.Unsqueeze(1),
            2 => output,
            var rank => output.ReduceSum([.. Enumerable.Range(2, rank - 2).Select(i => (long)i)], keepDimensions: false),
        };
}
