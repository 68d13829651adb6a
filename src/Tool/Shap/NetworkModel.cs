using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tool.Explaining;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Opens ONNX networks.</summary>
internal static class NetworkModel
{
    /// <summary>Prepares a network and rows of numbers.</summary>
    public static ShapModel Open(ShapJob job, OnnxModel model, CancellationToken cancellation)
    {
        var files = new NumberFiles(job, null, allowsMissing: false);
        NetworkScorer? scorer = null;
        try
        {
            // The rows of one input may tell the extents that the model leaves open.
            var shapes = model.Inputs.Count == 1 ? Sources.RowShapes(model, job.Model.Options, _ => files.Given.RowShape) : null;
            var network = job.Model.Load(model, shapes);
            long[] extents = [.. network.Inputs.Select(i => i.Shape!.Skip(1).Aggregate(1L, (size, d) => checked(size * d.Value)))];
            long[]? shape = network.Inputs.Count == 1 ? [.. network.Inputs[0].Shape!.Skip(1).Select(d => d.Value)] : null;
            files.Fit(checked((int)extents.Sum()), shape);
            scorer = new NetworkScorer(network, job.Request.Output, job.Runtime, files.Given.Items);
            var rows = files.Named(scorer.FeatureNames);
            job.Request.Target.Check(scorer.OutputNames.Count);
            var groups = PlayerGroups.Read(job.Request.Groups, files.Features);
            var background = BlackBoxModel.Needed(job.Request.Background is { } asked
                ? Background.Read(asked, files.Features.Count, job.Data, files.Open, cancellation)
                : null);
            return new ShapModel(rows, Explainer(job, network, scorer, groups, background, shape is { Length: > 1 } ? [.. shape.Select(e => (int)e)] : null, cancellation), groups);
        }
        catch
        {
            scorer?.Dispose();
            files.Dispose();
            throw;
        }
    }

    private static ShapExplainer Explainer(
        ShapJob job, Network network, NetworkScorer scorer, PlayerGroups? groups, Background background, IReadOnlyList<int>? shape, CancellationToken cancellation)
    {
        var (algorithm, options) = (job.Request.Algorithm, job.Request.Options);
        if (algorithm.IsForAnyModel)
            return BlackBoxModel.Explainer(job, scorer, groups, background, null, shape);
        if (algorithm == ShapAlgorithm.Linear)
        {
            var shap = new LinearShap(LinearModel.Of(scorer, background.Rows, cancellation: cancellation), ShapAlgorithm.OfLinear(options) with { Background = background.Rows }, cancellation);
            scorer.Dispose();
            return new LinearExplainer(shap, scorer.FeatureNames, groups, null, ScoreLink.Identity, background.Remark);
        }
        if (groups is not null)
            throw new InvalidDataException($"The algorithm {algorithm.Name} explains every feature by itself; groups are for the others. Leave them out and add up the features' values.");
        if (network.Inputs.Count > 1)
            throw new InvalidDataException($"The algorithm {algorithm.Name} explains networks of one input; this one has {network.Inputs.Count}. 'introspect explain --method {algorithm.Method!.Name}' attributes to the inputs that you name.");
        return new GraphExplainer(network, scorer, background.Rows, baseline => algorithm.Make(options) switch
        {
            GradientShap gradient => gradient with { Baseline = baseline },
            DeepShap deep => deep with { Baseline = baseline },
            var other => throw new NotSupportedException($"{other} is no method of the command."),
        }, job.Request.Target, job.Request.Output, job.Runtime, $"{algorithm.Name} SHAP, {background.Remark}");
    }
}
