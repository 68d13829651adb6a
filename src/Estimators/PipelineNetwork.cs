using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Networks;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// A fitted pipeline as one network: its steps and its model in the operators of ONNX, joined with the networks among the steps, so that
/// what explains networks explains the pipeline down to the columns that it reads. What cannot be written stays in front of the network:
/// it starts behind, and says so.
/// </summary>
/// <example>
/// <code>
/// var whole = new PipelineNetwork(model, data.Schema);         // pixels → ResNet-18 → normalisation → logistic regression
/// whole.Model.Save("whole.onnx");
/// var explained = mlContext.Transforms.Saliency("Why", "Pixels", "whole.onnx").Fit(whole.Prepare(data));
/// </code>
/// </example>
public sealed class PipelineNetwork
{
    private readonly Lazy<Network> _network;

    /// <summary>Writes a pipeline.</summary>
    /// <param name="pipeline">A fitted pipeline, as <c>Fit</c> or <c>Model.Load</c> gives it; or a step alone.</param>
    /// <param name="inputSchema">The columns of the data that it is for.</param>
    /// <param name="options">Where the network starts and ends; null for as early as can be, and the scores of the last model.</param>
    /// <exception cref="ArgumentException">
    /// The pipeline does not fit the columns (the error is ML.NET's own), or has no such column.
    /// </exception>
    /// <exception cref="NotSupportedException">The model cannot be written in operators; the message says what can be done.</exception>
    public PipelineNetwork(ITransformer pipeline, DataViewSchema inputSchema, PipelineNetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(inputSchema);
        options ??= new PipelineNetworkOptions();
        var steps = Steps(pipeline, options.FromRaw).ToList();
        var flow = ColumnFlow.Of(steps, inputSchema, options.StartAt.ToHashSet(), options.FromRaw);
        foreach (var start in options.StartAt)
            Known(flow, start);
        var outputs = options.OutputColumns is { } named ? [.. named.Select(n => Known(flow, n))] : Scores(flow, options.FromRaw);
        if (outputs.FirstOrDefault(o => !o.Plan.IsWritten) is { } opaque)
            throw new NotSupportedException($"The column '{opaque.Name}' cannot be a network's: {WhyNot(opaque)}. Explain the pipeline by "
                + "asking for scores (mlContext.Transforms.Explain, or Shap).");
        var cut = FlowCut.Of(outputs, flow.Made);
        Before = cut.Before.Count == 0 ? null : new TransformerChain<ITransformer>([.. cut.Before.Select(s => s.Transformer)]);
        Makers = cut.Inputs.Where(i => i.Maker is not null).ToDictionary(i => i.Name, i => i.Maker!.Transformer);
        Boundary = [.. cut.Inputs.Where(i => i.Maker is not null).Select(i => $"'{i.Name}' is made by {i.Maker!.Name} in front of the "
            + $"network{(i.Plan.IsWritten ? "" : $": {WhyNot(i)}")}.")];
        Model = GraphOf(cut, outputs, options.FromRaw);
        ClassNames = Models.ClassNames.Of(outputs[0].Column);
        _network = new Lazy<Network>(() => Network.From(Model, options.Network));
    }

    /// <summary>The network: its inputs and outputs are named like the columns.</summary>
    public OnnxModel Model { get; }

    /// <summary>The network, opened to be explained.</summary>
    /// <exception cref="InvalidModelException">It reads texts (<see cref="PipelineNetworkOptions.FromRaw"/>).</exception>
    public Network Network => _network.Value;

    /// <summary>What the classes of the first output are called; null where nobody says.</summary>
    public IReadOnlyList<string>? ClassNames { get; }

    /// <summary>The steps that ML.NET has to run in front of the network; null where there are none.</summary>
    public ITransformer? Before { get; }

    /// <summary>The steps that make what the network reads, by the column; columns of the data have none.</summary>
    public IReadOnlyDictionary<string, ITransformer> Makers { get; }

    /// <summary>
    /// Why the network starts where it does, a sentence for each column that it reads and that is no column of the data.
    /// </summary>
    public IReadOnlyList<string> Boundary { get; }

    /// <summary>Makes the columns that the network reads.</summary>
    /// <param name="data">Data with the columns that the pipeline reads.</param>
    public IDataView Prepare(IDataView data) => Before?.Transform(data) ?? data;

    // A file of its own reads what is in front of one-hot vectors, which are steps of several.
    private static IEnumerable<ITransformer> Steps(ITransformer pipeline, bool unwrapped) => ChainSteps.Of(pipeline).SelectMany(step =>
        unwrapped && step is OneHotEncodingTransformer or OneHotHashEncodingTransformer ? Steps(UnpublishedSteps.ChainOf(step), true)
            : [step]);

    private static FlowColumn Known(ColumnFlow flow, string name) => flow.Visible.GetValueOrDefault(name)
        ?? flow.Made.LastOrDefault(c => c.Name == name)
        ?? throw new ArgumentException($"The pipeline makes no column '{name}'; it makes {Listing.Of(flow.Visible.Keys)}.", "options");

    // Those of the last model, or of the last step.
    private static IReadOnlyList<FlowColumn> Scores(ColumnFlow flow, bool withLabels)
    {
        var model = flow.Made.LastOrDefault(c => c.Maker!.Transformer is IPredictionTransformer<object> { Model: not ICalibrator });
        var step = (model ?? flow.Made.LastOrDefault(StepSite.IsNumbers)
            ?? throw new ArgumentException("The pipeline makes no column of numbers.")).Maker;
        var scores = flow.Made.Where(c => c.Maker == step || c.Maker!.Number > step!.Number && IsCalibration(c.Maker))
            .Where(c => StepSite.IsNumbers(c) || withLabels && c.Plan.IsWritten).ToList();
        // The first is explained where none is named.
        return [.. scores.OrderBy(c => c.Name == "Score" ? 0 : StepSite.IsNumbers(c) ? 1 : 2)];

        static bool IsCalibration(FlowStep step) => step.Transformer is IPredictionTransformer<object> { Model: ICalibrator };
    }

    private static string WhyNot(FlowColumn column) => column.Maker is null ? "it is a column of the data"
        : column.Plan.WhyNot.Length > 0 ? column.Plan.WhyNot : $"{column.Maker.Name} makes it";

    private static OnnxModel GraphOf(FlowCut cut, IReadOnlyList<FlowColumn> outputs, bool fromRaw)
    {
        var graph = new Graph(cut.Written.Aggregate(Graph.MinimumOpset, (opset, c) => Math.Max(opset, c.Plan.Opset)));
        var rows = cut.Written.Any(c => c.Plan.FixesRows) ? 1 : Dimension.Symbol("batch");
        var values = new Dictionary<FlowColumn, PipelineValue>();
        foreach (var input in cut.Inputs)
            values[input] = new PipelineValue(graph.Input(input.Name, TypeOf(input, fromRaw),
                new Shape([rows, .. RowOf(input, cut)])));
        foreach (var column in cut.Written)
            values[column] = column.Plan.Write!([.. column.Inputs.Select(i => values[i])]);
        // A column that is overwritten is read and made; OnnxTransformer leaves out the ending.
        return graph.ToModel(outputs.Select(o =>
            (cut.Inputs.Any(i => i.Name == o.Name) ? o.Name + OnnxRule.Ending : o.Name, values[o].Flat)));
    }

    private static ElementType TypeOf(FlowColumn input, bool fromRaw) => ColumnTypes.ElementOf(input.Item)
        ?? (fromRaw && input.Item is TextDataViewType ? ElementType.String : throw new NotSupportedException(
            $"The column '{input.Name}' holds {input.Item}; a network reads numbers."));

    // As a network behind wants it; else as the column says.
    private static IEnumerable<Dimension> RowOf(FlowColumn input, FlowCut cut)
    {
        foreach (var reader in cut.Written.Where(c => c.Inputs.Contains(input)))
            if ((reader.Plan.IsCopy ? new Shape(RowOf(reader, cut)) : reader.Plan.RowOf(reader.Inputs.ToList().IndexOf(input))) is { } row)
                return row;
        return input.Size is not { } size
            ? throw new NotSupportedException($"How many items the column '{input.Name}' has varies from row to row; a network reads as "
                + "many for each.")
            : input.Column.Type is VectorDataViewType { Dimensions.Length: > 1 } vector ? vector.Dimensions.Select(d => (Dimension)d)
            : [size];
    }
}
