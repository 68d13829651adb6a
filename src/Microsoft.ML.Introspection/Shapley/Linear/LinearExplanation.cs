using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees.Graphs;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Compiles the SHAP values of linear models into models that plain ONNX Runtime runs: a subtraction and a product.</summary>
public static class LinearExplanation
{
    /// <summary>Writes the values that <see cref="LinearShap"/> computes as a model of standard operators.</summary>
    /// <param name="shap">The linear model, and what its values are relative to.</param>
    /// <param name="options">What to give, and the names of everything; null for the values alone.</param>
    /// <returns>
    /// A model with an input of rows, [N, features], single precision. Its outputs are those that the options name, in the order in which these
    /// list them. A target that takes a label has an input for it, 64-bit integers, [N, 1].
    /// </returns>
    /// <exception cref="ArgumentException">A name is given twice, or none at all; the target is out of range, or inside a network.</exception>
    public static OnnxModel Compile(LinearShap shap, LinearGraphOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(shap);
        options ??= new LinearGraphOptions();
        if (options.TargetName is not null && options.Target is null)
            throw new ArgumentException($"The explained output is to be named '{options.TargetName}', but all outputs are explained. Give a Target, or leave out TargetName.", nameof(options));
        if (options.Target?.InnerLayer is { } layer)
            throw new ArgumentException($"The target lies in the layer '{layer}' of a network; a linear model has outputs only.", nameof(options));

        var (features, count) = (shap.Model.FeatureCount, shap.Model.OutputCount);
        var graph = new Graph();
        var input = graph.Input(options.InputName, ElementType.Float, new Shape(Dimension.Symbol("batch"), features));
        var labels = options.Target?.LabelInput is { } label ? graph.Input(label, ElementType.Int64, new Shape(input.Shape[0], 1)) : null;

        // From the mean on, where numbers are small: what is common to all rows takes no digits from what differs.
        var away = input - Matrix([.. shap.Mean], 1, features);
        var bases = away.Slice([0], [1], [1]).FullLike(0) + Matrix([.. shap.BaseValues], 1, count);
        var scores = away.MatMul(Matrix(Weights(shap.Model), features, count)) + bases;
        var values = away.MatMul(Matrix(Shares(shap), features, features * count));
        var choice = options.Target?.Choose(scores, labels);

        var outputs = new List<(string, Value)>();
        Add(options.AttributionName, Attributions);
        Add(options.BaseValueName, () => Chosen(bases));
        Add(options.ScoreName, () => Chosen(scores));
        Add(options.TargetName, () => choice!);
        Add(options.RawScoresName, () => scores);
        Add(options.PredictionsName, () => options.Link.Predictions(scores, 1));
        return outputs.Count == 0
            ? throw new ArgumentException("The graph has no output; name one of them.", nameof(options))
            : graph.ToModel(outputs, keepAllInputs: true).WithMetadata(("method", "LinearShap"), ("target", options.Target?.ToString() ?? "all"));

        Value Matrix(double[] elements, params ReadOnlySpan<long> extents) => graph.Constant(Tensor.FromDoubles(ElementType.Float, elements, extents));

        void Add(string? name, Func<Value> value)
        {
            if (name is not null)
                outputs.Add((name, value()));
        }

        Value Chosen(Value table) => choice is null ? table : options.Target!.Score(table, choice);

        // [N, features·outputs], outputs fastest. A target takes one number of each row of a table: feature by feature, [features·N, outputs].
        Value Attributions() => choice is not null
            ? options.Target!.Score(values.Reshape(-1, features, count).Transpose(1, 0, 2).Reshape(-1, count), choice.RepeatRows(features)).Reshape(features, -1).Transpose(1, 0)
            : count == 1 ? values : values.Reshape(-1, features, count).Transpose(0, 2, 1);
    }

    // [features, outputs]
    private static double[] Weights(LinearModel model) =>
        [.. Enumerable.Range(0, model.FeatureCount).SelectMany(f => Enumerable.Range(0, model.OutputCount).Select(o => model.Weights(o)[f]))];

    // T of all outputs as [features of x − μ, features of φ, outputs].
    private static double[] Shares(LinearShap shap)
    {
        var (features, outputs) = (shap.Model.FeatureCount, shap.Model.OutputCount);
        var shares = new double[checked(features * features * outputs)];
        for (var output = 0; output < outputs; output++)
        {
            var matrix = shap.Matrix(output);
            for (var to = 0; to < features; to++)
                for (var from = 0; from < features; from++)
                    shares[(from * features + to) * outputs + output] = matrix[to * features + from];
        }
        return shares;
    }
}
