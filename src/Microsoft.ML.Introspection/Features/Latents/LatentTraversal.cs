using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// What a decoder makes of a code of which one number varies while the others stay: what that latent stands for. The decoder is a network
/// of its own, or what of a network lies behind a layer.
/// </summary>
public sealed class LatentTraversal
{
    private const int RowsAtOnce = 64;

    private LatentTraversal(IReadOnlyList<int> units, double[] values, Tensor made) => (Units, Values, Made) = (units, values, made);

    /// <summary>The latents that were varied.</summary>
    public IReadOnlyList<int> Units { get; }

    /// <summary>The numbers that each took, latents × steps.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>What came of it, shape [latents, steps, …].</summary>
    public Tensor Made { get; }

    /// <summary>How many values each took.</summary>
    public int Steps => (int)Made.Dimensions[1];

    /// <summary>How many numbers a code has that a layer makes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer, shape [N, …].</param>
    public static int WidthOf(Network network, string layer)
    {
        ArgumentNullException.ThrowIfNull(network);
        var graph = new Graph(network.Opset);
        var seen = RowRun.Checked(network, network.Trace(graph, network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph))), layer);
        return (int)Sizes.Count([.. seen.Shape.Skip(1).Select(d => d.Value)]);
    }

    /// <summary>The same with rows of other extents: pictures where a decoder gives flat rows.</summary>
    /// <param name="row">The extents of a row.</param>
    /// <exception cref="ArgumentException">They hold another number of elements.</exception>
    public LatentTraversal Shaped(params IReadOnlyList<long> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        long[] extents = [Units.Count, Steps, .. row];
        return row.All(e => e > 0) && row.Aggregate((Int128)1, (p, e) => p * e) * Units.Count * Steps == Made.Count
            ? new LatentTraversal(Units, [.. Values], Tensor.FromDoubles(Made.Type, Made.ToDouble(), extents))
            : throw new ArgumentException($"Rows of [{string.Join(", ", Made.Dimensions[2..].ToArray())}] do not have the extents "
                + $"[{string.Join(", ", row)}].", nameof(row));
    }

    /// <summary>Traverses the codes of a decoder.</summary>
    /// <param name="decoder">The decoder: one input of floating-point numbers, shape [N, …], of known extents.</param>
    /// <param name="options">Which latents, and how far.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">It takes something else, or there is no such latent.</exception>
    public static LatentTraversal Of(Network decoder, TraversalOptions? options = null, RuntimeOptions? runtime = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        options ??= new TraversalOptions();
        if (decoder.Inputs is not [{ Shape: { Rank: > 1 } shape } input] || !input.Type.IsFloating() || shape.Skip(1).Any(d => !d.IsKnown))
            throw new ArgumentException($"A decoder takes one input of floating-point numbers, [N, …], of known extents; this takes "
                + $"{string.Join(", ", decoder.Inputs)}. Name the layer of the codes where it is the last part of a network.",
                nameof(decoder));
        var graph = new Graph(decoder.Opset);
        var codes = input.AsInput(graph);
        var made = decoder.Trace(graph, new Dictionary<string, Value> { [input.Name] = codes })
            .FileOutput(options.Output ?? decoder.DefaultOutput);
        return Run(graph, codes, made, options, runtime, cancellation);
    }

    /// <summary>Traverses what a layer makes, as if what lies behind it were a network of its own.</summary>
    /// <param name="network">The network, an autoencoder say.</param>
    /// <param name="layer">The layer of the codes, shape [N, …].</param>
    /// <param name="options">Which latents, and how far.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">The output depends on more than the layer, or there is no such latent.</exception>
    public static LatentTraversal Behind(Network network, string layer, TraversalOptions? options = null, RuntimeOptions? runtime = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new TraversalOptions();
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var seen = RowRun.Checked(network, network.Trace(graph, inputs), layer);
        var name = inputs.ContainsKey("codes") ? "codes of the layer" : "codes";
        var codes = graph.Input(name, seen.Type, seen.Shape);
        var made = network.Trace(graph, inputs, new Dictionary<string, Value> { [network.TensorOf(layer)] = codes })
            .FileOutput(options.Output ?? network.DefaultOutput);
        if (!made.DependsOn(codes))
            throw new ArgumentException($"What the network makes does not depend on '{layer}'. Name a layer before the output.",
                nameof(layer));
        if (inputs.Values.FirstOrDefault(made.DependsOn) is { } other)
            throw new ArgumentException($"What the network makes depends on '{other.Name}' by other ways than '{layer}', so that the layer "
                + "alone decodes nothing. Name the layer that all goes through.", nameof(layer));
        return Run(graph, codes, made, options, runtime, cancellation);
    }

    private static LatentTraversal Run(
        Graph graph, Value codes, Value made, TraversalOptions options, RuntimeOptions? runtime, CancellationToken cancellation)
    {
        var width = (int)Sizes.Count([.. codes.Shape.Skip(1).Select(d => d.Value)]);
        var through = options.Through ?? new double[width];
        if (through.Count != width)
            throw new ArgumentException($"The code has {through.Count} numbers; the decoder takes {width}.", nameof(options));
        int[] units = [.. options.Units ?? Enumerable.Range(0, width)];
        if (units.FirstOrDefault(u => u >= width, -1) is >= 0 and var none)
            throw new ArgumentException($"There are {width} latents, 0 to {width - 1}; {none} was asked for.", nameof(options));
        if (made.ShapeOrNull is not { Rank: > 0 } shape || shape.Skip(1).Any(d => !d.IsKnown))
            throw new ArgumentException($"The decoder makes {made}; rows of known extents were expected.");
        long[] row = [.. shape.Skip(1).Select(d => d.Value)];
        var (steps, count) = (options.Steps, units.Length * options.Steps);
        var numbers = new double[Sizes.Bytes((long)count * Sizes.Count(row), sizeof(double)) / sizeof(double)];
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = (options.IsRelative ? through[units[i / steps]] : 0)
                + options.Range.From + (options.Range.To - options.Range.From) * (i % steps) / (steps - 1);
        var model = graph.ToModel([("made", made.Readable())]);
        runtime ??= new RuntimeOptions { BatchSize = RowsAtOnce };
        using var session = new ModelSession(model, runtime);
        using var runner = new BatchRunner(session, model, runtime.BatchSize);
        var size = runner.OutputSize(0);
        for (var start = 0; start < count; start += runner.Capacity)
        {
            var some = Math.Min(runner.Capacity, count - start);
            for (var i = 0; i < some; i++)
            {
                double[] code = [.. through];
                code[units[(start + i) / steps]] = values[start + i];
                Numbers.Write(runner, codes.Type, i, code);
            }
            runner.Run(some, cancellation);
            for (var i = 0; i < some; i++)
                Numbers.Read(runner, model.Outputs[0].Type, i, numbers.AsSpan((start + i) * size, size));
        }
        var type = model.Outputs[0].Type == ElementType.Double ? ElementType.Double : ElementType.Float;
        return new LatentTraversal(units, values, Tensor.FromDoubles(type, numbers, [units.Length, steps, .. row]));
    }

    private static class Numbers
    {
        public static void Write(BatchRunner runner, ElementType type, int row, ReadOnlySpan<double> from)
        {
            if (type == ElementType.Double)
                from.CopyTo(runner.InputRow<double>(0, row));
            else if (type == ElementType.Float)
                System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(from, runner.InputRow<float>(0, row));
            else
                System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(from, runner.InputRow<Half>(0, row));
        }

        public static void Read(BatchRunner runner, ElementType type, int row, Span<double> to)
        {
            if (type == ElementType.Double)
                runner.OutputRow<double>(0, row).CopyTo(to);
            else if (type == ElementType.Float)
                System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(runner.OutputRow<float>(0, row), to);
            else
                System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(runner.OutputRow<Half>(0, row), to);
        }
    }
}
