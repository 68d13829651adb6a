using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Differentiation;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>What is differentiated for TCAV.</summary>
public enum ConceptFunction
{
    /// <summary>The score of the target: a derivative above zero speaks for it.</summary>
    Score,

    /// <summary>The cross-entropy of the target's class, as in the authors' code: a derivative below zero speaks for it.</summary>
    Loss,
}

/// <summary>What a layer makes of some rows, or a function's gradient by the layer, in memory.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Shape">The extents of a row; of pooled activations the channels alone.</param>
/// <param name="Values">One row after the other.</param>
/// <param name="IsPooled">Whether maps were averaged over their positions (gradients: summed, so that derivatives are the same).</param>
public sealed record LayerActivations(string Layer, IReadOnlyList<long> Shape, double[] Values, bool IsPooled = false)
{
    /// <summary>The numbers in a row.</summary>
    public int Width { get; } = checked((int)Shape.Aggregate(1L, (size, extent) => size * extent));

    /// <summary>How many rows there are.</summary>
    public int Rows => Values.Length / Width;

    /// <summary>The mean over rows of each number.</summary>
    public double[] Means => Numerics.Matrices.Means(Values, Width);

    /// <summary>A row.</summary>
    public ReadOnlySpan<double> Row(int row) => Values.AsSpan(row * Width, Width);

    /// <summary>Takes what layers make of rows.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first; their tensors are those of the network's inputs, by name or in order.</param>
    /// <param name="layers">The layers, or tensors inside the network, shape [N, …].</param>
    /// <param name="pooled">Whether maps are averaged over their positions.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the first.</param>
    /// <param name="shard">Which rows; null for all.</param>
    /// <returns>One for each layer.</returns>
    /// <exception cref="ArgumentException">A layer is unknown, or has no rows of known extents.</exception>
    public static IReadOnlyList<LayerActivations> Take(Network network, RowSource rows, IReadOnlyList<string> layers, bool pooled = false,
        RuntimeOptions? runtime = null, Func<TensorInfo, InputRows>? feed = null, Shard? shard = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(layers);
        var question = RowRun.Ask(network, Target.ArgMax, needsScore: false);
        var values = layers.Select(l => Pooled(network, l, RowRun.Checked(network, question.Trace, l), pooled, true)).ToList();
        return Run(network, rows, layers, values, question.Graph, pooled, runtime, feed, null, shard);
    }

    /// <summary>Takes the gradients of a function of rows by layers.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">The rows, before the first.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="target">What is explained.</param>
    /// <param name="function">What is differentiated.</param>
    /// <param name="pooled">Whether gradients are summed over positions: for concept vectors of pooled activations.</param>
    /// <param name="runtime">Where to run.</param>
    /// <param name="feed">Where the numbers of an input come from; null for the tensor of its name, or the first.</param>
    /// <returns>One for each layer.</returns>
    /// <exception cref="ArgumentException">A layer is unknown, or has no rows of known extents.</exception>
    /// <exception cref="UnsupportedOperatorException">A gradient would have to pass an operator without a rule.</exception>
    public static IReadOnlyList<LayerActivations> TakeGradients(Network network, RowSource rows, IReadOnlyList<string> layers,
        Target target, ConceptFunction function = ConceptFunction.Score, bool pooled = false, RuntimeOptions? runtime = null,
        Func<TensorInfo, InputRows>? feed = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(target);
        var question = RowRun.Ask(network, target);
        var values = layers.Select(l => RowRun.Checked(network, question.Trace, l)).ToList();
        var gradients = Gradient.Of(function.Of(question), values);
        List<Value> given = [.. layers.Zip(gradients, (l, g) => Pooled(network, l, g, pooled, false))];
        return Run(network, rows, layers, given, question.Graph, pooled, runtime, feed, target);
    }

    private static LayerActivations[] Run(Network network, RowSource rows, IReadOnlyList<string> layers, IReadOnlyList<Value> values,
        Graph graph, bool pooled, RuntimeOptions? runtime, Func<TensorInfo, InputRows>? feed, Target? target,
        Shard? shard = null)
    {
        var taken = values.Select(_ => new List<double>()).ToArray();
        var widths = values.Select(v => v.Shape.Skip(1).Aggregate(1L, (size, d) => size * d.Value)).ToArray();
        if (shard?.End is null && rows.Count is { } count && widths.Any(w => w * count > Array.MaxLength))
            throw new ArgumentException($"'{rows.Name}' has {count} rows, of which a layer makes {widths.Max()} numbers each; that is too "
                + "much for memory. Take fewer rows, a smaller layer, or pool it.", nameof(rows));
        var model = graph.ToModel(values.Select((v, i) => ($"values {i}", v.Readable())), keepAllInputs: true);
        RowRun.Each(network, model, rows, target, runtime, feed, (_, number, ports) =>
        {
            for (var i = 0; i < taken.Length; i++)
                RowRun.AppendTo(taken[i], ports[i], number);
        }, shard);
        return [.. layers.Select((l, i) => new LayerActivations(l, [.. values[i].Shape.Skip(1).Select(d => d.Value)],
            [.. CollectionsMarshal.AsSpan(taken[i])], pooled && network.Definition(network.TensorOf(l)).Rank > 2))];
    }

    private static Value Pooled(Network network, string layer, Value value, bool pooled, bool mean)
    {
        if (!pooled || value.Rank < 3)
            return value;
        var channels = Axes.Channels(network.Definition(network.TensorOf(layer)));
        long[] space = [.. Enumerable.Range(1, value.Rank - 1).Where(axis => axis != channels).Select(axis => (long)axis)];
        return mean ? value.ReduceMean(space, keepDimensions: false) : value.ReduceSum(space, keepDimensions: false);
    }
}
