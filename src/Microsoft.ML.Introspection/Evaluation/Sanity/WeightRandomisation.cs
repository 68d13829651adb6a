using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>Which layers are random at each step.</summary>
public enum RandomisationPlan
{
    /// <summary>The last layer, then the last two, …, then all.</summary>
    Cascade,

    /// <summary>The first layer, then the first two, …, then all.</summary>
    BottomUp,

    /// <summary>One layer at a time, from the last to the first, the others as trained.</summary>
    Independent,
}

/// <summary>How weights are randomised.</summary>
public sealed record WeightRandomisationOptions
{
    /// <summary>Which layers at each step.</summary>
    public RandomisationPlan Plan { get; init; }

    /// <summary>What takes the place of weights.</summary>
    public WeightDraw Draw { get; init; }

    /// <summary>Other weights for every seed.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Weights in the place of drawn ones, by the initialisers' names; layers of which none is given are drawn.</summary>
    public IReadOnlyDictionary<string, Tensor>? Given { get; init; }

    /// <summary>The layers; null for all. Of large networks, the ends of blocks.</summary>
    public IReadOnlyList<string>? Layers { get; init; }
}

/// <summary>A step of a randomisation.</summary>
/// <param name="Layer">The layer that is random from this step on.</param>
/// <param name="Model">The network.</param>
public sealed record RandomisationStep(string Layer, OnnxModel Model);

/// <summary>What a method says of one step.</summary>
/// <param name="Layer">The layer that is random from this step on.</param>
/// <param name="Maps">The map of each row, the sum over channels.</param>
public sealed record RandomisedMaps(string Layer, IReadOnlyList<double[]> Maps)
{
    /// <summary>How alike the maps are to those of the trained network, row by row.</summary>
    /// <param name="original">The maps of the trained network.</param>
    /// <param name="similarity">By what.</param>
    /// <param name="width">The width of a map.</param>
    /// <param name="cell">The side of a cell of histograms; 0 for one that fits.</param>
    public double[] SimilarityTo(IReadOnlyList<double[]> original, MapSimilarity similarity, int width, int cell = 0) =>
        [.. Maps.Zip(original, (map, before) => similarity.Of(before, map, width, cell))];
}

/// <summary>
/// The randomisation test of a network's parameters: layer by layer, trained weights make place for random ones, and what a method says is
/// compared with what it said before. A method whose maps stay alike does not show what the network has learned. The explained class stays
/// that of the trained network. Adebayo et al. 2018, arXiv:1810.03292. Batch statistics stay as they are.
/// </summary>
public static class WeightRandomisation
{
    /// <summary>The networks of all steps, one after another.</summary>
    /// <param name="model">The trained network.</param>
    /// <param name="options">How.</param>
    public static IEnumerable<RandomisationStep> Steps(OnnxModel model, WeightRandomisationOptions? options = null)
    {
        options ??= new WeightRandomisationOptions();
        var layers = Chosen(WeightLayers.Of(model), options.Layers);
        if (options.Plan != RandomisationPlan.BottomUp)
            layers.Reverse();
        var replaced = new Dictionary<string, Tensor>();
        foreach (var layer in layers)
        {
            if (options.Plan == RandomisationPlan.Independent)
                replaced.Clear();
            var drawn = layer.Weights.All(w => options.Given?.ContainsKey(w) == true) ? null
                : WeightLayers.Draw(model, layer, options.Draw, options.Seed);
            foreach (var name in layer.Weights)
                replaced[name] = options.Given?.GetValueOrDefault(name) ?? drawn![name];
            yield return new RandomisationStep(layer.Name, WeightLayers.Replace(model, replaced));
        }
    }

    /// <summary>The maps of all steps; the first is that of the trained network, its layer "trained".</summary>
    /// <param name="model">The trained network.</param>
    /// <param name="rows">The rows, each with its explained class; what is said of them does not matter.</param>
    /// <param name="explain">Makes what explains out of a network.</param>
    /// <param name="options">How.</param>
    /// <param name="network">How the network is read.</param>
    public static IReadOnlyList<RandomisedMaps> Maps(OnnxModel model, ExplainedRows rows, Func<Network, RowFunction> explain,
        WeightRandomisationOptions? options = null, NetworkOptions? network = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(explain);
        return [.. Steps(model, options).Prepend(new RandomisationStep("trained", model)).Select(step =>
        {
            using var function = explain(Network.From(step.Model, network));
            return new RandomisedMaps(step.Layer, Maps(function, rows, rows.Targets));
        })];
    }

    /// <inheritdoc cref="Maps(OnnxModel, ExplainedRows, Func{Network, RowFunction}, WeightRandomisationOptions?, NetworkOptions?)"/>
    /// <param name="model">The trained network.</param>
    /// <param name="rows">The rows, each with its explained class.</param>
    /// <param name="method">The method; smoothed by <see cref="Smooth"/>, it is the smooth test of Hedström et al. 2023.</param>
    /// <param name="options">How.</param>
    /// <param name="network">How the network is read.</param>
    public static IReadOnlyList<RandomisedMaps> Maps(OnnxModel model, ExplainedRows rows, AttributionMethod method,
        WeightRandomisationOptions? options = null, NetworkOptions? network = null) =>
        Maps(model, rows, n => RowFunction.Explanations(n, method), options, network);

    /// <summary>
    /// How much more complex maps become when all weights are random, (after − before)/before: the entropy of the histogram of |a| with 100
    /// bins from its minimum to its maximum. Higher is better; NaN of flat maps. Hedström et al. 2023 (eMPRT), arXiv:2401.06465.
    /// </summary>
    /// <param name="trained">A map of the trained network.</param>
    /// <param name="random">One of the random network.</param>
    public static double ComplexityRise(ReadOnlySpan<double> trained, ReadOnlySpan<double> random)
    {
        var before = HistogramEntropy(trained);
        return before > 0 ? (HistogramEntropy(random) - before) / before : double.NaN;
    }

    internal static double HistogramEntropy(ReadOnlySpan<double> map, int bins = 100)
    {
        var sizes = map.Absolute();
        var (low, high) = (System.Numerics.Tensors.TensorPrimitives.Min<double>(sizes),
            System.Numerics.Tensors.TensorPrimitives.Max<double>(sizes));
        if (!(high > low))
            return 0;
        var (counts, entropy) = (new int[bins], 0.0);
        foreach (var size in sizes)
        {
            var bin = Math.Min((int)((size - low) / (high - low) * bins), bins - 1);
            // Edges are those of an even division; a number on one belongs above it.
            if (bin > 0 && size < Edge(bin))
                bin--;
            else if (bin < bins - 1 && size >= Edge(bin + 1))
                bin++;
            counts[bin]++;
        }
        foreach (var count in counts)
            entropy -= count > 0 ? count / (double)sizes.Length * Math.Log(count / (double)sizes.Length) : 0;
        return entropy;

        double Edge(int bin) => low + bin * ((high - low) / bins);
    }

    internal static double[][] Maps(RowFunction function, ExplainedRows rows, int[] targets)
    {
        var said = function.Of(rows.Inputs, targets);
        return [.. Enumerable.Range(0, rows.Count).Select(row =>
        {
            var one = said.AsSpan(row * function.Results, function.Results);
            return function.Results == rows.Features ? rows.Map(one) : function.Results == rows.Positions ? one.ToArray()
                : throw new ArgumentException($"The method says {function.Results} numbers of a row of {rows.Features} features.");
        })];
    }

    private static List<WeightLayer> Chosen(IReadOnlyList<WeightLayer> layers, IReadOnlyList<string>? names)
    {
        if (names?.FirstOrDefault(n => layers.All(l => l.Name != n)) is { } unknown)
            throw new ArgumentException($"There is no layer '{unknown}' with weights; there are "
                + $"{string.Join(", ", layers.Select(l => $"'{l.Name}'"))}.", nameof(names));
        return [.. layers.Where(l => names is null || names.Contains(l.Name))];
    }
}
