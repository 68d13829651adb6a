using System.Globalization;
using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Projects;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>What was found out of a project: all that its page shows.</summary>
/// <param name="Values">The SHAP values of each output, for the same rows.</param>
/// <param name="Own">Of several classes, which each row got.</param>
/// <param name="Description">How the values were computed.</param>
/// <param name="Findings">What is worth a look.</param>
/// <param name="Importance">Permutation importances, the largest first; none where labels are not known.</param>
/// <param name="ImportanceRows">Of how many rows.</param>
/// <param name="Metric">By what; null where labels are not known.</param>
/// <param name="Reached">What the model reaches by it; NaN where labels are not known.</param>
/// <param name="Shown">The places of the rows that are shown one by one; null for those that tell most.</param>
/// <param name="Total">How many rows the file has.</param>
internal sealed record ProjectResult(
    IReadOnlyList<ShapValues> Values, IReadOnlyList<int>? Own, string Description, IReadOnlyList<Finding> Findings,
    IReadOnlyList<PermutationFeatureImportance> Importance, int ImportanceRows, Metric? Metric, double Reached, IReadOnlyList<int>? Shown,
    long Total)
{
    /// <summary>How many rows are explained.</summary>
    public int Rows => Values[0].RowCount;
}

/// <summary>Explains a project of Model Builder: its model, over its data, which are read once.</summary>
internal static class ProjectRun
{
    private const string ShapColumn = "introspect.Shap", BaseColumn = "introspect.Base";
    private const int MostRows = 10_000, OpaqueRows = 500, LeastRows = 100, MostNumbers = 1 << 22, MostScores = 200_000, Repeats = 10;

    // A feature that moves so much of all that is moved is worth a question.
    private const double Dominant = 0.8;

    /// <summary>Does it.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static ProjectResult Run(ProjectRequest request, Action<JobProgress> progress, CancellationToken cancellation)
    {
        var model = PipelineModel.Load(request.Model);
        using var scorer = new PipelineScorer(model.Pipeline, model.InputSchema, new PipelineScorerOptions { Threads = request.Threads });
        var (features, outputs) = (scorer.FeatureNames.Count, scorer.OutputNames.Count);
        // A model that can only be asked for scores is asked for thousands of each row.
        var most = IsOpaque(model) ? OpaqueRows : MostRows;
        var capacity = (int)Math.Clamp(MostNumbers / ((long)features * outputs), LeastRows, most);
        var table = ProjectTable.Read(request, model, scorer.Columns.Select(c => c.Name).ToHashSet(), capacity, cancellation);
        progress(new JobProgress(0.1, 0, 0));

        var values = Values(request, model, table, cancellation, out var description);
        progress(new JobProgress(0.6, 0, 0));
        var rows = scorer.Encode(table.Data);
        var scores = new double[table.Numbers.Count * outputs];
        scorer.Score(rows, scores, cancellation);
        var labels = ProjectLabels.Read(table.Truth, scorer.OutputNames, IsClassification(request.Project, outputs));
        var metric = labels is null ? null : MetricOf(request.Project, labels);
        var (importance, used) = labels is null ? ([], 0) : Importance(scorer, rows, labels, metric!, progress, cancellation);
        var shown = request.Rows.Count == 0 ? null : request.Rows.Select(r => table.Numbers.ToList().IndexOf(r)).ToArray();
        return new ProjectResult(values, outputs > 1 ? Own(scores, outputs) : null, description,
            [.. Findings(request, table, scorer, rows, labels, values, importance)],
            importance, used, metric, Reached(metric, scores, labels, outputs), shown, table.Total);
    }

    private static bool IsOpaque(FittedModel model)
    {
        try
        {
            return model.Form is OpaqueForm;
        }
        catch (InvalidModelException)
        {
            // Trees that ask many slots at once, which are explained by whole columns.
            return false;
        }
    }

    private static IReadOnlyList<ShapValues> Values(
        ProjectRequest request, FittedModel model, ProjectTable table, CancellationToken cancellation, out string description)
    {
        var context = new MLContext();
        using var shap = context.Transforms.Shap(ShapColumn, model.Pipeline, new ShapOptions
        {
            BaseValueColumnName = BaseColumn, Cancellation = cancellation, Runtime = new RuntimeOptions { Threads = request.Threads },
        }).Fit(table.Data);
        description = shap.Description;
        return context.Data.ReadShapValues(shap.Transform(model.Pipeline.Transform(table.Data)), ShapColumn, BaseColumn,
            new ShapValuesOptions
            {
                ScoreColumnName = "Score", RowNameColumnName = ProjectTable.NameColumn,
                LabelColumnName = table.Truth is null ? null : ProjectTable.TruthColumn, MaximumRows = int.MaxValue,
            });
    }

    private static bool IsClassification(ModelBuilderProject project, int outputs) => project.Scenario switch
    {
        ProjectScenario.Classification => true,
        ProjectScenario.Regression => false,
        _ => outputs > 1,
    };

    // What Model Builder's own importance takes: by classes, unless the project was trained by rows.
    private static Metric MetricOf(ModelBuilderProject project, ProjectLabels labels) => labels.Classes == 0 ? Metric.RSquared
        : project.Metric is "MicroAccuracy" or "Accuracy" ? Metric.Accuracy() : Metric.MacroAccuracy();

    private static (IReadOnlyList<PermutationFeatureImportance>, int) Importance(PipelineScorer scorer, float[] rows, ProjectLabels labels,
        Metric metric, Action<JobProgress> progress, CancellationToken cancellation)
    {
        var features = scorer.FeatureNames.Count;
        int[] known = [.. Enumerable.Range(0, labels.Values.Length).Where(i => !double.IsNaN(labels.Values[i]))];
        var most = (int)Math.Clamp((long)MostScores / (features * Repeats), LeastRows, int.MaxValue);
        var count = Math.Min(most, known.Length);
        int[] taken = [.. Enumerable.Range(0, count).Select(i => known[(int)((long)i * known.Length / count)])];
        double[] truth = [.. taken.Select(i => labels.Values[i])];
        // One label for all rows leaves nothing to get worse.
        if (truth.Distinct().Take(2).Count() < 2)
            return ([], 0);
        float[] some = [.. taken.SelectMany(i => rows[(i * features)..((i + 1) * features)])];
        return (PermutationImportance.Of(scorer, some, truth, metric, new PermutationImportanceOptions { Repeats = Repeats },
            new Progress(share => progress(new JobProgress(0.6 + 0.4 * share, 0, 0))), cancellation), taken.Length);
    }

    private static double Reached(Metric? metric, double[] scores, ProjectLabels? labels, int outputs)
    {
        if (metric is null || labels is null || labels.Values.Distinct().Count(v => !double.IsNaN(v)) < 2)
            return double.NaN;
        int[] known = [.. Enumerable.Range(0, labels.Values.Length).Where(i => !double.IsNaN(labels.Values[i]))];
        return metric.Value(
            [.. known.SelectMany(i => scores[(i * outputs)..((i + 1) * outputs)])], [.. known.Select(i => labels.Values[i])]);
    }

    private static int[] Own(double[] scores, int outputs) =>
        [.. scores.Chunk(outputs).Select(row => Array.IndexOf(row, row.Max()))];

    private static IEnumerable<Finding> Findings(ProjectRequest request, ProjectTable table, PipelineScorer scorer, float[] rows,
        ProjectLabels? labels, IReadOnlyList<ShapValues> values, IReadOnlyList<PermutationFeatureImportance> importance)
    {
        var label = request.Csv.LabelColumn!;
        var features = scorer.FeatureNames.Count;
        if (labels is null)
            yield return new("", $"no labels: '{label}' is not in the data, or empty",
                "What the model reaches, what gives the label away, and permutation importance cannot be told.");
        else
        {
            var skills = Leakage.Skills(rows, features, scorer.IsCategorical, labels.Values, labels.Classes);
            foreach (var finding in Leakage.Findings(skills, scorer.FeatureNames, label))
                yield return finding;
            if (labels.Unknown is { } unknown)
                yield return new(label, $"a label such as '{unknown}', which the model does not know",
                    "Rows with such labels are explained, but count nowhere. Was the model trained on other data?");
            if (table.Truth!.Count(t => t.Length == 0) is > 0 and var without)
                yield return new(label, $"{without.ToString("N0", CultureInfo.InvariantCulture)} rows without a label",
                    "They are explained, but count nowhere.");
        }
        var moved = MeanAbsolute(values);
        var all = moved.Sum();
        foreach (var (feature, one) in moved.Index())
        {
            if (all > 0 && moved.Length > 2 && one >= Dominant * all)
                yield return new(values[0].FeatureNames[feature], string.Create(CultureInfo.InvariantCulture,
                    $"{100 * one / all:0} % of all that moves the scores"),
                    "One column decides nearly alone. Is it known before the label is?");
            if (one == 0 && moved.Length > 1)
                yield return new(values[0].FeatureNames[feature], "moves no score", "The model does not use it; leave it out.");
        }
        foreach (var worse in importance.Where(i => i.High < 0))
            yield return new(worse.Name, "the model gets better where its values are scattered",
                "What it has learnt of this column does not hold in these rows. Model Builder's own importance loses this sign.");
        foreach (var finding in ColumnFindings.Of(table, request.Csv.MissingRealsAreNaN, scorer, rows))
            yield return finding;
    }

    private static double[] MeanAbsolute(IReadOnlyList<ShapValues> values) =>
        [.. Enumerable.Range(0, values[0].FeatureCount).Select(f => values.Sum(v => v.MeanAbsolute[f]))];

    private sealed class Progress(Action<double> tell) : IProgress<double>
    {
        public void Report(double value) => tell(value);
    }
}
