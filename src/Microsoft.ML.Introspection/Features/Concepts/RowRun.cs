using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Features;

/// <summary>Graphs of a question that are run over rows, block by block.</summary>
internal static class RowRun
{
    /// <summary>A question in a graph of its own, by the network's first input.</summary>
    public static Question Ask(Network network, Target target, bool needsScore = true)
    {
        var graph = new Graph(network.Opset);
        var inputs = network.Inputs.ToDictionary(i => i.Name, i => i.AsInput(graph));
        var given = needsScore && target.Given(network, null) is { } wanted
            ? graph.Input(wanted.Name, wanted.Type, new Shape([inputs.Values.First().Shape[0], wanted.Extent])) : null;
        var setting = new Question.Setting(network, inputs, null, target, [network.Inputs[0].Name], CompilationOptions.DefaultPortion);
        return Question.Start(setting, network.Trace(graph, inputs), given);
    }

    /// <summary>What a layer makes, where that is rows of numbers.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static Value Checked(Network network, NetworkTrace trace, string layer) =>
        trace.Layer(layer) is { ShapeOrNull: { Rank: > 1 } shape } value && value.Type.IsFloating()
            && shape.Skip(1).All(d => d.IsKnown && d != 0) && shape[0] == network.Inputs[0].Shape![0] ? value
            : throw new ArgumentException($"The layer '{layer}' makes {trace.Layer(layer)}; floating-point numbers of shape "
                + $"[{network.Inputs[0].Shape![0]}, …] of known extents were expected. Name a layer before or behind it.");

    /// <summary>Runs a graph over rows.</summary>
    public static void Each(Network network, OnnxModel model, RowSource rows, Target? target, RuntimeOptions? runtime,
        Func<TensorInfo, InputRows>? feed, Action<long, int, IReadOnlyList<ResultPort>> take, Shard? shard = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var work = new GraphWork(
            model, runtime ?? new RuntimeOptions(), rows, feed ?? (input => NetworkStatistics.ByName(rows, input, target)));
        using var sink = new Sink((first, count) => take(first, count, work.Ports));
        new Job(rows, work, shard).Run(sink);
    }

    /// <summary>Appends the numbers of the first rows of a block.</summary>
    public static void AppendTo(List<double> numbers, ResultPort port, int rows)
    {
        for (var row = 0; row < rows; row++)
        {
            if (port.Type == ElementType.Double)
                numbers.AddRange(port.Row<double>(row));
            else if (port.Type == ElementType.Float)
                foreach (var number in port.Row<float>(row))
                    numbers.Add(number);
            else
                foreach (var number in port.Row<Half>(row))
                    numbers.Add((double)number);
        }
    }

    private sealed class Sink(Action<long, int> take) : MemorySink
    {
        public override void Append(long first, int rows, IReadOnlyList<string[]> carried) => take(first, rows);
    }
}
