using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Evaluation;

namespace Microsoft.ML;

public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Permutation importance of a whole fitted pipeline's raw input columns: how much worse its scores get when the values of a column are
    /// scattered over the rows. What ML.NET's <c>PermutationFeatureImportance</c> tells of the slots of one feature vector, for any metric,
    /// with confidence intervals and with the sign turned so that more is more important. Breiman 2001, doi:10.1023/A:1010933404324.
    /// </summary>
    /// <param name="catalog">The catalog of operations on models.</param>
    /// <param name="pipeline">A fitted pipeline.</param>
    /// <param name="data">Rows to measure on, best not those of the training, with the pipeline's raw columns and the labels.</param>
    /// <param name="labelColumnName">
    /// What is true: numbers, truth values, or classes as keys or as texts that the scores are called by.
    /// </param>
    /// <param name="metric">What gets worse.</param>
    /// <param name="options">How often, and which features together; null for the defaults.</param>
    /// <param name="scoring">
    /// Which columns are features and scores, such as <c>Probability</c> for <see cref="Metric.LogLoss"/>; null for the defaults.
    /// </param>
    /// <param name="numberOfExamplesToUse">How many rows are used at most, spread evenly over the data; null for all.</param>
    /// <param name="progress">Is told the share of the work that is done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The columns, or slots of vectors, largest mean first.</returns>
    /// <exception cref="ArgumentException">A column is missing, a label does not fit, or the metric cannot judge such scores.</exception>
    /// <exception cref="InvalidOperationException">The pipeline failed on a row with scattered values; the message shows it.</exception>
    /// <example>
    /// <code>
    /// foreach (var column in mlContext.Model.PermutationImportance(model, test, "Label", Metric.AreaUnderRocCurve))
    ///     Console.WriteLine($"{column.Name,-20} {column.Mean:0.000} [{column.Low:0.000}, {column.High:0.000}]");
    /// </code>
    /// </example>
    public static IReadOnlyList<PermutationFeatureImportance> PermutationImportance(
        this ModelOperationsCatalog catalog, ITransformer pipeline, IDataView data, string labelColumnName, Metric metric,
        PermutationImportanceOptions? options = null,
        PipelineScorerOptions? scoring = null, int? numberOfExamplesToUse = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        var most = numberOfExamplesToUse ?? int.MaxValue;
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(numberOfExamplesToUse));
        using var scorer = new PipelineScorer(pipeline, data.Schema, scoring);
        var positions = SampledRows.Of(data, most);
        var labels = LabelReader.Read(data, labelColumnName, scorer.OutputNames, positions);
        return Introspection.Evaluation.PermutationImportance.Of(scorer, scorer.Encode(data, positions), labels, metric, options, progress,
            cancellation);
    }
}
