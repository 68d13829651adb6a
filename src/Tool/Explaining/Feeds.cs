using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>Finds for every input of an explanation where its numbers come from, and checks that they fit.</summary>
internal static class Feeds
{
    public static IReadOnlyList<Feed> Make(
        ExplainJob job, Network network, IEnumerable<TensorInfo> inputs, BatchRunner runner, Sources sources)
    {
        var scales = new Dictionary<string, Scaling>();
        foreach (var scale in job.Scales)
            scales[network.Input(scale.Input ?? job.Explanation.Options.Inputs?[0] ?? network.DefaultInput.Name).Name] = Scaling.Load(scale.Path);
        return [.. inputs.Select((input, index) =>
        {
            var data = sources.For(input.Name);
            if (input.Name == job.Explanation.Target.LabelInput)
                return Feed.OfTarget(data, sources.IsTargetColumn(input.Name), runner, index, Classes(network, job.Explanation.Options.Output));
            if (input.Shape is not { Rank: > 0 } shape || shape[0].IsKnown && shape[0].Value != runner.Capacity)
                throw new NotSupportedException($"The input '{input.Name}' {input.Shape} is the same for all rows; a file gives one value for each row.");
            CheckShape(data, input);
            var channels = shape.Rank > 2 ? (int)shape[1].Value : (int?)null;
            return Feed.Of(data, runner, index, input, scales.TryGetValue(input.Name, out var scaling) ? scaling.For(data, channels) : null);
        })];
    }

    // Rows of other extents may have the right number of elements in the wrong order (channels last, say).
    private static void CheckShape(DataFile data, TensorInfo input)
    {
        var (found, wanted) = (data.RowShape.Where(e => e != 1).Select(e => (long)e), input.Shape!.Skip(1).Select(d => d.Value).Where(e => e != 1).ToList());
        if (data.RowShape.Count > 1 && !found.SequenceEqual(wanted))
            throw new InvalidDataException($"'{data.Path}' has {data.Description}; the input '{input.Name}' {input.Shape} takes rows of shape [{string.Join(", ", input.Shape!.Skip(1))}], or flat rows.");
    }

    private static long? Classes(Network network, string? output)
    {
        var scores = network.Outputs.First(o => output is null ? o.Type.IsFloating() && o.Shape is { Rank: > 0 } : o.Name == output).Shape;
        return scores is null || scores.Rank > 1 && !scores[1].IsKnown ? null : scores.Rank > 1 ? scores[1].Value : 1;
    }
}
