using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Predictions;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Estimators.Shap;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Explains a fitted pipeline beside its predictions: raw columns, what the pipeline predicts, and SHAP values of the raw columns. Made by
/// <c>mlContext.Transforms</c>.
/// </summary>
public sealed class ExplainedPredictionsEstimator : IEstimator<ExplainedPredictions>
{
    private readonly TransformsCatalog _catalog;
    private readonly ITransformer _model;
    private readonly string _columnName;
    private readonly ShapOptions _options;

    internal ExplainedPredictionsEstimator(TransformsCatalog catalog, ITransformer model, string columnName, ShapOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrWhiteSpace(columnName);
        ArgumentNullException.ThrowIfNull(options);
        (_catalog, _model, _columnName) = (catalog, model, columnName);
        _options = options with { BaseValueColumnName = options.BaseValueColumnName ?? $"{columnName}Base" };
    }

    /// <summary>Prepares the explanation.</summary>
    /// <param name="input">
    /// Rows that stand for what is usual, with the columns that the pipeline reads: best what the model was trained on.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The pipeline does not map row by row, a column is missing, or an option does not apply to the model.
    /// </exception>
    public ExplainedPredictions Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!_model.IsRowToRowMapper)
            throw new ArgumentException("The pipeline has a step that does not map row by row (it filters, repeats or remembers rows), so "
                + "that its rows cannot be explained one by one. Leave that step out.");
        var options = _options;
        // Of several classes the one that a row got is what people ask for.
        var score = ScoreReader.Find(_model.GetOutputSchema(RawColumns.Of(_model, input.Schema,
            options.ExplainedColumnName ?? ScoreReader.Score).Fitted.Schema), options.ExplainedColumnName);
        if (options.Target is null && score.Type is VectorDataViewType { Size: > 1 })
            options = options with { Target = Target.ArgMax };
        if (options.Target is not null)
            options = options with { TargetColumnName = options.TargetColumnName ?? $"{_columnName}Class" };
        return new ExplainedPredictions(_model, Shap(options).Fit(input), _columnName, options);
    }

    /// <summary>The columns that come out, before there is data.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        Shap(_options).GetOutputSchema(inputSchema);

    private ShapEstimator Shap(ShapOptions options) => new(_catalog, _columnName, options, () => new PipelineSource(_model));
}

/// <summary>
/// A pipeline with its reasons: the fitted form of <see cref="ExplainedPredictionsEstimator"/>. The raw columns stay as they were, also
/// those that the pipeline overwrites; its other columns (Score, PredictedLabel, …) come behind them, with the SHAP values.
/// </summary>
/// <remarks>
/// Each row is checked when its values are read: base value and values must sum to what the model says. Saved, it becomes a chain of
/// ML.NET's own transformers, where the model is made of trees or linear; of black boxes there is no such chain, and saving says so.
/// </remarks>
public sealed class ExplainedPredictions : ITransformer, IDisposable
{
    private readonly string _columnName;
    private readonly ShapOptions _options;

    internal ExplainedPredictions(ITransformer model, ShapTransformer shap, string columnName, ShapOptions options) =>
        (Model, Shap, _columnName, _options) = (model, shap, columnName, options);

    /// <summary>The pipeline. It belongs to the caller.</summary>
    public ITransformer Model { get; }

    /// <summary>What explains it, by itself.</summary>
    public ShapTransformer Shap { get; }

    /// <summary>The column of SHAP values.</summary>
    internal string ColumnName => _columnName;

    /// <summary>The column of base values.</summary>
    internal string BaseValueColumnName => _options.BaseValueColumnName!;

    /// <summary>The column of the explained class; null where none is chosen.</summary>
    internal string? ClassColumnName => _options.TargetColumnName;

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Mapper(inputSchema).OutputSchema;

    /// <summary>The data with predictions and reasons, computed as they are read.</summary>
    /// <param name="input">The data: the columns that the pipeline reads.</param>
    /// <exception cref="ArgumentException">A column is missing, does not fit, or has been overwritten.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var explained = Shap.Transform(input);
        return new PredictedView(Mapper(input.Schema, explained.Schema), explained);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Mapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => Shap.SaveWhole(ctx);

    /// <summary>Frees what is held of the explanation; the pipeline stays as it is.</summary>
    public void Dispose() => Shap.Dispose();

    private PredictedRows Mapper(DataViewSchema input, DataViewSchema? explained = null)
    {
        var shap = ((ITransformer)Shap).GetRowToRowMapper(input);
        return new PredictedRows(shap, Model, explained ?? shap.OutputSchema, Shap.Check, Shap.RawNames,
            _columnName, _options.BaseValueColumnName!, _options.TargetColumnName);
    }
}
