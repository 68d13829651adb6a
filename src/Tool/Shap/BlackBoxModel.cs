using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Prepares the algorithms that ask nothing of a model but scores.</summary>
internal static class BlackBoxModel
{
    /// <summary>The background, or what to do where none is given.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static Background Needed(Background? background) => background ?? throw new InvalidDataException(
        "This needs a background, whose values absent features take: --background FILE with rows like the training data; or --background data for rows of the data themselves, mean for their mean, zero for zeros.");

    /// <summary>Prepares the algorithm.</summary>
    /// <param name="job">What is asked for.</param>
    /// <param name="scorer">The model; disposed of with the explainer, where it can be.</param>
    /// <param name="groups">Features that are explained as one.</param>
    /// <param name="background">The background.</param>
    /// <param name="outputNames">The outputs' names; null where nobody named them.</param>
    /// <param name="shape">The extents of a row of the model's input; null where it has but one.</param>
    public static BlackBoxExplainer Explainer(
        ShapJob job, IScorer scorer, PlayerGroups? groups, Background background, IReadOnlyList<string>? outputNames, IReadOnlyList<int>? shape = null)
    {
        var (algorithm, options) = (job.Request.Algorithm, job.Request.Options);
        var features = scorer.FeatureNames.Count;
        var method = (CoalitionMethod)algorithm.Make(options, groups?.Names.Count ?? features);
        if (method is PartitionShap partition && groups is null)
            method = partition with { Hierarchy = Hierarchy(options.GetValueOrDefault(ShapAlgorithm.HierarchyName, "auto"), scorer, background.Rows, shape) };
        if (groups is not null)
            method = method with { Groups = groups.Tensor, GroupNames = groups.Names };
        return new BlackBoxExplainer(scorer, background.Rows, method, outputNames, background.Remark) { Shape = groups is null ? shape : null };
    }

    private static Partition? Hierarchy(string asked, IScorer scorer, float[] background, IReadOnlyList<int>? shape)
    {
        var features = scorer.FeatureNames.Count;
        if (asked == "auto" && shape is { Count: > 1 })
            return Partition.Image([.. shape.Select(e => (long)e)]);
        var canCorrelate = features <= FeatureClustering.MaximumFeatures && background.Length / features > 1
            && Array.TrueForAll(background, float.IsFinite) && !Enumerable.Range(0, features).Any(scorer.IsCategorical);
        return asked == "order" || asked == "auto" && !canCorrelate ? null
            : canCorrelate ? FeatureClustering.ByCorrelation(background, features)
            : throw new InvalidDataException($"Features can be put together by correlation where they are numbers, at most {FeatureClustering.MaximumFeatures:N0}, none missing, and the background has several rows. Say --{ShapAlgorithm.HierarchyName} order.");
    }
}
