using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Exact values of trees.</summary>
/// <param name="shap">The values.</param>
/// <param name="blocks">One-hot blocks of the rows that are one feature of the trees; null where rows are the trees' own.</param>
internal sealed class TreeShapEngine(TreeShap shap, OneHotBlocks? blocks) : ShapEngine
{
    // Enough for all threads, few enough to come back to the caller soon.
    public override int RowsTogether => 1024;

    public override IReadOnlyList<double> BaseValues => shap.BaseValues;

    public override void Values(ReadOnlySpan<float> rows, Span<double> values, CancellationToken cancellation) => shap.Values(Merged(rows), values, cancellation);

    public override void Interactions(ReadOnlySpan<float> rows, Span<double> values, CancellationToken cancellation) => shap.Interactions(Merged(rows), values, cancellation);

    public override OnnxModel Compile(ShapColumns columns) => TreeExplanation.Compile(shap, new TreeGraphOptions
    {
        Target = columns.Options.Target,
        InputName = columns.Feed.Tensors![0].Name,
        AttributionName = columns.NameOf(ShapContent.Values),
        InteractionsName = columns.NameOf(ShapContent.Interactions),
        BaseValueName = columns.NameOf(ShapContent.BaseValue),
        ScoreName = columns.NameOf(ShapContent.Score),
        TargetName = columns.NameOf(ShapContent.Target),
        Prepare = blocks is null ? null : (blocks.SlotCount, Merged),
        Finish = columns.Finish,
    });

    private ReadOnlySpan<float> Merged(ReadOnlySpan<float> rows) => blocks is null ? rows : blocks.Merge(rows);

    // The place of the 1 within a block is a sum of the block's slots, weighted by how far each is from where no 1 would put it. Other
    // slots are left out of the sums: one that is missing would make all of them missing.
    private Value Merged(Value rows)
    {
        var (graph, features) = (rows.Graph, blocks!.FeatureCount);
        int[] slots = [.. Enumerable.Range(0, blocks.SlotCount).Where(slot => blocks.IsBlock(blocks.FeatureOf(slot)))];
        bool[] isBlock = [.. Enumerable.Range(0, features).Select(blocks.IsBlock)];
        var (places, none) = (new float[slots.Length * features], new float[features]);
        foreach (var slot in slots)
            none[blocks.FeatureOf(slot)]++;
        for (var i = 0; i < slots.Length; i++)
        {
            var feature = blocks.FeatureOf(slots[i]);
            places[i * features + feature] = slots[i] - blocks.FirstSlot(feature) - none[feature];
        }
        var plain = rows.Gather(graph.Constant([.. Enumerable.Range(0, features).Select(f => (long)blocks.FirstSlot(f))]), 1);
        var categories = rows.Gather(graph.Constant([.. slots.Select(s => (long)s)]), 1).MatMul(graph.Constant(Tensor.From(places, slots.Length, features)))
            + graph.Constant(Tensor.From(none, 1, features));
        return graph.Constant(Tensor.From(isBlock, 1, features)).Where(categories, plain);
    }
}

/// <summary>Exact values of linear models; what the features of a group get is added up.</summary>
internal sealed class LinearShapEngine(LinearShap shap, ShapPlayers players) : ShapEngine
{
    public override int RowsTogether => 1024;

    public override IReadOnlyList<double> BaseValues => shap.BaseValues;

    public override void Values(ReadOnlySpan<float> rows, Span<double> values, CancellationToken cancellation)
    {
        if (players.Groups is not { } groups)
        {
            shap.Values(rows, values);
            return;
        }
        var all = new double[rows.Length * shap.Model.OutputCount];
        shap.Values(rows, all);
        values.Clear();
        for (var i = 0; i < all.Length; i++)
            values[i / groups.Length * players.Count + groups[i % groups.Length]] += all[i];
    }

    public override OnnxModel Compile(ShapColumns columns) => LinearExplanation.Compile(
        shap,
        // Of a single output there is no axis.
        columns.Options.Target ?? (columns.IsSplit ? null : Target.Class(0)),
        new ExplanationOptions
        {
            InputNames = new Dictionary<string, string> { [LinearExplanation.InputName] = columns.Feed.Tensors![0].Name },
            AttributionName = columns.NameOf(ShapContent.Values)!,
            BaseValueName = columns.NameOf(ShapContent.BaseValue),
            ScoreName = columns.NameOf(ShapContent.Score),
            TargetName = columns.NameOf(ShapContent.Target),
        },
        players.Groups, columns.Finish ?? (values => values));
}

/// <summary>Values of anything that can be asked for scores. For one thread.</summary>
/// <param name="box">The model and its background.</param>
/// <param name="method">How it is asked.</param>
/// <param name="model">What the model is, for messages: "The pipeline".</param>
internal sealed class BlackBoxEngine(BlackBox box, CoalitionMethod method, string model) : ShapEngine
{
    // A few: each row is thousands of evaluations.
    public override int RowsTogether => 16;

    public override IReadOnlyList<double> BaseValues => box.BaseValues;

    public override void Values(ReadOnlySpan<float> rows, Span<double> values, CancellationToken cancellation) =>
        box.Explain(method, rows, cancellation: cancellation).Values.CopyTo(values);

    public override OnnxModel Compile(ShapColumns columns) => throw NoGraph(model);

    /// <summary>Why a black box has no graph.</summary>
    public static NotSupportedException NoGraph(string model) => new(
        $"{model} is explained as a black box, by asking it for the scores of many rows, and cannot be written as a graph that ML.NET could load without this library. " +
        "Save the pipeline without this step and add the step anew after loading; or explain trees and linear models exactly (ShapAlgorithm.Auto over their prediction transformer), " +
        "or a network from its ONNX file: these can be saved.");
}
