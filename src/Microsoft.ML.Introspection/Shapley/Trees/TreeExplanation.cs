using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees.Graphs;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>Compiles the Shapley values of an ensemble into a model that plain ONNX Runtime runs.</summary>
internal static class TreeExplanation
{
    private const int MostInteractions = 1 << 28;

    /// <summary>Writes the values that <see cref="TreeShap"/> computes as a model of standard operators.</summary>
    /// <param name="shap">The ensemble, and how features are taken away.</param>
    /// <param name="options">What to give, and the names of everything; null for the values alone.</param>
    /// <returns>
    /// A model with an input of rows, [N, features], single precision, NaN for missing values. Its outputs, of single precision, are those
    /// that the options name, in the order in which these list them. A target that takes a label has an input for it, 64-bit integers, [N,
    /// 1].
    /// </returns>
    /// <remarks>
    /// Rows are computed some at a time, whatever the batch, so that memory stays bounded. In the graph single precision serves at any
    /// depth, so it is what
    /// <see cref="TreeShapPrecision.Auto"/> means there; with double precision only inputs and outputs are single.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// A name is given twice, or none at all; the target is out of range, or inside a network; a tree is too deep; interaction values
    /// are asked against a background, or there are too many of them.
    /// </exception>
    public static OnnxModel Compile(TreeShap shap, TreeGraphOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(shap);
        options ??= new TreeGraphOptions();
        Check(shap, options);
        var (ensemble, graph) = (shap.Ensemble, new Graph());
        var input = graph.Input(options.InputName, ElementType.Float,
            new Shape(Dimension.Symbol("batch"), options.Prepare?.Length ?? ensemble.FeatureCount));
        var labels = options.Target?.LabelInput is { } label ? graph.Input(label, ElementType.Int64, new Shape(input.Shape[0], 1)) : null;

        var results = Results(shap, options, options.Prepare?.Map(input) ?? input);
        var bases = Rows(input, shap.BaseValues);
        var explained = bases + results.Values.Reshape(-1, ensemble.OutputCount, shap.PlayerCount).ReduceSum([2], keepDimensions: false);
        var rawScores = results.RawScores ?? explained;
        var choice = options.Target?.Choose(explained, labels);

        var outputs = new List<(string, Value)>();
        Add(options.AttributionName,
            () => Chosen(results.Values, shap.PlayerCount) is var values && options.Finish is { } finish ? finish(values) : values);
        Add(options.InteractionsName, () => Chosen(results.Interactions!, shap.PlayerCount, shap.PlayerCount));
        Add(options.BaseValueName, () => choice is null ? bases : options.Target!.Score(bases, choice));
        Add(options.ScoreName, () => choice is null ? explained : options.Target!.Score(explained, choice));
        Add(options.TargetName, () => choice!);
        Add(options.RawScoresName, () => rawScores);
        Add(options.PredictionsName,
            () => shap.Options.Output == TreeShapOutput.Prediction ? explained : ensemble.Link.Apply(rawScores, 1));
        if (outputs.Count == 0)
            throw new ArgumentException("The graph has no output; name one of them.", nameof(options));
        return graph.ToModel(outputs, keepAllInputs: true).WithMetadata(("method", "TreeShap"),
            ("target", options.Target?.ToString() ?? "all"));

        void Add(string? name, Func<Value> value)
        {
            if (name is not null)
                outputs.Add((name, value() is var result && result.Type == ElementType.Double ? result.Cast(ElementType.Float) : result));
        }

        // What is explained of [N, outputs·size…], the axis of outputs put away where there is one output.
        Value Chosen(Value all, params long[] extents)
        {
            if (choice is null)
                return all.Reshape(ensemble.OutputCount == 1 ? [-1, .. extents] : [-1, ensemble.OutputCount, .. extents]);
            var size = extents.Aggregate((p, e) => p * e);
            var table = all.Reshape(-1, ensemble.OutputCount, size).Transpose(0, 2, 1);
            var choices = (choice.Unsqueeze(1) + Operators.FullIntegersLike(table.Slice([0], [1], [2]), 0)).Reshape(-1, 1);
            return options.Target!.Score(table.Reshape(-1, ensemble.OutputCount), choices).Reshape([-1, .. extents]);
        }
    }

    /// <summary>Writes the path-dependent Shapley values of the raw scores of an ensemble as a model.</summary>
    /// <inheritdoc cref="Compile(TreeShap, TreeGraphOptions?)"/>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="options">What to give, and the names of everything; null for the values alone.</param>
    public static OnnxModel Compile(TreeEnsemble ensemble, TreeGraphOptions? options = null) => Compile(new TreeShap(ensemble), options);

    private static void Check(TreeShap shap, TreeGraphOptions options)
    {
        if (options.InteractionsName is not null && shap.Options.Background is not null)
            throw new ArgumentException("Interaction values are path-dependent; against a background there are none. Leave out the "
                + "background, or InteractionsName.", nameof(options));
        if (options.InteractionsName is not null
            && (double)shap.PlayerCount * shap.PlayerCount * shap.Ensemble.OutputCount is > MostInteractions and var many)
            throw new ArgumentException($"A row would have {many:N0} interaction values; at most {MostInteractions:N0} are written. "
                + "Group features (TreeShapOptions.Groups), or leave out InteractionsName.", nameof(options));
        if (options.TargetName is not null && options.Target is null)
            throw new ArgumentException($"The explained output is to be named '{options.TargetName}', but all outputs are explained. "
                + "Give a Target, or leave out TargetName.", nameof(options));
        if (options.Target?.InnerLayer is { } layer)
            throw new ArgumentException($"The target lies in the layer '{layer}' of a network; trees have outputs only.", nameof(options));
    }

    private static TreeResults Results(TreeShap shap, TreeGraphOptions options, Value input)
    {
        var (ensemble, interactions) = (shap.Ensemble, options.InteractionsName is not null);
        var size = ensemble.OutputCount * shap.PlayerCount;
        if (ensemble.Trees.All(t => t.Nodes[0].IsLeaf))
            return new TreeResults(Rows(input, new double[size]), Rows(input, new double[interactions ? size * shap.PlayerCount : 0]));
        IReadOnlyList<TreeValues> values =
            interactions ? [new PathValues(shap, ensemble.Trees)] : TableValues.Of(shap, options.MostTableBytes);
        // Each at its own pace: tables take fewer rows at once than trees without them, whose leaves are laid out anew each time.
        var parts = values.Select(v => RowPortions.Compute(input, v.RowsAtOnce, rows =>
        {
            var results = v.Of(rows, interactions);
            return [results.Values, .. ((Value?[])[results.Interactions, results.RawScores]).OfType<Value>()];
        })).ToList();
        var (sum, more) = (parts.Select(p => p[0]).Aggregate((all, part) => all + part), parts.Find(p => p.Count > 1)?[1]);
        return interactions ? new TreeResults(sum, more) : new TreeResults(sum, RawScores: more);
    }

    // The same numbers for every row.
    private static Value Rows(Value input, IReadOnlyList<double> numbers) =>
        input.Slice([0], [1], [1]).FullLike(0).Cast(ElementType.Double) + input.Graph.Constant(Tensor.Vector<double>([.. numbers]));
}
