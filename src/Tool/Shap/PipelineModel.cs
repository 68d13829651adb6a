using System.IO.Compression;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tool.Shap.Pipelines;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Opens pipelines that ML.NET has saved.</summary>
internal static class PipelineModel
{
    private const long MaximumBytes = 1L << 31;

    internal const string Probability = "Probability";

    // What pipelines most often need beside ML.NET's core. A pipeline names the assembly that a part of it comes from.
    private static readonly string[] Parts =
    [
        "Microsoft.ML.StandardTrainers", "Microsoft.ML.Transforms", "Microsoft.ML.KMeansClustering", "Microsoft.ML.PCA",
        "Microsoft.ML.FastTree", "Microsoft.ML.LightGbm", "Microsoft.ML.OnnxTransformer",
    ];

    /// <summary>Prepares a pipeline and rows of its columns.</summary>
    public static ShapModel Open(ShapJob job, Action<string> note, CancellationToken cancellation)
    {
        var request = job.Request;
        if (job.Scale is not null)
            throw new InvalidDataException("--scale is for networks and trees; a pipeline scales its columns itself.");
        var model = Load(job.Model.Path);
        var scorer = new PipelineScorer(model.Pipeline, model.InputSchema, new PipelineScorerOptions { OutputColumn = OutputColumn(model, request), Threads = job.Runtime.Threads });
        PipelineRows? rows = null;
        try
        {
            var columns = scorer.Columns.Select(c => c.Name).ToHashSet();
            if (request.Algorithm == ShapAlgorithm.Tree || request.Algorithm == ShapAlgorithm.Linear)
            {
                scorer.Dispose();
                return OfSlots(job, model, columns, note, cancellation);
            }
            if (!request.Algorithm.IsForAnyModel)
                throw new InvalidDataException($"The algorithm {request.Algorithm.Name} looks into networks; a pipeline can be asked for scores ({ShapAlgorithm.ListOfThoseForAnyModel}), and the trees or weights of its model be read (tree, linear).");
            request.Target.Check(scorer.OutputNames.Count);
            var features = new RawColumns(scorer) { Schema = model.InputSchema, Columns = columns };
            rows = Rows(job, features, job.Data);
            var background = BlackBoxModel.Needed(request.Background is { } asked ? Background.Read(Fitting(asked, scorer), features.Names.Count, job.Data, Open, cancellation) : null);
            features.Keep();
            var groups = PlayerGroups.Read(request.Groups, features.Names);
            return new ShapModel(rows, BlackBoxModel.Explainer(job, scorer, groups, background, scorer.OutputNames), groups);

            PipelineRows Open(string path) => Rows(job, features, path);
        }
        catch
        {
            rows?.Dispose();
            scorer.Dispose();
            throw;
        }
    }

    private static ShapModel OfSlots(ShapJob job, FittedModel model, IReadOnlySet<string> columns, Action<string> note, CancellationToken cancellation)
    {
        var (request, form) = (job.Request, model.Form);
        var names = form switch
        {
            TreeForm { Ensemble: var trees } when request.Algorithm == ShapAlgorithm.Tree => trees.FeatureNames ?? Numbered(trees.FeatureCount),
            LinearForm { Model: var weights } when request.Algorithm == ShapAlgorithm.Linear => model.FeatureNames ?? Numbered(weights.FeatureCount),
            OpaqueForm { Reason: var reason } => throw new InvalidDataException($"{reason} Take another --algorithm: {ShapAlgorithm.ListOfThoseForAnyModel}."),
            _ => throw new InvalidDataException($"The model of '{job.Model.Path}' is {(form is TreeForm ? "made of trees" : "linear")}: take --algorithm {(form is TreeForm ? ShapAlgorithm.Tree : ShapAlgorithm.Linear).Name}, or one that takes any model."),
        };
        if (request.Output is not null)
            throw new InvalidDataException($"The algorithm {request.Algorithm.Name} explains the model's own score; leave the output's name out.");
        if (request.Predictions && form.LeavesOut is { } leavesOut)
            throw new InvalidDataException($"{leavesOut} Explain raw scores, or the pipeline by another --algorithm.");

        var features = new FeatureSlots(model, names) { Schema = model.InputSchema, Columns = columns };
        var rows = Rows(job, features, job.Data);
        try
        {
            var groups = PlayerGroups.Read(request.Groups, names, model.Blocks is { } blocks ? [.. Enumerable.Range(0, blocks.SlotCount).Select(blocks.FeatureOf)] : null);
            if (form is TreeForm { Ensemble: var trees })
            {
                request.Target.Check(trees.OutputCount);
                return new ShapModel(rows, TreeModel.Explainer(job, trees, names, groups, Open, note, cancellation), groups);
            }
            var linear = (LinearForm)form;
            request.Target.Check(linear.Model.OutputCount);
            if (request.Predictions && linear.Link != ScoreLink.Identity)
                throw new InvalidDataException("Linear SHAP values are shares in the raw score. Leave --output-kind prediction out, or explain the pipeline by another --algorithm.");
            var background = BlackBoxModel.Needed(request.Background is { } asked ? Background.Read(asked, names.Count, job.Data, Open, cancellation) : null);
            var shap = new LinearShap(linear.Model, ShapAlgorithm.OfLinear(request.Options) with { Background = background.Rows }, cancellation);
            return new ShapModel(rows, new LinearExplainer(shap, names, groups, model.OutputNames, linear.Link, background.Remark), groups);
        }
        catch
        {
            rows.Dispose();
            throw;
        }

        PipelineRows Open(string path) => Rows(job, features, path);

        IReadOnlyList<string> Numbered(int count) => [.. Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"{model.FeatureColumnName}[{i}]"))];
    }

    private static PipelineRows Rows(ShapJob job, PipelineFeatures features, string path) => new(features, path, path == job.Data
        ? job.Csv with { TargetColumn = job.Request.Target.LabelColumn }
        : job.Csv with { OnlyInputIsNeeded = true });

    private static BackgroundRequest Fitting(BackgroundRequest asked, PipelineScorer scorer) =>
        asked.Text is BackgroundRequest.Mean or BackgroundRequest.Zero && Enumerable.Range(0, scorer.FeatureNames.Count).FirstOrDefault(scorer.IsCategorical, -1) is >= 0 and var feature
            ? throw new InvalidDataException($"--background {asked.Text} is for numbers, and '{scorer.FeatureNames[feature]}' is none. Give a file, or --background data for rows of the data.")
            : asked;

    private static string? OutputColumn(FittedModel model, ShapRequest request) => request.Output
        ?? (request.Predictions && model.Pipeline.GetOutputSchema(model.InputSchema).GetColumnOrNull(Probability) is not null ? Probability : null);

    /// <summary>Reads a pipeline.</summary>
    /// <exception cref="InvalidModelException">It is damaged, too large, or a part of it cannot be had.</exception>
    internal static FittedModel Load(string path)
    {
        CheckSize(path);
        try
        {
            return FittedModel.Load(new MLContext(), path);
        }
        catch (InvalidModelException e)
        {
            string[] lacking = [.. Parts.Where(p => !IsThere(p))];
            throw lacking.Length == 0 ? e : new InvalidModelException($"{e.Message.TrimEnd('.')}. This build of the tool lacks {string.Join(", ", lacking)}; pipelines with parts from there cannot be loaded.", e);
        }
    }

    private static bool IsThere(string assembly)
    {
        try
        {
            System.Reflection.Assembly.Load(assembly);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
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
                    : throw new InvalidModelException($"The pipeline '{path}' unpacks to more than {MaximumBytes:N0} bytes, which is the most that is read.");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidModelException($"The file '{path}' begins like a pipeline saved by ML.NET, but is damaged: {e.Message}", e);
        }
    }
}
