using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Opens trees, from whatever file.</summary>
internal static class TreeModel
{
    /// <summary>Prepares trees and rows of numbers.</summary>
    public static ShapModel Open(ShapJob job, TreeEnsemble trees, Action<string> note, CancellationToken cancellation)
    {
        var files = new NumberFiles(job, trees.FeatureNames, allowsMissing: true);
        try
        {
            files.Fit(trees.FeatureCount);
            var rows = files.Named(trees.FeatureNames ?? files.Given.Items ?? [.. Enumerable.Range(0, trees.FeatureCount).Select(i => $"f{i}")]);
            job.Request.Target.Check(trees.OutputCount);
            var groups = PlayerGroups.Read(job.Request.Groups, files.Features);
            return new ShapModel(rows, Explainer(job, trees, files.Features, groups, files.Open, note, cancellation), groups);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Prepares the algorithm.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="trees">The trees.</param>
    /// <param name="features">The names of their features.</param>
    /// <param name="groups">Features that are explained as one.</param>
    /// <param name="open">Opens a file as rows for the trees.</param>
    /// <param name="note">Is told where covers come from.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static ShapExplainer Explainer(
        ShapJob job, TreeEnsemble trees, IReadOnlyList<string> features, PlayerGroups? groups, Func<string, FeatureRows> open, Action<string> note, CancellationToken cancellation)
    {
        var request = job.Request;
        var background = request.Background is { } asked ? Background.Read(asked, trees.FeatureCount, job.Data, open, cancellation) : null;
        if (request.Algorithm != ShapAlgorithm.Auto && request.Algorithm != ShapAlgorithm.Tree)
        {
            if (!request.Algorithm.IsForAnyModel)
                throw new InvalidDataException($"The algorithm {request.Algorithm.Name} is for other models; '{job.Model.Path}' holds trees. Take --algorithm tree, or one that takes any model: {ShapAlgorithm.ListOfThoseForAnyModel}.");
            return BlackBoxModel.Explainer(job, new TreeScorer(Named(trees, features), request.Predictions), groups, BlackBoxModel.Needed(background), trees.OutputNames);
        }

        if (background is null && request.Predictions && trees.Link != ScoreLink.Identity)
            throw new InvalidDataException("Shares in a prediction need a background; path-dependent values are shares in the raw score. Give --background FILE, or --background data for rows of the data.");
        var remark = background?.Remark ?? "path-dependent";
        if (background is null && !trees.HasCover)
        {
            using (var rows = open(job.Data))
                trees = Covered(trees, rows, cancellation);
            remark = $"path-dependent with covers by '{Path.GetFileName(job.Data)}'";
            note($"the model does not tell how much data passed each node of its trees; covers are taken from '{job.Data}'. With --background, values need none.");
        }
        return new TreeExplainer(
            trees,
            new TreeShapOptions
            {
                Background = background?.Rows,
                Groups = groups?.Of,
                Output = request.Predictions ? TreeShapOutput.Prediction : TreeShapOutput.RawScore,
                Threads = job.Runtime.Threads,
            },
            request.Target, groups?.Names ?? features, remark);
    }

    // All rows pass, so that even nodes that few of them reach have their share.
    private static TreeEnsemble Covered(TreeEnsemble trees, FeatureRows rows, CancellationToken cancellation)
    {
        var (covers, block) = (new TreeCovers(trees), rows.Block(256));
        while (rows.Read(block, cancellation))
        {
            var seen = block.SeenSingles;
            for (var row = 0; row < block.Count; row++)
                covers.Add(seen.Slice(row * trees.FeatureCount, trees.FeatureCount));
        }
        return covers.Ensemble();
    }

    private static TreeEnsemble Named(TreeEnsemble trees, IReadOnlyList<string> features) => trees.FeatureNames is not null ? trees
        : new(trees.FeatureCount, trees.Trees, trees.BaseScores) { FeatureNames = features, OutputNames = trees.OutputNames, Link = trees.Link, ComparesSingles = trees.ComparesSingles };
}
