using System.Diagnostics;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Predictions;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>
/// Models that can only be asked for scores, over their feature vectors: each row is prepared once, and the model alone is asked for
/// what is put together.
/// </summary>
internal static class OpaqueShap
{
    private const double TriedSeconds = 0.05;

    /// <summary>Prepares a model.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="host">Who is told.</param>
    /// <param name="outputColumnName">The column of the values.</param>
    /// <param name="data">The data, from which backgrounds are taken where none are given.</param>
    /// <param name="options">The options.</param>
    /// <param name="predictor">The model.</param>
    /// <param name="prepared">The columns that it is given.</param>
    /// <param name="feed">Its feature vectors.</param>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="check">What holds the values against the score of a pipeline; null where nothing does.</param>
    public static NumberShap Of(TransformsCatalog catalog, MlHost host, string outputColumnName, IDataView data, ShapOptions options,
        ITransformer predictor, DataViewSchema prepared, VectorFeed feed, string name, ScoreCheck? check = null)
    {
        var scorerOptions = new PipelineScorerOptions
        {
            Columns = [feed.Name], Threads = options.Runtime.Threads,
            OutputColumn = PipelineShap.OutputOf(predictor, prepared, options),
        };
        PipelineScorer Scorer() => new(predictor, prepared, scorerOptions);
        using var first = Scorer();
        Explainer Make(ExplainerOptions explaining) => Explainer.For(Scorer(), explaining with { ModelName = name });
        var shap = NumberShap.Of(catalog, outputColumnName, data, options, feed, first.OutputNames, first.FeatureNames.Count, Make, name,
            check);
        Tell(host, name, shap.Explainer, first, feed.Sample(options.Background ?? data, options.BackgroundRows));
        return shap;
    }

    /// <summary>Says that a black box is asked, and how long that takes.</summary>
    /// <param name="host">Who is told.</param>
    /// <param name="name">What the model is.</param>
    /// <param name="explainer">What explains it.</param>
    /// <param name="scorer">The model.</param>
    /// <param name="rows">Some rows to try it with.</param>
    /// <param name="reason">Why it is not explained otherwise; null where that is clear.</param>
    public static void Tell(MlHost host, string name, Explainer explainer, IScorer scorer, float[] rows, string? reason = null)
    {
        var scores = new double[rows.Length / scorer.FeatureNames.Count * scorer.OutputNames.Count];
        scorer.Score(rows, scores);
        var (watch, scored) = (Stopwatch.StartNew(), 0L);
        do
        {
            scorer.Score(rows, scores);
            scored += rows.Length / scorer.FeatureNames.Count;
        }
        while (watch.Elapsed.TotalSeconds < TriedSeconds);
        var each = explainer.ScoresPerRow * watch.Elapsed.TotalSeconds / scored;
        host.Info(FormattableString.Invariant(
            $"SHAP explains {name} as a black box{(reason is null ? "" : $", since {reason}")}: {explainer.Description}. That asks for ")
            + FormattableString.Invariant($"{explainer.ScoresPerRow:N0} scores for each row, which takes about ")
            + $"{Duration.Text(each)} here, {Duration.Text(1000 * each)} for 1,000 rows.");
    }
}
