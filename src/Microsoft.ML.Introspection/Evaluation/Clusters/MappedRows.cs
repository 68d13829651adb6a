using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Evaluation.Clusters;

/// <summary>Rows as a network judges them, each with the map of a method: what is grouped, and what ViRelAy shows.</summary>
public sealed class MappedRows
{
    private MappedRows(double[] attributions, (int Channels, int Height, int Width) shape, int outputs, double[] predictions,
        int[] explained, bool knowsConfidence)
    {
        (Attributions, Channels, Height, Width) = (attributions, shape.Channels, shape.Height, shape.Width);
        (Outputs, Predictions, Explained, KnowsConfidence) = (outputs, predictions, explained, knowsConfidence);
        Maps = HeatMaps.Of(attributions, Channels, Height, Width);
        var (predicted, probabilities) = (new int[Maps.Count], new double[Maps.Count]);
        for (var row = 0; row < Maps.Count; row++)
            (predicted[row], probabilities[row]) = Best(predictions.AsSpan(row * outputs, outputs), knowsConfidence);
        (Predicted, Probabilities) = (predicted, probabilities);
    }

    /// <summary>The attributions as the method gives them, shape [rows, channels, height, width].</summary>
    public double[] Attributions { get; }

    /// <summary>The channels; 1 where a method gives one map for all, and of tables.</summary>
    public int Channels { get; }

    /// <summary>The rows of pixels; of volumes those of all slices, of tables 1.</summary>
    public int Height { get; }

    /// <summary>The columns of pixels, or of a table.</summary>
    public int Width { get; }

    /// <summary>The maps, ready to be compared.</summary>
    public HeatMaps Maps { get; }

    /// <summary>How many outputs the network has.</summary>
    public int Outputs { get; }

    /// <summary>Probabilities where the network has them, else its scores; shape [rows, outputs].</summary>
    public double[] Predictions { get; }

    /// <summary>Whether predictions are probabilities. If not, all <see cref="Probabilities"/> are 1, and tell nothing.</summary>
    public bool KnowsConfidence { get; }

    /// <summary>The class that was explained in each row.</summary>
    public IReadOnlyList<int> Explained { get; }

    /// <summary>The predicted class of each row; of one probability alone 1 where it is ½ or more, else 0.</summary>
    public IReadOnlyList<int> Predicted { get; }

    /// <summary>The probability of the predicted class.</summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>Asks a network and a method.</summary>
    /// <param name="network">The network, of one input of floating-point numbers.</param>
    /// <param name="rows">The rows as its input takes them, one after the other.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">The class that is explained; null for each row's highest score.</param>
    /// <param name="runtime">Where to run.</param>
    /// <exception cref="ArgumentException">The network has other inputs, no such class, or the attributions are no maps.</exception>
    public static MappedRows Of(Network network, ReadOnlySpan<double> rows, AttributionMethod method, int? target = null,
        RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(method);
        if (network.Inputs.Count != 1 || !network.Inputs[0].Type.IsFloating())
            throw new ArgumentException("A network of one input of floating-point numbers was expected; it has "
                + $"{string.Join(", ", network.Inputs.Select(i => $"'{i.Name}' ({i.Type})"))}.", nameof(network));
        using var scores = RowFunction.Scores(network, null, runtime);
        using var explanations = RowFunction.Explanations(network, method, null, runtime);
        var (found, outputs) = (scores.Of(rows), scores.Results);
        if (target is { } wanted && (wanted < 0 || wanted >= outputs))
            throw new ArgumentException($"The network has classes 0 to {outputs - 1}; {wanted} was asked for.", nameof(target));
        var explained = new int[found.Length / outputs];
        for (var row = 0; row < explained.Length; row++)
        {
            var own = found.AsSpan(row * outputs, outputs);
            explained[row] = target ?? (outputs == 1 ? 0 : Best(own, true).Class);
            scores.Link.Apply(own);
        }
        return new(Planes(network, explanations.Of(rows, explained), explanations.ResultExtents, out var shape), shape, outputs, found,
            explained, scores.Link != ScoreLink.Identity || found.All(p => p is >= 0 and <= 1) && (outputs == 1 || Sums(found, outputs)));
    }

    // What has the input's extents has its channels where the input has them; else they come first.
    private static double[] Planes(
        Network network, double[] attributions, IReadOnlyList<int> extents, out (int Channels, int Height, int Width) shape)
    {
        var input = network.Inputs[0];
        var last = extents.Count > 2 && network.ChannelsOf(input.Name) is var axis && axis == extents.Count
            && input.Shape!.Rank == extents.Count + 1 && (extents[^1] == 1 || input.Shape[axis] == extents[^1]);
        IEnumerable<int> space = extents.Count < 3 ? extents : last ? extents.SkipLast(1) : extents.Skip(1);
        shape = (extents.Count < 3 ? 1 : last ? extents[^1] : extents[0], space.SkipLast(1).Aggregate(1, (p, e) => p * e),
            space.Last());
        if (!last || shape.Channels == 1)
            return attributions;
        var (planes, size, area) = (new double[attributions.Length], shape.Channels * shape.Height * shape.Width,
            shape.Height * shape.Width);
        for (var i = 0; i < planes.Length; i++)
            planes[i] = attributions[i / size * size + i % area * shape.Channels + i % size / area];
        return planes;
    }

    private static bool Sums(double[] found, int outputs) =>
        found.Chunk(outputs).All(own => Math.Abs(own.Sum() - 1) < 1e-3);

    private static (int Class, double Probability) Best(ReadOnlySpan<double> own, bool knowsConfidence)
    {
        if (own.Length == 1)
            return !knowsConfidence ? (0, 1) : own[0] >= 0.5 ? (1, own[0]) : (0, 1 - own[0]);
        var best = 0;
        for (var i = 1; i < own.Length; i++)
            if (own[i] > own[best])
                best = i;
        return (best, knowsConfidence ? Math.Clamp(own[best], 0, 1) : 1);
    }
}
