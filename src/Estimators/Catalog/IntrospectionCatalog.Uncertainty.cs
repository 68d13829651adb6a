using Microsoft.ML.Introspection.Estimators;

namespace Microsoft.ML;

// How sure predictions are.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Adds an interval to every prediction that holds the truth with the promised chance, whatever the model: its ends are a vector of two
    /// numbers. Vovk, Gammerman, Shafer 2005; Lei et al. 2018; Romano, Patterson, Candès 2019.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the interval column.</param>
    /// <param name="labelColumnName">What is true; needed for fitting alone.</param>
    /// <param name="options">Which columns are read, and what is promised; null for <c>Score</c> and 90 %.</param>
    /// <example>
    /// Fitted to scored rows that the model has not learnt from:
    /// <code>
    /// var intervals = mlContext.Transforms.PredictionInterval("Interval", "Label").Fit(model.Transform(calibration));
    /// mlContext.Model.Save(model.Append(intervals), calibration.Schema, "model.zip");
    /// </code>
    /// </example>
    public static PredictionIntervalEstimator PredictionInterval(this TransformsCatalog catalog, string outputColumnName,
        string labelColumnName = "Label", PredictionIntervalOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        return new(catalog, outputColumnName, labelColumnName, options ?? new());
    }

    /// <summary>
    /// Adds a set of classes to every prediction that holds the true one with the promised chance, whatever the model: a truth value for
    /// each class. Sadinle, Lei, Wasserman 2019; Romano, Sesia, Candès 2020; Angelopoulos et al. 2021.
    /// </summary>
    /// <param name="catalog">The catalog of transforms.</param>
    /// <param name="outputColumnName">The name of the column of sets.</param>
    /// <param name="labelColumnName">The true class; needed for fitting alone.</param>
    /// <param name="options">Which column is read, how classes are scored, what is promised; null for <c>Score</c>, LAC and 90 %.</param>
    public static PredictionSetEstimator PredictionSet(this TransformsCatalog catalog, string outputColumnName,
        string labelColumnName = "Label", PredictionSetOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        return new(catalog, outputColumnName, labelColumnName, options ?? new());
    }
}
