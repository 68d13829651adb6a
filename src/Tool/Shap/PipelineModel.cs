using System.IO.Compression;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Tool.Shap.Pipelines;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Opens pipelines that ML.NET has saved.</summary>
internal static class PipelineModel
{
    private const long MaximumBytes = 1L << 31;

    internal const string Probability = "Probability";

    /// <summary>
    /// Prepares a pipeline and rows of its columns: these are the features, or the slots of the feature column where its trees or weights
    /// are read.
    /// </summary>
    public static ShapModel Open(ShapJob job, Action<string> note, CancellationToken cancellation)
    {
        var request = job.Request;
        if (job.Scale is not null)
            throw new InvalidDataException("--scale is for networks and trees; a pipeline scales its columns itself.");
        var model = Load(job.Model.Path);
        var scorer = new PipelineScorer(model.Pipeline, model.InputSchema,
            new PipelineScorerOptions { OutputColumn = OutputColumn(model, request), Threads = job.Runtime.Threads });
        PipelineRows? rows = null;
        try
        {
            var columns = scorer.Columns.Select(c => c.Name).ToHashSet();
            if (request.Algorithm.Algorithm is ShapAlgorithm.Tree or ShapAlgorithm.Linear)
            {
                scorer.Dispose();
                return OfSlots(job, model, columns, note, cancellation);
            }
            var features = new RawColumns(scorer) { Schema = model.InputSchema, Columns = columns };
            rows = Rows(job, features, job.Data);
            if (request.Background?.Text is BackgroundRequest.Mean or BackgroundRequest.Zero
                && Enumerable.Range(0, scorer.FeatureNames.Count).FirstOrDefault(scorer.IsCategorical, -1) is >= 0 and var feature)
                throw new InvalidDataException($"--background {request.Background!.Text} is for numbers, and "
                    + $"'{scorer.FeatureNames[feature]}' is none. Give a file, or --background data for rows of the data.");
            var options = ShapModel.Read(job, features.Names, path => Rows(job, features, path), note, cancellation);
            features.Keep();
            return ShapModel.Of(rows, options with { OutputNames = scorer.OutputNames, ModelName = "a pipeline" },
                o => Explainer.For(scorer, o)) with { IsCode = scorer.IsCategorical };
        }
        catch
        {
            rows?.Dispose();
            scorer.Dispose();
            throw;
        }
    }

    private static ShapModel OfSlots(ShapJob job, FittedModel model, IReadOnlySet<string> columns, Action<string> note,
        CancellationToken cancellation)
    {
        var (request, form) = (job.Request, model.Form);
        var algorithm = request.Algorithm.Algorithm;
        var (names, count) = form switch
        {
            TreeForm { Ensemble: var trees } when algorithm == ShapAlgorithm.Tree => (trees.FeatureNames, trees.FeatureCount),
            LinearForm { Model: var weights } when algorithm == ShapAlgorithm.Linear => (model.FeatureNames, weights.FeatureCount),
            OpaqueForm { Reason: var reason } =>
                throw new InvalidDataException($"{reason} Take another --algorithm, which asks nothing but scores."),
            _ => throw new InvalidDataException($"The model of '{job.Model.Path}' is "
                + $"{(form is TreeForm ? "made of trees: take --algorithm tree" : "linear: take --algorithm linear")}, or one that takes "
                    + "any model."),
        };
        names ??= [.. Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{model.FeatureColumnName}[{i}]"))];
        if (request.Output is not null)
            throw new InvalidDataException(
                $"The algorithm {request.Algorithm.Name} explains the model's own score; leave the output's name out.");
        if (request.Predictions && form.LeavesOut is { } leavesOut)
            throw new InvalidDataException($"{leavesOut} Explain raw scores, or the pipeline by another --algorithm.");

        var features = new FeatureSlots(model, names) { Schema = model.InputSchema, Columns = columns };
        var rows = Rows(job, features, job.Data);
        try
        {
            var options = ShapModel.Read(job, names, path => Rows(job, features, path), note, cancellation, model.Blocks);
            return form is LinearForm linear
                ? ShapModel.Of(rows, options with { Link = linear.Link, OutputNames = model.OutputNames },
                    o => Explainer.For(linear.Model, o))
                : ShapModel.Of(rows, options, o => Explainer.For(((TreeForm)form).Ensemble, o));
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    private static PipelineRows Rows(ShapJob job, PipelineFeatures features, string path) => new(features, path, path == job.Data
        ? job.Csv with { TargetColumn = job.Request.Outputs.LabelColumn }
        : job.Csv with { OnlyInputIsNeeded = true });

    private static string? OutputColumn(FittedModel model, ShapRequest request) => request.Output
        ?? (request.Predictions && model.Pipeline.GetOutputSchema(model.InputSchema).GetColumnOrNull(Probability) is not null ? Probability
            : null);

    /// <summary>Reads a pipeline.</summary>
    /// <exception cref="InvalidModelException">It is damaged, too large, or a part of it cannot be had.</exception>
    internal static FittedModel Load(string path)
    {
        CheckSize(path);
        return FittedModel.Load(new MLContext(), path);
    }

    // What the archive says of itself; a file that unpacks to more is damaged, and .NET says so.
    private static void CheckSize(string path)
    {
        try
        {
            using var archive = ZipFile.OpenRead(path);
            var left = MaximumBytes;
            foreach (var entry in archive.Entries)
                left = entry.Length <= left ? left - entry.Length
                    : throw new InvalidModelException(
                        $"The pipeline '{path}' unpacks to more than {MaximumBytes:N0} bytes, which is the most that is read.");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidModelException($"The file '{path}' begins like a pipeline saved by ML.NET, but is damaged: {e.Message}", e);
        }
    }
}
