using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Features in parts, such as squares, within a graph.</summary>
internal sealed class FeatureParts
{
    private readonly int[][] _parts;
    private readonly long _features;

    /// <summary>Features in parts.</summary>
    /// <param name="parts">The features of each.</param>
    /// <param name="features">How many features there are.</param>
    public FeatureParts(int[][] parts, long features) => (_parts, _features) = (parts, features);

    /// <summary>How many parts.</summary>
    public int Count => _parts.Length;

    /// <summary>The sum over each part: [N, features] becomes [N, parts].</summary>
    public Value Sums(Value said)
    {
        // The place behind the last feature holds zero.
        var longest = _parts.Max(p => p.Length);
        long[] places = [.. _parts.SelectMany(p => p.Select(f => (long)f).Concat(Enumerable.Repeat(_features, longest - p.Length)))];
        return said.Pad([0, 0], [0, 1]).Gather(said.Graph.Constant(Tensor.Vector(places)), 1).Reshape(-1, Count, longest)
            .ReduceSum([2], keepDimensions: false);
    }

    /// <summary>The mean over each part.</summary>
    public Value Means(Value said) =>
        Sums(said) / said.Graph.Constant(Tensor.FromDoubles(said.Type, [.. _parts.Select(p => (double)p.Length)], 1, Count));

    /// <summary>What each feature's part has: [N, parts] becomes [N, features].</summary>
    public Value OfFeatures(Value ofParts)
    {
        var partOf = new long[_features];
        for (var part = 0; part < _parts.Length; part++)
            foreach (var feature in _parts[part])
                partOf[feature] = part;
        return ofParts.Gather(ofParts.Graph.Constant(Tensor.Vector(partOf)), 1);
    }
}
