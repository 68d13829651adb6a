using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Compiles the SHAP values of linear models into models that plain ONNX Runtime runs: a subtraction and a product.</summary>
internal static class LinearExplanation
{
    /// <summary>The name of the input, unless the options give it another.</summary>
    public const string InputName = "input";

    /// <summary>Writes the model and its SHAP values as one graph.</summary>
    /// <param name="shap">The values.</param>
    /// <param name="target">
    /// What to explain: the attribution has then the shape [N, features], and class and score the shape [N, 1]. Null explains all outputs
    /// at once: the attribution has the shape [N, outputs, features], there is no class, and score and base value have the shape [N,
    /// outputs].
    /// </param>
    /// <param name="options">The names of everything; inputs, layers and outputs to pass through are not for linear models.</param>
    /// <returns>A model of one input of shape [N, features] (and a label input, where the target asks for one).</returns>
    /// <exception cref="ArgumentException">The target is out of range, or an option does not apply.</exception>
    public static OnnxModel Compile(LinearShap shap, Target? target = null, ExplanationOptions? options = null) =>
        Compile(shap, target, options, null, values => values);

    /// <param name="shap">The values.</param>
    /// <param name="target">What to explain; null for all outputs.</param>
    /// <param name="options">The names of everything.</param>
    /// <param name="groups">The group of each feature, whose values are added up; null for none.</param>
    /// <param name="finish">What is done to the values, along their last axis, before they are given.</param>
    internal static OnnxModel Compile(LinearShap shap, Target? target, ExplanationOptions? options, int[]? groups,
        Func<Value, Value> finish)
    {
        ArgumentNullException.ThrowIfNull(shap);
        options ??= new ExplanationOptions();
        if (options is not { Inputs: null, Layer: null, Output: null, PassThrough.Count: 0 }
            || options.InputNames.Keys.Any(k => k != InputName) || target?.InnerLayer is not null)
            throw new ArgumentException($"A linear model has one input, '{InputName}', and no layers or further outputs to name.",
                nameof(options));

        var (model, features, outputs) = (shap.Model, shap.Model.FeatureCount, shap.Model.OutputCount);
        var players = groups is null ? features : groups.Max() + 1;
        var graph = new Graph();
        var input = graph.Input(options.InputNames.GetValueOrDefault(InputName, InputName), ElementType.Float,
            new Shape(Dimension.Symbol("N"), features));
        Value Matrix(double[] elements, params ReadOnlySpan<long> extents) =>
            graph.Constant(Tensor.FromDoubles(ElementType.Float, elements, extents));

        // From the mean on, where numbers are small: what is common to all rows takes no digits from what differs.
        var away = input - Matrix([.. shap.Mean], 1, features);
        var score = away.MatMul(Matrix(Weights(model), features, outputs)) + Matrix([.. shap.BaseValues], 1, outputs);
        var values = away.MatMul(Matrix(Shares(shap, groups, players), features, players * outputs));

        var bases = input.Slice([0], [1], [1]).FullLike(0) + Matrix([.. shap.BaseValues], 1, outputs);
        var results = new List<(string, Value)>();
        if (target is null)
        {
            results.Add((options.AttributionName, finish(values.Reshape(-1, players, outputs).Transpose(0, 2, 1))));
        }
        else
        {
            var labels = target.LabelInput is { } label ? graph.Input(label, ElementType.Int64, new Shape(Dimension.Symbol("N"), 1)) : null;
            var choice = target.Choose(score, labels);
            // A target takes one number of each row of a table: feature by feature, [features·N, outputs].
            var table = values.Reshape(-1, players, outputs).Transpose(1, 0, 2).Reshape(-1, outputs);
            results.Add(
                (options.AttributionName, finish(target.Score(table, choice.RepeatRows(players)).Reshape(players, -1).Transpose(1, 0))));
            bases = target.Score(bases, choice);
            if (options.TargetName is { } targetName)
                results.Add((targetName, choice));
            score = target.Score(score, choice);
        }
        if (options.BaseValueName is { } baseName)
            results.Add((baseName, bases));
        if (options.ScoreName is { } scoreName)
            results.Add((scoreName, score));
        return graph.ToModel(results, keepAllInputs: true).WithMetadata(("method", "linear SHAP"), ("target", target?.ToString() ?? "all"));
    }

    // [features, outputs]
    private static double[] Weights(LinearModel model) =>
        [.. Enumerable.Range(0, model.FeatureCount)
            .SelectMany(f => Enumerable.Range(0, model.OutputCount).Select(o => model.Weights(o)[f]))];

    // T of all outputs as [features of x − μ, players of φ, outputs]; what a group's features get is added up.
    private static double[] Shares(LinearShap shap, int[]? groups, int players)
    {
        var (features, outputs) = (shap.Model.FeatureCount, shap.Model.OutputCount);
        var shares = new double[features * players * outputs];
        for (var output = 0; output < outputs; output++)
        {
            var matrix = shap.Matrix(output);
            for (var to = 0; to < features; to++)
                for (var from = 0; from < features; from++)
                    shares[(from * players + (groups?[to] ?? to)) * outputs + output] += matrix[to * features + from];
        }
        return shares;
    }
}
