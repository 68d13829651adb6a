using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Columns;

/// <summary>An explanation compiled for columns: the graph, whose inputs and outputs bear the columns' names, and what these hold.</summary>
internal sealed class ExplanationColumns : IExplanationColumns
{
    private ExplanationColumns(OnnxModel model, IReadOnlyList<InputColumn> inputs, IReadOnlyList<OutputColumn> outputs, long? classes, bool singleRows)
    {
        (Model, Inputs, Outputs, Classes, SingleRows) = (model, inputs, outputs, classes, singleRows);
    }

    /// <summary>The graph.</summary>
    public OnnxModel Model { get; }

    /// <summary>The columns it reads.</summary>
    public IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>The columns it adds, in the order of the graph's outputs.</summary>
    public IReadOnlyList<OutputColumn> Outputs { get; }

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> FindInputs(DataViewSchema schema) => Inputs.Select(i => i.Find(schema));

    /// <summary>How many classes a label column may name; null where the network does not tell.</summary>
    public long? Classes { get; }

    /// <summary>Whether the network was exported for one row at a time.</summary>
    public bool SingleRows { get; }

    /// <summary>Compiles the explanation for data of a schema, whose column types settle what the model file leaves open.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or does not fit.</exception>
    public static ExplanationColumns Compile(OnnxModel file, ColumnPlan plan, AttributionMethod method, AttributionOptions options, DataViewSchema schema)
    {
        var columns = plan.Inputs.Select(i => (Input: i, Column: i.Find(schema))).ToList();
        var inputs = columns.Select(c => c.Input with { Row = c.Input.Settle(c.Column.Type) }).ToList();
        var network = Network.From(file, options.Network with
        {
            RowShapes = inputs.Where(i => i.NetworkInput is not null).ToDictionary(i => i.NetworkInput!, i => (IReadOnlyList<long>)i.Row.ToArray()),
        });
        var scalars = columns.Where(c => c.Column.Type is not VectorDataViewType && c.Input.NetworkInput is not null);
        network = ScalarInputs.AsRows(network, scalars.Select(c => c.Input.NetworkInput!).ToHashSet());

        var model = Explanation.Compile(network, method, options.Target, new ExplanationOptions
        {
            Inputs = plan.ExplainedInputs,
            Layer = options.Layer,
            Output = plan.ExplainedOutput,
            AttributionName = plan.AttributionName,
            TargetName = options.TargetColumnName,
            ScoreName = options.ScoreColumnName,
            BaseValueName = options.BaseValueColumnName,
            GapName = options.GapColumnName,
            InputNames = inputs.Where(i => i.NetworkInput is not null).ToDictionary(i => i.NetworkInput!, i => i.Name),
            PassThrough = options.OutputColumns,
        });

        var explained = (plan.ExplainedInputs ?? []).ToDictionary(plan.AttributionOf, input => inputs.First(i => i.NetworkInput == input));
        var singleRows = network.Inputs.Any(i => i.Shape![0].IsKnown);
        var outputs = model.Outputs.Zip(plan.Outputs, (o, planned) => OutputOf(o, planned.Type, singleRows, explained.GetValueOrDefault(o.Name), method)).ToList();
        var scores = network.Outputs.First(o => o.Name == plan.ExplainedOutput).Shape;
        var classes = scores is { Rank: 1 } ? 1 : scores is { Rank: > 1 } && scores[1].IsKnown ? scores[1].Value : (long?)null;
        return new ExplanationColumns(model, inputs, outputs, classes, singleRows);
    }

    private static OutputColumn OutputOf(TensorInfo output, ElementType planned, bool singleRows, InputColumn? explained, AttributionMethod method)
    {
        if (output.Type != planned)
            throw new NotSupportedException($"'{output.Name}' holds elements of type {output.Type}; a column of {planned}, the type of the scores, was promised before there was data. Explain an input, or a layer of that type.");
        var shape = output.Shape;
        if (shape is null or { Rank: 0 } || shape.Skip(1).Any(d => !d.IsKnown)
            || (shape[0].IsKnown ? shape[0].Value != 1 || !singleRows : shape[0].Factor != 1))
            throw new NotSupportedException($"'{output.Name}' has the shape {(shape is null ? "unknown" : shape)}; a column needs one row of known extents for every row of the data: [N, …].");
        var type = ColumnTypes.RowOf(output.Type, shape.Skip(1));
        return new OutputColumn(output.Name, type, explained is null ? null : ExplainedSlots.Of(explained, type, method));
    }
}
