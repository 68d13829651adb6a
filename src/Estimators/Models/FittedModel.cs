using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// A fitted ML.NET pipeline, or a prediction transformer by itself, opened for explanation: what model it asks, which column is its
/// feature vector and what the slots are called, and the model's trees or weights where it has any.
/// </summary>
/// <example>
/// <code>
/// var model = FittedModel.Load(mlContext, "model.zip");
/// if (model.Form is TreeForm { Ensemble: var trees })
/// {
///     var rows = model.ReadFeatures(data);               // [N, features]
///     var shap = new TreeShap(trees.WithCover(rows));
/// }
/// else
/// {
///     var scorer = new PipelineScorer(model.Pipeline, model.InputSchema);   // a black box over the raw columns
/// }
/// </code>
/// </example>
public sealed class FittedModel
{
    private readonly PipelineSteps _steps;
    private readonly ISingleFeaturePredictionTransformer<object>? _predictor;
    private readonly DataViewSchema.Column? _features;
    private readonly Lazy<ModelForm> _form;

    /// <summary>Opens a pipeline.</summary>
    /// <param name="pipeline">A fitted pipeline, as <c>Fit</c> or <c>Model.Load</c> gives it; or a prediction transformer alone.</param>
    /// <param name="inputSchema">The columns of the data that it is for.</param>
    /// <exception cref="ArgumentException">The pipeline does not fit the columns (the error is ML.NET's own).</exception>
    public FittedModel(ITransformer pipeline, DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(inputSchema);
        (Pipeline, InputSchema) = (pipeline, inputSchema);
        _steps = PipelineSteps.Of(pipeline);
        _predictor = _steps.Predictor as ISingleFeaturePredictionTransformer<object>;
        var schema = _steps.Before.Aggregate(inputSchema, (s, t) => t.GetOutputSchema(s));
        FeatureColumnName = _predictor?.FeatureColumnName;
        _features = FeatureColumnName is null ? null : schema.GetColumnOrNull(FeatureColumnName);
        if (_features is { Type: VectorDataViewType { IsKnownSize: true } vector } column)
            (FeatureNames, Blocks) = (NamesOf(column, vector.Size), DeclaredBlocks.Of(column));
        OutputNames = _predictor is null ? null
            : ClassNames.Of(_predictor.GetOutputSchema(schema).GetColumnOrNull(Pipelines.ScoreReader.Score));
        _form = new Lazy<ModelForm>(() => Read(null));
    }

    /// <summary>The pipeline.</summary>
    public ITransformer Pipeline { get; }

    /// <summary>The columns of the data that the pipeline is for.</summary>
    public DataViewSchema InputSchema { get; }

    /// <summary>
    /// The prediction transformer alone, for data that <see cref="Prepare"/> has prepared; null where the pipeline holds none. As a black
    /// box over its feature column, with every slot a feature, it is <c>new PipelineScorer(model.Predictor,
    /// model.Prepare(data).Schema)</c>.
    /// </summary>
    public ITransformer? Predictor => _steps.Predictor;

    /// <summary>What the model is called by its type.</summary>
    internal string ModelName => _steps.Predictor!.Model.GetType().Name.Split('`')[0];

    /// <summary>What prepares the model's feature column.</summary>
    internal IReadOnlyList<ITransformer> Steps => _steps.Before;

    /// <summary>What comes behind the model.</summary>
    internal IReadOnlyList<ITransformer> StepsAfter => _steps.After;

    /// <summary>The length of the feature vector; null where there is no feature column of known size.</summary>
    internal int? FeatureCount => (_features?.Type as VectorDataViewType)?.Size is > 0 and var size ? size : null;

    /// <summary>The model's feature column; null where it has none or several.</summary>
    public string? FeatureColumnName { get; }

    /// <summary>The names of the feature column's slots; null where it names none.</summary>
    public IReadOnlyList<string>? FeatureNames { get; }

    /// <summary>The names of the classes; null where there are not several, or nobody has named them.</summary>
    public IReadOnlyList<string>? OutputNames { get; }

    /// <summary>The one-hot blocks that the feature column declares; null where it declares none.</summary>
    public OneHotBlocks? Blocks { get; }

    /// <summary>What the model is, every slot of the feature column being a feature. Read when it is first asked for.</summary>
    /// <exception cref="InvalidModelException">
    /// A tree is damaged, or asks so many slots at once that the blocks must be given (<see cref="With"/>).
    /// </exception>
    /// <exception cref="NotSupportedException">This version of ML.NET keeps what is needed where this library does not find it.</exception>
    public ModelForm Form => _form.Value;

    /// <summary>Loads a pipeline that <c>mlContext.Model.Save</c> has written.</summary>
    /// <param name="mlContext">ML.NET; components of your own (custom mappings) must be registered with it.</param>
    /// <param name="path">The file.</param>
    /// <param name="inputSchema">The columns of the data; null for those that were saved with the pipeline.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">
    /// The file is no pipeline of ML.NET's, is damaged, or needs packages that are not there; or ML.NET does not come to an end with it
    /// within 6 seconds, and one more for each MiB.
    /// </exception>
    /// <exception cref="ArgumentException">The file says nothing of the columns, and none were given.</exception>
    public static FittedModel Load(MLContext mlContext, string path, DataViewSchema? inputSchema = null)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        ITransformer pipeline;
        DataViewSchema? saved;
        try
        {
            (pipeline, saved) = BoundedReading.Of(path, () => (mlContext.Model.Load(path, out var schema), schema));
        }
        catch (Exception e) when (e is not (OutOfMemoryException or UnauthorizedAccessException))
        {
            throw new InvalidModelException(
                $"'{path}' cannot be loaded as a pipeline of ML.NET's: {SavedPipeline.MissingOf(path) ?? e.Message}", e);
        }
        return new FittedModel(pipeline, inputSchema ?? saved ?? throw new ArgumentException(
            $"'{path}' was saved without the columns of its data; they have to be given.", nameof(inputSchema)));
    }

    /// <summary>
    /// What the model is when each one-hot block is one feature. For trees; their rows are those of
    /// <see cref="OneHotBlocks.Merge(ReadOnlySpan{float}, Span{float})"/>.
    /// </summary>
    /// <param name="blocks">The blocks: <see cref="Blocks"/>, or others.</param>
    /// <exception cref="NotSupportedException">The model is not made of boosted trees or a forest.</exception>
    /// <exception cref="InvalidModelException">A tree is damaged, or asks slots of several blocks at once.</exception>
    public ModelForm With(OneHotBlocks blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        return Read(blocks);
    }

    /// <summary>Prepares data as far as the model's feature column.</summary>
    public IDataView Prepare(IDataView data) => _steps.Before.Aggregate(data, (d, t) => t.Transform(d));

    /// <summary>Reads the feature vectors of some rows.</summary>
    /// <param name="data">Data with the columns that the pipeline reads.</param>
    /// <param name="maximumRows">How many rows to read at most.</param>
    /// <returns>Shape [N, features], row by row; slots that a sparse vector leaves out are 0.</returns>
    /// <exception cref="InvalidOperationException">The model has no feature column.</exception>
    public float[] ReadFeatures(IDataView data, int maximumRows = int.MaxValue) => FeatureVectors.Read(Prepare(data),
        FeatureColumnName ?? throw new InvalidOperationException("The pipeline has no model of one feature column, so there are no "
            + "feature vectors to read."), maximumRows);

    private ModelForm Read(OneHotBlocks? blocks)
    {
        if (_steps.Predictor is null)
            return new OpaqueForm("The pipeline holds no prediction transformer; it can only be asked for its columns.");
        if (_predictor?.FeatureColumnName is null)
            return new OpaqueForm($"A model of type {ModelName} reads no single feature "
                + "column; it can only be asked for scores.");
        var size = FeatureVectors.SizeOf(_predictor.FeatureColumnType, FeatureColumnName);
        if (blocks is not null && blocks.SlotCount != size)
            throw new ArgumentException($"The blocks are for vectors of {blocks.SlotCount} slots; the feature column "
                + $"'{FeatureColumnName}' has {size}.", nameof(blocks));
        var names = FeatureNames is null || blocks is null ? FeatureNames : blocks.Names(FeatureNames);
        return new ModelReader(size, blocks).Read(_predictor.Model, _steps.Calibrator).Named(names, OutputNames);
    }

    private static IReadOnlyList<string>? NamesOf(DataViewSchema.Column column, int size) => SlotNames.Read(column, size) is { } names
        ? [.. names.Select((n, i) => n.Length > 0 ? n : $"{column.Name}[{i}]")]
        : null;
}
