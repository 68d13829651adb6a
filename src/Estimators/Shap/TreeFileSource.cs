using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>A tree file of XGBoost's or LightGBM's, or trees that an ONNX file holds.</summary>
internal sealed class TreeFileSource(TreeEnsemble ensemble, string inputColumnName) : ShapSource
{
    private readonly InputColumn _features = FeatureFeed.ColumnOf(inputColumnName, ensemble.FeatureCount);

    public override void Check(SchemaShape schema) => _features.Check(schema);

    public override FittedShap Fit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options)
    {
        _features.Find(data.Schema);
        if (!ShapMethods.IsExact(options, ShapAlgorithm.Tree))
            throw new ArgumentException($"Trees are explained exactly: leave {nameof(ShapOptions.Algorithm)} at Auto and {nameof(ShapOptions.Method)} at null.", nameof(options));
        if (options.OneHotBlocksAreFeatures)
            throw new ArgumentException($"The blocks of one-hot encoded columns are known for models of ML.NET only. Name the slots with {nameof(ShapOptions.Groups)}.", nameof(options));
        return new ExactShapFit(catalog, outputColumnName, data, options, _features).Of(ensemble, null);
    }

    /// <summary>Opens a model file of any kind.</summary>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="inputColumnName">The explained column.</param>
    /// <param name="modelFile">The file.</param>
    /// <param name="options">The options.</param>
    public static ShapSource Open(string outputColumnName, string inputColumnName, string modelFile, ShapOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(modelFile);
        var file = ModelFile.Open(modelFile);
        return file.Trees is { } trees
            ? new TreeFileSource(trees, inputColumnName)
            : new NetworkSource(modelFile, file.Onnx!, outputColumnName, inputColumnName, options);
    }
}
