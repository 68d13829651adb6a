using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Prepares the exact values of models of one feature column.</summary>
/// <param name="catalog">The catalog that makes the form in which they are saved.</param>
/// <param name="outputColumnName">The column of the values.</param>
/// <param name="data">The data.</param>
/// <param name="options">The options.</param>
/// <param name="features">The feature column.</param>
internal sealed class ExactShapFit(TransformsCatalog catalog, string outputColumnName, IDataView data, ShapOptions options, InputColumn features)
{
    /// <summary>The values of trees.</summary>
    /// <param name="ensemble">The trees.</param>
    /// <param name="blocks">One-hot blocks that are one feature of the trees; null where the rows are the trees' own.</param>
    public FittedShap Of(TreeEnsemble ensemble, OneHotBlocks? blocks)
    {
        var players = ShapPlayers.Of(ensemble.FeatureCount, options);
        // Predictions are shared out against a background only.
        var background = options.Background is not null || options.Output == TreeShapOutput.Prediction ? blocks is null ? Background() : blocks.Merge(Background()) : null;
        if (options.InteractionsColumnName is not null && background is not null)
            throw new ArgumentException("Interaction values are path-dependent and of raw scores: leave the background out, or the column of interactions.", nameof(options));
        if (background is null && !ensemble.HasCover)
            ensemble = ensemble.WithCover(FeatureVectors.Rows(data, features.Name).Select(row => blocks?.Merge(row.Span) ?? row));
        var shap = new TreeShap(ensemble, new TreeShapOptions
        {
            Background = background, Groups = players.Groups, Output = options.Output, Threads = options.Runtime.Threads,
        });
        var shape = new ShapShape((int)features.Row.Size.Value, players.Count, ensemble.OutputCount, names => players.Names(blocks?.Names(names) ?? names));
        return Of(shape, blocks is null ? ensemble.FeatureNames : null, ensemble.OutputNames, new TreeShapEngine(shap, blocks));
    }

    /// <summary>The values of a linear model.</summary>
    public FittedShap Of(LinearModel model, IReadOnlyList<string>? featureNames, IReadOnlyList<string>? outputNames)
    {
        if (options.Output == TreeShapOutput.Prediction)
            throw new ArgumentException($"Exact values of linear models are shares in the raw score. Leave {nameof(ShapOptions.Output)} at RawScore, or choose {nameof(ShapAlgorithm)}.Permutation.", nameof(options));
        if (options.InteractionsColumnName is not null)
            throw new ArgumentException("A linear model has no interactions: leave their column out.", nameof(options));
        var players = ShapPlayers.Of(model.FeatureCount, options);
        var shap = new LinearShap(model, new LinearShapOptions { Mean = Means(model.FeatureCount) });
        return Of(new ShapShape(model.FeatureCount, players.Count, model.OutputCount, players.Names), featureNames, outputNames, new LinearShapEngine(shap, players));
    }

    private NumberShap Of(ShapShape shape, IReadOnlyList<string>? featureNames, IReadOnlyList<string>? outputNames, ShapEngine engine)
    {
        var columns = ShapColumns.Of(outputColumnName, options, shape, new FeatureFeed(features, featureNames), outputNames);
        return new NumberShap(catalog, columns, engine, ((IExplanationColumns)columns).SlotNamesIn(data.Schema));
    }

    private float[] Background()
    {
        var rows = FeatureVectors.Sample(options.Background ?? data, features.Name, options.BackgroundRows);
        return rows.Length > 0 ? rows : throw new ArgumentException("There is no background row: the data given for it is empty.", nameof(options));
    }

    // The whole background counts here, not a sample of it: a mean is all that is taken of it.
    private double[] Means(int count)
    {
        var (means, rows) = (new double[count], 0L);
        foreach (var row in FeatureVectors.Rows(options.Background ?? data, features.Name))
        {
            rows++;
            for (var i = 0; i < count; i++)
                means[i] += (row.Span[i] - means[i]) / rows;
        }
        if (rows == 0)
            throw new ArgumentException("There is no background row to take means of: the data given for it is empty.", nameof(options));
        return Array.FindIndex(means, m => !double.IsFinite(m)) is >= 0 and var missing
            ? throw new ArgumentException($"Feature {missing} of the background has missing or infinite values, which linear models have no answer to. Replace missing values first (ReplaceMissingValues).", nameof(options))
            : means;
    }
}
