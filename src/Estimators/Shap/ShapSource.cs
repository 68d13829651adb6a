using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Predictions;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>The model that SHAP columns explain.</summary>
internal abstract class ShapSource
{
    /// <summary>Checks the columns that are read, as far as they are known before there is data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or does not fit.</exception>
    public abstract void Check(SchemaShape schema);

    /// <summary>Prepares the values for data of a schema.</summary>
    /// <param name="catalog">The catalog that makes the form in which they are saved.</param>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="data">The data, from which covers and backgrounds are taken where none are given.</param>
    /// <param name="options">The options.</param>
    public abstract FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options);

    /// <summary>Opens a model file of any kind.</summary>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="inputColumnName">The explained column.</param>
    /// <param name="modelFile">The file.</param>
    /// <param name="options">The options.</param>
    public static ShapSource Open(string outputColumnName, string inputColumnName, string modelFile, ShapOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(modelFile);
        if (options.OneHotBlocksAreFeatures)
            throw new ArgumentException("The blocks of one-hot encoded columns are known for models of ML.NET only. Name the slots with "
                + $"{nameof(ShapOptions.Groups)}.", nameof(options));
        var file = ModelFile.Open(modelFile, options.Rounds);
        return file.Trees is { } trees ? new TreeFileSource(trees, inputColumnName)
            : new NetworkSource(modelFile, file.Onnx!, outputColumnName, inputColumnName, options);
    }
}

/// <summary>All that a SHAP transformer is made of.</summary>
internal abstract class FittedShap
{
    /// <summary>How values are computed, and of what, for people.</summary>
    public abstract string Description { get; }

    /// <summary>What is read and added.</summary>
    public abstract IExplanationColumns Columns { get; }

    /// <summary>Makes what explains rows.</summary>
    /// <param name="rows">How many at once; null for as many as suit.</param>
    public abstract RowScorer Scorer(int? rows);

    /// <summary>Saves it, as ML.NET's own.</summary>
    /// <exception cref="NotSupportedException">There is no graph for it; the message says why, and what to do.</exception>
    public abstract void Save(ModelSaveContext context);

    /// <summary>The graph.</summary>
    /// <inheritdoc cref="Save"/>
    public abstract OnnxModel Graph();

    /// <summary>Saves it together with the pipeline that it explains.</summary>
    /// <inheritdoc cref="Save"/>
    public virtual void SaveWhole(ModelSaveContext context) => Graph();

    /// <summary>The raw columns that a pipeline reads; none of a model of feature vectors.</summary>
    public IReadOnlySet<string> RawNames { get; init; } = new HashSet<string>();

    /// <summary>What holds the values against a pipeline's own score; null where nothing does.</summary>
    public ScoreCheck? Check { get; init; }

    /// <summary>Frees what is held.</summary>
    public virtual void Release()
    {
    }
}

/// <summary>A tree file of XGBoost's or LightGBM's, or trees that an ONNX file holds.</summary>
internal sealed class TreeFileSource(TreeEnsemble trees, string inputColumnName) : ShapSource
{
    private readonly FeatureFeed _features = new(inputColumnName, trees.FeatureCount) { Names = trees.FeatureNames };

    public override void Check(SchemaShape schema) => _features.Column.Check(schema);

    public override FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options) =>
        NumberShap.Of(catalog, outputColumnName, data, options, _features, trees.OutputNames, trees.FeatureCount,
            explaining => Explainer.For(trees, explaining));
}

/// <summary>A trained model of one feature column.</summary>
internal sealed class PredictorSource : ShapSource
{
    private readonly ISingleFeaturePredictionTransformer<object> _predictor;
    private readonly FeatureFeed _features;

    public PredictorSource(ISingleFeaturePredictionTransformer<object> predictor)
    {
        ArgumentNullException.ThrowIfNull(predictor);
        _predictor = predictor;
        var name = predictor.FeatureColumnName ?? throw new ArgumentException(
            $"The model ({predictor.Model.GetType().Name}) reads no single feature column. Explain the whole pipeline instead: "
                + "Shap(outputColumnName, pipeline).", nameof(predictor));
        _features = new FeatureFeed(name, FeatureVectors.SizeOf(predictor.FeatureColumnType, name));
    }

    public override void Check(SchemaShape schema) => _features.Column.Check(schema);

    public override FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options)
    {
        // Before the model is read, so that what is wrong with the data is said of the data.
        var column = _features.Column.Find(data.Schema);
        var sources = SlotSources.Of(data, column);
        var features = _features with { Known = sources?.Names };
        if (options.ColumnsAreFeatures)
            options = options with
            {
                ColumnsAreFeatures = false,
                Groups = (sources?.Columns ?? throw new ArgumentException($"Nothing tells of which columns the slots of '{column.Name}' "
                    + $"are made. Name the slots with {nameof(ShapOptions.Groups)}.", nameof(options)))
                    .Index().GroupBy(c => c.Item).ToDictionary(g => g.Key, g => (IReadOnlyList<int>)[.. g.Select(c => c.Index)]),
            };
        var model = new FittedModel(_predictor, data.Schema);
        var (choice, slots) = (options.Choice, _features.Size);
        var blocks = !options.OneHotBlocksAreFeatures ? null : model.Blocks
            ?? throw new ArgumentException($"The column '{_features.Column.Name}' declares no one-hot blocks that could be features.",
                nameof(options));
        var form = blocks is null ? model.Form : model.With(blocks);
        return form switch
        {
            TreeForm { LeavesOut: { } leftOut }
                when choice.Leaves(ShapAlgorithm.Tree) && options.Output == Introspection.Shapley.Trees.TreeShapOutput.Prediction =>
                throw new ArgumentException($"{leftOut} Explain the raw score, or choose {nameof(ShapAlgorithm)}.Permutation.",
                    nameof(options)),
            TreeForm { Ensemble: var trees } when choice.Leaves(ShapAlgorithm.Tree) => NumberShap.Of(
                catalog, outputColumnName, data, options,
                features with { Blocks = blocks, Names = blocks is null ? trees.FeatureNames : null }, trees.OutputNames,
                trees.FeatureCount, explaining => Explainer.For(trees, explaining)),
            LinearForm linear when choice.Leaves(ShapAlgorithm.Linear) => NumberShap.Of(
                catalog, outputColumnName, data, options, features with { Names = model.FeatureNames }, model.OutputNames,
                slots, explaining => Explainer.For(linear.Model, explaining with { Link = linear.Link })),
            OpaqueForm { Sums: { } sums } when choice is { Method: null, Algorithm: ShapAlgorithm.Auto } => NumberShap.Of(
                catalog, outputColumnName, data, options, features with { Names = model.FeatureNames }, model.OutputNames, slots,
                explaining => Explainer.For(sums, explaining)),
            OpaqueForm { Reason: var reason } when choice is { Algorithm: ShapAlgorithm.Tree or ShapAlgorithm.Linear } =>
                throw new ArgumentException($"{nameof(ShapAlgorithm)}.{options.Algorithm} cannot explain this model. {reason}",
                    nameof(options)),
            _ when blocks is not null => throw new ArgumentException(
                $"One-hot blocks are one feature of trees that are explained exactly. Name the slots with {nameof(ShapOptions.Groups)} "
                    + "for other models and algorithms.", nameof(options)),
            _ => OpaqueShap.Of(catalog, MlHost.Of(catalog), outputColumnName, data, options, _predictor, data.Schema,
                features with { Names = model.FeatureNames },
                form is OpaqueForm ? $"a model of type {model.ModelName}" : "the model"),
        };
    }
}
