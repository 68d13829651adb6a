using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>An ONNX network: its values are a graph from the start.</summary>
internal sealed class NetworkSource : ShapSource
{
    private readonly string _modelFile;
    private readonly OnnxModel _model;
    private readonly AttributionOptions _attribution;
    private readonly ColumnPlan _plan;

    public NetworkSource(string modelFile, OnnxModel model, string outputColumnName, string inputColumnName, ShapOptions options)
    {
        (_modelFile, _model) = (modelFile, model);
        if (options.InteractionsColumnName is not null)
            throw new ArgumentException("Only path-dependent values of trees have interactions: leave their column out.", nameof(options));
        if (options.Output == TreeShapOutput.Prediction)
            throw new ArgumentException($"Of networks the raw score is shared out. Leave {nameof(ShapOptions.Output)} at RawScore, or "
                + "take Attribution with NetworkOptions.KeepFinalActivation.", nameof(options));
        _attribution = new AttributionOptions
        {
            Target = options.Target ?? Target.ArgMax,
            TargetColumnName = options.TargetColumnName,
            ScoreColumnName = options.ScoreColumnName,
            BaseValueColumnName = options.BaseValueColumnName,
            ExplainedOutput = options.ExplainedColumnName,
            Runtime = options.Runtime,
            Cancellation = options.Cancellation,
        };
        _plan = ColumnPlan.Make(model, outputColumnName, inputColumnName, _attribution);
    }

    public override void Check(SchemaShape schema)
    {
        foreach (var input in _plan.Inputs)
            input.Check(schema);
    }

    public override FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options)
    {
        var explained = _plan.Inputs.First(i => i.NetworkInput == _plan.Asks[0].Inputs![0]);
        var row = explained.Settle(explained.Find(data.Schema).Type);
        var players = options.Players(checked((int)row.Size.Value));
        var method = options.Choice.ForNetwork(players, Background(options.Background ?? data, explained, row, options));
        if (players.Of is not null)
            method = new Named(method, players.Names);
        try
        {
            var columns = ExplanationColumns.Compile(
                _model, _plan, _attribution, data.Schema, network => Wrapped(method, network, options));
            return new NetworkShap(
                new FittedExplanation(catalog, _attribution, columns, ((IExplanationColumns)columns).SlotNamesIn(data.Schema)));
        }
        catch (InvalidModelException e)
        {
            throw new InvalidModelException($"The model file '{_modelFile}' cannot be used. {e.Message}", e);
        }
    }

    // Token numbers have embeddings for features, of which data knows nothing.
    private static Baseline Background(IDataView data, InputColumn explained, Shape row, ShapOptions options)
    {
        if (!explained.Type.IsFloating())
            return options.Background is null ? Baseline.Zero
                : throw new ArgumentException($"The input '{explained.NetworkInput}' holds token numbers; their embeddings are "
                    + "explained, against zeros. Leave the background out.", nameof(options));
        if (explained.Type != ElementType.Float)
            throw new ArgumentException($"The input '{explained.NetworkInput}' holds {explained.Type}; backgrounds are read of columns "
                + "of single precision.", nameof(options));
        explained.Find(data.Schema);
        var rows = FeatureVectors.Sample(data, explained.Name, options.BackgroundRows);
        return rows.Length > 0 ? Baseline.Given(Tensor.From(rows, [rows.Length / row.Size.Value, .. row.Select(d => d.Value)]))
            : throw new ArgumentException("There is no background row: the data given for it is empty.", nameof(options));
    }

    // Every class where no target is given, and of each no more than was asked for.
    private AttributionMethod Wrapped(AttributionMethod method, Network network, ShapOptions options)
    {
        if (options.Target is null && network.ClassesOf(_plan.Asks[0].Output.Name) is not 1 and var classes)
            method = new PerClass(method, classes is { } known ? [.. Enumerable.Range(0, checked((int)known)).Select(c => $"{c}")] : null);
        return options.Kept is { } kept ? new Strongest(method, kept.Positive, kept.Negative, kept.Normalize) : method;
    }

    // Groups bear the names that the user gave them.
    private sealed record Named(AttributionMethod Method, Func<IReadOnlyList<string>, IReadOnlyList<string>> Rename) : AttributionMethod
    {
        public override Value Attribute(Question question) => Method.Attribute(question);

        public override Value Score(Question question) => Method.Score(question);

        public override Value? Total(Question question) => Method.Total(question);

        public override IReadOnlyList<string> Names(IReadOnlyList<string> items) => Rename(items);
    }
}

/// <summary>SHAP values that ONNX Runtime computes.</summary>
internal sealed class NetworkShap(FittedExplanation fitted) : FittedShap
{
    private readonly Scoring.SharedSession _session = new(fitted.Columns.Model, fitted.Options.Runtime);

    public override IExplanationColumns Columns => fitted.Columns;

    public override string Description => $"{fitted.Columns.Model.Metadata.GetValueOrDefault("method") ?? "SHAP"} of a network; shares in "
        + "the raw score";

    public override Scoring.RowScorer Scorer(int? rows) =>
        new Scoring.GraphScorer(fitted.Columns, _session, rows ?? fitted.Options.Runtime.BatchSize,
            MlHost.Of(fitted.Catalog), fitted.Options.Cancellation);

    public override OnnxModel Graph() => fitted.Columns.Model.WithSlotNames(fitted.SlotNames);

    public override void Save(ModelSaveContext context) =>
        Saving.OnnxTransformerForm.Save(fitted.Catalog, Graph(), fitted.Columns.Inputs, fitted.Columns.Outputs, context);

    public override void Release() => _session.Dispose();
}
