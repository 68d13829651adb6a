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
/// A network with what statistics need of each row: the numbers of the layers, [N, units, positions] (a processor sums them up in one look,
/// where a graph would look once for each sum), if asked for the products of any two units, and the class.
/// </summary>
/// <param name="Model">The graph.</param>
/// <param name="Tensors">What is watched.</param>
internal sealed record StatisticsGraph(OnnxModel Model, IReadOnlyList<WatchedTensor> Tensors)
{
    /// <summary>The name of the class of each row.</summary>
    public const string ClassName = "class";

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
            var rows = ChannelsSecond(value, Axes.Channels(network.Definition(network.TensorOf(layer))));
            var (units, positions) = ((int)rows.Shape[1].Value, rows.Shape.Skip(2).Aggregate(1, (size, d) => checked(size * (int)d.Value)));
            var number = watched.Count;
            watched.Add(new WatchedTensor(layer, isGradient, units, positions));
            outputs.Add((NameOf(number, "numbers"), rows));
            if (!options.Correlations)
                return;
            rows = rows.Reshape(-1, units, positions);
            var away = rows - rows.MeanInOrder(2);
            outputs.Add((NameOf(number, "products"), away.MatMul(away.TransposeMatrix())));
        }
    }

    /// <summary>What lies between the bounds of a layer's numbers, if it only approaches them; null if not.</summary>
    public static (float Middle, float Half)? BoundsOf(Network network, string layer) =>
        network.Definition(network.TensorOf(layer)).Producer?.OperatorType switch
        {
            "Tanh" or "Softsign" => (0, 1),
            "Sigmoid" or "HardSigmoid" => (0.5f, 0.5f),
            _ => null,
        };

    // [N, …] → [N, units, …]: where the units stand there already, without a copy.
    private static Value ChannelsSecond(Value value, int channels)
    {
        value = value.Type == ElementType.Double ? value : value.Cast(ElementType.Float);
        return value.Rank == 1 ? value.Reshape(-1, 1) : channels == 1 ? value
            : value.Transpose([0, channels, .. Enumerable.Range(1, value.Rank - 1).Where(axis => axis != channels)]);
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
