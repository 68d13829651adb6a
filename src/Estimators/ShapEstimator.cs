using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Predictions;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Estimators.Shap;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Adds a column of SHAP values. Made by <see cref="IntrospectionCatalog"/>: over a prediction transformer, a whole fitted pipeline, an
/// ONNX file or a tree file.
/// </summary>
public sealed class ShapEstimator : IEstimator<ShapTransformer>
{
    private readonly TransformsCatalog _catalog;
    private readonly string _outputColumnName;
    private readonly ShapSource _source;
    private readonly ShapOptions _options;

    internal ShapEstimator(TransformsCatalog catalog, string outputColumnName, ShapOptions options, Func<ShapSource> source)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentNullException.ThrowIfNull(options);
        (_catalog, _outputColumnName, _options) = (catalog, outputColumnName, options);
        var plan = ShapColumns.Plan(outputColumnName, options);
        if (plan.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { Key: var twice })
            throw new ArgumentException($"Two output columns are named '{twice}'.", nameof(options));
        if (options.TargetColumnName is not null && options.Target is null)
            throw new ArgumentException($"A column '{options.TargetColumnName}' is to tell the explained class, but all outputs are "
                + "explained. Choose a Target.", nameof(options));
        if (options.ColumnsAreFeatures && (options.Groups is not null || options.OneHotBlocksAreFeatures))
            throw new ArgumentException($"{nameof(ShapOptions.ColumnsAreFeatures)} makes groups of all slots; leave out "
                + $"{nameof(ShapOptions.Groups)} and {nameof(ShapOptions.OneHotBlocksAreFeatures)}.", nameof(options));
        _ = new Explaining.OutputChoice(options.Target);
        _source = source();
    }

    /// <summary>
    /// Prepares the values for data of this schema. The data is read where it has to stand for the training data: as background, and for
    /// the covers of trees that do not know theirs (those of ML.NET, and in ONNX files).
    /// </summary>
    /// <param name="input">The data; best what the model was trained on.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing or does not fit; an option does not apply to the model; there is no background row.
    /// </exception>
    public ShapTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ShapTransformer(_source.Fit(_catalog, _outputColumnName, input, _options));
    }

    /// <summary>The columns that come out, before there is data: vectors of known size.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that is read is missing or does not fit.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        _source.Check(inputSchema);
        ShapColumns.LabelOf(_options)?.Check(inputSchema);
        return PromisedColumns.Add(_catalog, ShapColumns.Plan(_outputColumnName, _options).Select(c => (c.Name, c.Type)), inputSchema);
    }
}

/// <summary>The fitted form of <see cref="ShapEstimator"/>.</summary>
/// <remarks>
/// <para>Values of trees and linear models are computed by this library, many rows at a time; those of networks by ONNX Runtime; pipelines
/// are asked for the scores of many rows, by every cursor for itself.</para>
/// <para>Saved, alone or in a chain, it becomes ML.NET's <c>OnnxTransformer</c> with a graph that computes the same values: whoever loads
/// it needs the package Microsoft.ML.OnnxTransformer, not this one. Of pipelines and other black boxes there is no such graph, and saving
/// says so.</para>
/// </remarks>
public sealed class ShapTransformer : ExplanationTransformer
{
    private readonly FittedShap _fitted;
    private bool _disposed;

    internal ShapTransformer(FittedShap fitted) => _fitted = fitted;

    /// <summary>The values as a graph for any ONNX Runtime: its inputs and outputs are named like the columns.</summary>
    /// <exception cref="NotSupportedException">The model is a black box; there is no graph.</exception>
    public OnnxModel Explanation => _fitted.Graph();

    /// <summary>
    /// How the values are computed, against what, and what they are shares of: "exact tree SHAP, against rows of the data; shares in the
    /// raw score".
    /// </summary>
    public string Description => _fitted.Description;

    internal ScoreCheck? Check => _fitted.Check;

    internal IReadOnlySet<string> RawNames => _fitted.RawNames;

    internal void SaveWhole(ModelSaveContext context) => _fitted.SaveWhole(context);

    private protected override IExplanationColumns Added => _fitted.Columns;

    private protected override RowScorer Scorer(int? rows)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(ITransformer));
        return _fitted.Scorer(rows);
    }

    private protected override void Save(ModelSaveContext context) => _fitted.Save(context);

    private protected override void Release()
    {
        _disposed = true;
        _fitted.Release();
    }
}
