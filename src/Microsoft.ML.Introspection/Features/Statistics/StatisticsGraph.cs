using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Features;

/// <summary>A tensor of a network that statistics are taken of.</summary>
/// <param name="Layer">The layer that makes it.</param>
/// <param name="IsGradient">Whether it is the target's gradient by it.</param>
/// <param name="Units">How many units or channels a row has.</param>
/// <param name="Positions">How many positions each has.</param>
internal sealed record WatchedTensor(string Layer, bool IsGradient, int Units, int Positions);

/// <summary>
/// A network with what statistics need of each row: per unit the moments over positions, [N, units, 6], some of its numbers for quantiles,
/// [N, units, positions], if asked for the products of any two units, and the class.
/// </summary>
/// <param name="Model">The graph.</param>
/// <param name="Tensors">What is watched.</param>
internal sealed record StatisticsGraph(OnnxModel Model, IReadOnlyList<WatchedTensor> Tensors)
{
    /// <summary>The name of the class of each row.</summary>
    public const string ClassName = "class";

    /// <summary>How many numbers describe a unit in a row.</summary>
    public const int Moments = 6;

    // The golden section spreads any number of places evenly, whatever the width of the maps.
    private const double Golden = 0.6180339887498949;

    private static readonly OperatorKind[] Telling =
        [
            OperatorKind.Convolution, OperatorKind.Function, OperatorKind.AveragePooling, OperatorKind.Maximum, OperatorKind.Normalization,
            OperatorKind.BatchNormalization, OperatorKind.LocalNormalization, OperatorKind.Attention, OperatorKind.Softmax,
        ];

    /// <summary>The name of an output.</summary>
    /// <param name="tensor">The tensor's number.</param>
    /// <param name="what">What of it.</param>
    public static string NameOf(int tensor, string what) => $"{what} {tensor}";

    /// <summary>Writes the graph.</summary>
    /// <exception cref="ArgumentException">A layer is unknown, or has no rows.</exception>
    public static StatisticsGraph Of(Network network, StatisticsOptions options)
    {
        var layers = options.Layers ?? NetworkStatistics.LayersOf(network);
        if (layers.Count == 0)
            throw new ArgumentException("The network has no layers to take statistics of; name some.");
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var given = options.Target.Given(network, options.Output) is { } wanted
            ? graph.Input(wanted.Name, wanted.Type, new Shape([inputs.Values.First().Shape[0], wanted.Extent])) : null;
        var trace = network.Trace(graph, inputs);
        var outputs = new List<(string, Value)>();
        Question? question = options.Gradients || options.ByClass
            ? Question.Start(new Question.Setting(network, inputs, options.Output, options.Target, [network.Inputs[0].Name],
                CompilationOptions.DefaultPortion), trace, given)
            : null;
        var watched = new List<WatchedTensor>();
        var values = layers.Select(l => Checked(network, trace, l)).ToList();
        foreach (var (layer, value) in layers.Zip(values))
            Watch(layer, value, isGradient: false);
        if (options.Gradients)
            foreach (var (layer, gradient) in layers.Zip(Gradient.Of(question!.Score, values)))
                Watch(layer, gradient, isGradient: true);
        if (options.ByClass)
            outputs.Add((ClassName, question!.Choice));
        return new StatisticsGraph(graph.ToModel(outputs, keepAllInputs: true), watched);

        void Watch(string layer, Value value, bool isGradient)
        {
            var rows = ByUnit(value, Axes.Channels(network.Definition(network.TensorOf(layer))));
            var (units, positions) = ((int)rows.Shape[1].Value, (int)rows.Shape[2].Value);
            var number = watched.Count;
            watched.Add(new WatchedTensor(layer, isGradient, units, positions));
            var mean = rows.MeanInOrder(2);
            var away = rows - mean;
            var saturated = isGradient ? null : Saturated(network.Definition(network.TensorOf(layer)).Producer!, rows);
            outputs.Add((NameOf(number, "moments"), Operators.Concat(2, mean, (away * away).SumInOrder(2), rows.ReduceMin([2]),
                rows.ReduceMax([2]), Shares(rows.EqualTo(rows.Like(0))), saturated is null ? mean * 0 : Shares(saturated))));
            outputs.Add((NameOf(number, "numbers"), Sampled(rows, positions, options.Positions).Cast(ElementType.Float)));
            if (options.Correlations)
                outputs.Add((NameOf(number, "products"), away.MatMul(away.TransposeMatrix())));

            Value Shares(Value truths) => truths.AsNumber(rows.Type).SumInOrder(2);
        }
    }

    /// <summary>Whether a layer can be saturated: its numbers lie between bounds that it only approaches.</summary>
    public static bool CanSaturate(Network network, string layer) =>
        network.Definition(network.TensorOf(layer)).Producer?.OperatorType is "Tanh" or "Softsign" or "Sigmoid" or "HardSigmoid";

    // Nearer to a bound than a hundredth of what lies between zero, or the other bound, and it.
    private static Value? Saturated(Node node, Value rows) => node.OperatorType switch
    {
        "Tanh" or "Softsign" => rows.Abs().Greater(0.99),
        "Sigmoid" or "HardSigmoid" => (rows - 0.5).Abs().Greater(0.49),
        _ => null,
    };

    private static Value Sampled(Value rows, int positions, int most) => positions <= most ? rows
        : rows.Gather(rows.Graph.Constant([.. Enumerable.Range(0, most).Select(i => (long)((i + 0.5) * Golden % 1 * positions))]), 2);

    // [N, …] → [N, units, positions]
    private static Value ByUnit(Value value, int channels)
    {
        value = value.Type == ElementType.Double ? value : value.Cast(ElementType.Float);
        if (value.Rank == 1)
            return value.Reshape(-1, 1, 1);
        if (channels != 1)
            value = value.Transpose([0, channels, .. Enumerable.Range(1, value.Rank - 1).Where(axis => axis != channels)]);
        return value.Reshape(-1, value.Shape[1].Value, value.Shape.Skip(2).Aggregate(1L, (size, d) => size * d.Value));
    }

    /// <summary>Whether a layer is one that people look at: it computes, and has rows.</summary>
    public static bool Tells(Network network, Layer layer)
    {
        if (!layer.Type.IsFloating() || !HasRows(network, layer.Shape) || layer.Shape!.Rank < 2
            || network.Definition(layer.Output).Producer is not { Facts: { } facts } node)
            return false;
        return Array.IndexOf(Telling, facts.Kind) >= 0 || FilterWeights.Find(network, layer) is not null
            || node.OperatorType is "Add" or "Sum" && node.Inputs.Count(i => i?.Constant is null) > 1;
    }

    internal static bool HasRows(Network network, Shape? shape) => shape is { Rank: > 0 } && shape.Skip(1).All(d => d.IsKnown && d != 0)
        && shape[0] == network.Inputs[0].Shape![0];

    private static Value Checked(Network network, NetworkTrace trace, string layer) =>
        trace.Layer(layer) is var value && value.Type.IsFloating() && HasRows(network, value.ShapeOrNull) ? value
            : throw new ArgumentException($"The layer '{layer}' makes {value}; statistics are of floating-point numbers of shape "
                + $"[{network.Inputs[0].Shape![0]}, …] of known extents.");
}
