using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>
/// An explanation compiled for columns: the graph, whose inputs and outputs bear the columns' names, and what these hold.
/// </summary>
internal sealed class ExplanationColumns : IExplanationColumns
{
    private ExplanationColumns(OnnxModel model, IReadOnlyList<InputColumn> inputs, IReadOnlyList<OutputColumn> outputs,
        IReadOnlyList<int> explained, long? classes, bool singleRows)
    {
        (Model, Inputs, Outputs, Explained, Classes, SingleRows) = (model, inputs, outputs, explained, classes, singleRows);
    }

    /// <summary>The graph.</summary>
    public OnnxModel Model { get; }

    /// <summary>The columns it reads.</summary>
    public IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>The columns it adds, in the order of the graph's outputs.</summary>
    public IReadOnlyList<OutputColumn> Outputs { get; }

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> FindInputs(DataViewSchema schema) => Inputs.Select(i => i.Find(schema));

    /// <summary>Which of the outputs are explanations or belong to them, not the network's own.</summary>
    public IReadOnlyList<int> Explained { get; }

    /// <summary>How many classes a label column may name; null where the network does not tell.</summary>
    public long? Classes { get; }

    /// <summary>Whether the network was exported for one row at a time.</summary>
    public bool SingleRows { get; }

    /// <summary>Compiles the explanation for data of a schema, whose column types settle what the model file leaves open.</summary>
    /// <param name="file">The model.</param>
    /// <param name="plan">Which columns are read and made.</param>
    /// <param name="options">The options.</param>
    /// <param name="schema">The data's columns.</param>
    /// <param name="method">The method, where only the network tells what is needed to choose it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or does not fit.</exception>
    public static ExplanationColumns Compile(
        OnnxModel file, ColumnPlan plan, ExplainOptions options, DataViewSchema schema, Func<Network, AttributionMethod>? method = null)
    {
        var columns = plan.Inputs.Select(i => (Input: i, Column: i.Find(schema))).ToList();
        var inputs = columns.Select(c => c.Input with { Row = c.Input.Settle(c.Column.Type) }).ToList();
        var network = Network.From(file, options.Network with
        {
            RowShapes =
                inputs.Where(i => i.NetworkInput is not null).ToDictionary(i => i.NetworkInput!, i => (IReadOnlyList<long>)i.Row.ToArray()),
        });
        var scalars = columns.Where(c => c.Column.Type is not VectorDataViewType && c.Input.NetworkInput is not null);
        network = ScalarInputs.AsRows(network, scalars.Select(c => c.Input.NetworkInput!).ToHashSet());
        if (method is not null)
            plan = plan.With(method(network));

        var graph = Explanation.Compile(
            network,
            new CompilationOptions
            {
                InputNames = inputs.Where(i => i.NetworkInput is not null).ToDictionary(i => i.NetworkInput!, i => i.Name),
                PassThrough = options.OutputColumns,
            },
            [.. plan.Asks.Select(p => p.Ask with { Of = p.Inputs ?? p.Ask.Of, Output = p.Output.Name })]);
        // Only the network tells how many weights there are.
        foreach (var (input, column) in columns)
            if (input.NetworkInput is null && graph.Model.Inputs.FirstOrDefault(i => i.Name == input.Name) is { Shape: { } shape })
                (input with { Row = new Shape(shape.Skip(1)) }).Settle(column.Type);

        var singleRows = network.Inputs.Any(i => i.Shape![0].IsKnown);
        var outputs = graph.Ports.Select(port =>
        {
            var planned = plan.Asks.FirstOrDefault(p => p.Ask.Name == port.Ask);
            var explained = port.Kind != PortKind.Attribution || planned?.Inputs is not { } names ? null
                : inputs.FirstOrDefault(i => i.NetworkInput == (names.Count > 1 ? port.Of : names[0]));
            var slots = explained is null ? default((InputColumn, Reading)?) : (explained, planned!.Ask.Method);
            return OutputOf(graph.Model.Outputs[port.Index], plan.Outputs[port.Index].Type, singleRows, slots);
        }).ToList();
        var labelled = plan.Asks.FirstOrDefault(p => p.Ask.Target.LabelInput is not null)?.Output ?? plan.Asks[0].Output;
        var classes = plan.Asks.Any(p => p.Ask.Target.LabelInput is not null) ? network.ClassesOf(labelled.Name) : null;
        int[] explanations = [.. graph.Ports.Where(p => p.Kind != PortKind.Output).Select(p => p.Index)];
        return new ExplanationColumns(graph.Model, inputs, outputs, explanations, classes, singleRows);
    }

    /// <summary>A graph that was made for columns, of any number of rows.</summary>
    /// <param name="model">The graph: its inputs are the columns' and its outputs.</param>
    /// <param name="inputs">The columns it reads.</param>
    /// <param name="outputs">The columns it adds.</param>
    public static ExplanationColumns Of(OnnxModel model, IReadOnlyList<InputColumn> inputs, IReadOnlyList<OutputColumn> outputs) =>
        new(model, inputs, outputs, [.. Enumerable.Range(0, outputs.Count)], null, singleRows: false);

    private static OutputColumn OutputOf(
        TensorInfo output, ElementType planned, bool singleRows, (InputColumn Explained, Reading Method)? slots)
    {
        if (output.Type != planned)
            throw new NotSupportedException($"'{output.Name}' holds elements of type {output.Type}; a column of {planned}, the type of "
                + "the scores, was promised before there was data. Explain an input, or a layer of that type.");
        var shape = output.Shape;
        if (shape is null or { Rank: 0 } || shape.Skip(1).Any(d => !d.IsKnown)
            || (shape[0].IsKnown ? shape[0].Value != 1 || !singleRows : shape[0].Factor != 1))
            throw new NotSupportedException($"'{output.Name}' has the shape {(shape is null ? "unknown" : shape)}; a column needs one "
                + "row of known extents for every row of the data: [N, …].");
        var type = ColumnTypes.RowOf(output.Type, shape.Skip(1));
        return new OutputColumn(output.Name, type, slots is var (explained, method) ? ExplainedSlots.Of(explained, type, method) : null);
    }
}
