using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// What a layer sees at each of its positions in one image: an icon for each, that excites the direction of the activations there (Olah,
/// Satyanarayan, Johnson, Carter, Schubert, Ye, Mordvintsev 2018, doi 10.23915/distill.00010). Its size may tell how much there is, or how
/// much it speaks for a class.
/// </summary>
public sealed class ActivationGrid
{
    private const int MostIcons = 4096;

    private ActivationGrid(string layer, int rows, int columns, Tensor vectors, Tensor icons, double[] attribution) =>
        (Layer, Rows, Columns, Vectors, Icons, Attribution) = (layer, rows, columns, vectors, icons, attribution);

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>How many positions stand one below the other.</summary>
    public int Rows { get; }

    /// <summary>How many stand side by side.</summary>
    public int Columns { get; }

    /// <summary>The activations at each position, row by row: [positions, channels].</summary>
    public Tensor Vectors { get; }

    /// <summary>An icon for each position: [positions, …].</summary>
    public Tensor Icons { get; }

    /// <summary>How much each position speaks for the target: activations times the score's gradient, summed over channels.</summary>
    public IReadOnlyList<double> Attribution { get; }

    /// <summary>How much there is at each position: the length of its vector.</summary>
    public IReadOnlyList<double> Magnitudes
    {
        get
        {
            var (values, width) = (Vectors.ToDouble(), (int)Vectors.Dimensions[1]);
            return [.. Enumerable.Range(0, Rows * Columns).Select(i =>
                System.Numerics.Tensors.TensorPrimitives.Norm<double>(values.AsSpan(i * width, width)))];
        }
    }

    /// <summary>Finds the icons of an image.</summary>
    /// <param name="network">The network, of one input.</param>
    /// <param name="layer">The layer, shape [N, channels, height, width] or [N, channels, length].</param>
    /// <param name="image">The image as the network takes it: [1, …].</param>
    /// <param name="target">The score that positions speak for; null for the highest class.</param>
    /// <param name="options">How icons are found.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="progress">Is told which share of the icons is found.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">The layer makes no such maps, or too many positions.</exception>
    public static ActivationGrid Of(Network network, string layer, Tensor image, Target? target = null, IconOptions? options = null,
        RuntimeOptions? runtime = null, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(image);
        if (network.Inputs is not [{ } input])
            throw new ArgumentException($"One input was expected; the network has {network.Inputs.Count}. Make others constant.");
        var graph = new Graph(network.Opset);
        var inputs = new Dictionary<string, Value> { [input.Name] = input.AsInput(graph) };
        var trace = network.Trace(graph, inputs);
        var site = new ObjectiveSite(trace, inputs[input.Name], inputs[input.Name],
            (_, _, _) => throw new InvalidOperationException(), () => throw new InvalidOperationException());
        var question = Question.Start(new Question.Setting(network, inputs, network.DefaultOutput, target ?? Target.ArgMax, [input.Name],
            CompilationOptions.DefaultPortion), trace, null);
        var own = trace.Layer(layer);
        var maps = site.Layer(layer);
        if (maps.Rank is not (3 or 4))
            throw new ArgumentException($"The layer '{layer}' makes {maps}; maps [N, channels, height, width] or curves were expected.");
        var gradient = Gradient.Of(question.Score, own);
        var channels = own.Shape.Equals(maps.Shape) ? 1 : own.Rank - 1;
        var speaks = (own * gradient).ReduceSum([channels], keepDimensions: false);
        var (rows, columns) = (maps.Rank == 4 ? (int)maps.Shape[2].Value : 1, (int)maps.Shape[^1].Value);
        if (rows * columns > MostIcons)
            throw new ArgumentException(
                $"'{layer}' has {rows} × {columns} positions; up to {MostIcons} were expected. Take a later layer.");
        using var session = new ModelSession(graph.ToModel([("vectors", site.Maps(layer).TransposeMatrix()), ("speaks", speaks)]), runtime);
        var found = session.Run(new Dictionary<string, Tensor> { [input.Name] = image }, cancellation);
        if (image.Dimensions[0] != 1)
            throw new ArgumentException($"One image was expected; {image.Shape} was given.", nameof(image));
        var vectors = Tensor.FromDoubles(ElementType.Double, found["vectors"].ToDouble(), rows * columns, maps.Shape[1].Value);
        var icons = (options ?? new IconOptions()).Find(network, layer, vectors, runtime, progress, cancellation);
        return new ActivationGrid(layer, rows, columns, vectors, icons, found["speaks"].ToDouble());
    }
}
