using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Evaluation;

namespace Microsoft.ML;

// Trainings that are done again.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// Trains a pipeline again without each of its columns, and without some of its rows: how much worse it gets, and how its scores
    /// change. The seed of the <see cref="MLContext"/> should be set, or trainings differ by chance alone.
    /// </summary>
    /// <param name="catalog">The catalog of operations on models.</param>
    /// <param name="pipeline">The pipeline of some columns, in order: it concatenates these, say, and trains.</param>
    /// <param name="columns">The columns, one of which is left out each time.</param>
    /// <param name="training">The rows to train on.</param>
    /// <param name="test">Rows to judge by, other ones, with the labels.</param>
    /// <param name="labelColumnName">What is true: numbers, truth values, or classes.</param>
    /// <param name="metric">What gets worse.</param>
    /// <param name="withoutRows">The positions of training rows to do without, one at a time; null for none.</param>
    /// <param name="scoring">Which columns are scores, such as <c>Probability</c>; null for the defaults.</param>
    /// <param name="progress">Is told the share of the trainings that is done.</param>
    /// <param name="cancellation">Stops between trainings.</param>
    /// <exception cref="ArgumentException">A column is missing, a label does not fit, or there is no such row.</exception>
    /// <example>
    /// <code>
    /// var found = mlContext.Model.LeaveOneOut(
    ///     columns => mlContext.Transforms.Concatenate("Features", [.. columns]).Append(mlContext.Regression.Trainers.FastTree()),
    ///     ["Rooms", "Age", "Distance"], training, test, "Price", Metric.RootMeanSquaredError);
    /// </code>
    /// </example>
    public static LeaveOneOut LeaveOneOut(this ModelOperationsCatalog catalog,
        Func<IReadOnlyList<string>, IEstimator<ITransformer>> pipeline, IReadOnlyList<string> columns, IDataView training, IDataView test,
        string labelColumnName, Metric metric, IReadOnlyList<int>? withoutRows = null, PipelineScorerOptions? scoring = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        foreach (var column in columns)
            if (training.Schema.GetColumnOrNull(column) is null)
                throw new ArgumentException($"The training data has no column '{column}'; it has the columns "
                    + $"{Listing.Of(training.Schema.Where(c => !c.IsHidden).Select(c => c.Name))}.", nameof(columns));
        var rows = SampledRows.Of(training, int.MaxValue).Count;
        var positions = SampledRows.Of(test, int.MaxValue);
        double[]? labels = null;

        double[] Trained(IReadOnlyList<int> features, IReadOnlyList<int> kept)
        {
            var data = kept.Count == rows ? training : new RowsOf(training, kept.Select(r => (long)r).ToHashSet());
            var model = pipeline([.. features.Select(f => columns[f])]).Fit(data);
            using var owned = model as IDisposable;
            using var scorer = new PipelineScorer(model, test.Schema, scoring);
            labels ??= LabelReader.Read(test, labelColumnName, scorer.OutputNames, positions);
            var encoded = scorer.Encode(test, positions);
            var scores = new double[positions.Count * scorer.OutputNames.Count];
            scorer.Score(encoded, scores, cancellation);
            return scores;
        }

        // What the first model calls its scores tells how labels are read.
        var first = Trained([.. Enumerable.Range(0, columns.Count)], [.. Enumerable.Range(0, rows)]);
        return Introspection.Evaluation.LeaveOneOut.Of(
            (features, kept) => features.Count == columns.Count && kept.Count == rows ? first : Trained(features, kept),
            columns.Count, rows, labels, metric, withoutRows, null, progress, cancellation);
    }

    /// <summary>
    /// Trains a pipeline on the labels as they are, and again on labels that are shuffled among the rows, and explains the same rows by
    /// both: where the reasons stay alike, they do not tell what labels have to do with rows (Adebayo et al. 2018, arXiv:1810.03292). The
    /// seed of the <see cref="MLContext"/> should be set, or trainings differ by chance as well.
    /// </summary>
    /// <param name="catalog">The catalog of operations on models.</param>
    /// <param name="pipeline">The pipeline, trainer included.</param>
    /// <param name="training">The rows to train on.</param>
    /// <param name="rows">The rows to explain.</param>
    /// <param name="labelColumnName">The column that is shuffled, of single values.</param>
    /// <param name="explain">
    /// The step that explains a fitted pipeline; it is fitted to the rows of training. Of several classes let it explain one that does not
    /// depend on the model, or all.
    /// </param>
    /// <param name="columnName">The column of reasons that it makes, a vector of known size.</param>
    /// <param name="metric">By what to tell how well each model fits the labels it was trained on; null for not at all.</param>
    /// <param name="seed">Other shuffled labels for every seed.</param>
    /// <param name="scoring">Which columns are scores, such as <c>Probability</c>; null for the defaults.</param>
    /// <exception cref="ArgumentException">A column is missing or holds something else.</exception>
    /// <example>
    /// <code>
    /// var test = mlContext.Model.RandomiseData(pipeline, training, unseen, "Price", model => mlContext.Transforms.Explain(model));
    /// double[] alike = test.Similarity(MapSimilarity.SpearmanAbsolute);
    /// </code>
    /// </example>
    public static DataRandomisation RandomiseData(this ModelOperationsCatalog catalog, IEstimator<ITransformer> pipeline,
        IDataView training, IDataView rows, string labelColumnName, Func<ITransformer, IEstimator<ITransformer>> explain,
        string columnName = "Shap", Metric? metric = null, int seed = 1, PipelineScorerOptions? scoring = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentNullException.ThrowIfNull(explain);
        ArgumentException.ThrowIfNullOrEmpty(columnName);
        var shuffled = new ShuffledColumn(training, labelColumnName, seed);
        var (first, second) = (Trained(training), Trained(shuffled));
        return new DataRandomisation(first.Reasons, second.Reasons) { TrueFit = first.Fit, PermutedFit = second.Fit };

        (double[][] Reasons, double? Fit) Trained(IDataView data)
        {
            var model = pipeline.Fit(data);
            using var owned = model as IDisposable;
            var explaining = explain(model).Fit(data);
            using var ownedToo = explaining as IDisposable;
            var reasons = explaining.Transform(rows);
            if (reasons.Schema.GetColumnOrNull(columnName) is not { Type: VectorDataViewType { IsKnownSize: true } } column)
                throw new ArgumentException($"A column '{columnName}' of vectors of known size was expected; there are "
                    + $"{Listing.Of(reasons.Schema.Where(c => !c.IsHidden).Select(c => c.Name))}.", nameof(columnName));
            double[][] said = [.. reasons.GetColumn<float[]>(column).Select(row => Array.ConvertAll(row, a => (double)a))];
            return (said, metric is null ? null : Fit(model, data));
        }

        double Fit(ITransformer model, IDataView data)
        {
            var positions = SampledRows.Of(data, int.MaxValue);
            using var scorer = new PipelineScorer(model, data.Schema, scoring);
            var scores = new double[positions.Count * scorer.OutputNames.Count];
            scorer.Score(scorer.Encode(data, positions), scores, CancellationToken.None);
            return metric.Value(scores, LabelReader.Read(data, labelColumnName, scorer.OutputNames, positions));
        }
    }
}
