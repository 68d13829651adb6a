using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>Steps that put numbers in other places, or make linear mixtures of them.</summary>
internal static class ColumnRules
{
    /// <summary>One vector of several columns.</summary>
    public static StepPlan Concatenation(StepSite site, ColumnConcatenatingTransformer transformer)
    {
        var sources = UnpublishedSteps.SourcesOf(transformer)[site.Made.Name];
        return Array.Find(sources, s => site.Column(s).Size is null) is { } varying
            ? StepPlan.Not($"how many items '{varying}' has varies from row to row")
            : StepPlan.Of(sources, values => new PipelineValue(values is [var only] ? only.Flat
                : Operators.Concat(1, [.. values.Select(v => v.Flat)])));
    }

    /// <summary>Numbers of another type.</summary>
    public static StepPlan Conversion(StepSite site)
    {
        var source = site.Source;
        return source.Size is not > 0 || ColumnTypes.ElementOf(source.Item) is null || ColumnTypes.ElementOf(site.Item) is not { } type
            ? StepPlan.Not($"it makes {site.Item} of {source.Item}")
            // Whole numbers are no numbers that a gradient passes; they are the same behind the step.
            : source.Plan.IsWritten || StepSite.IsNumbers(source) || site.FromRaw ? StepPlan.Of(source.Name, x => x.Cast(type))
            : StepPlan.Not($"'{source.Name}' holds {source.Item}, which is no real number");
    }

    /// <summary>Some slots of a vector.</summary>
    public static StepPlan KeptSlots(StepSite site, ITransformer transformer)
    {
        var source = site.Source;
        if (source.Size is not { } size || source.Column.Type is not VectorDataViewType)
            return StepPlan.Not("it leaves out a column, or slots of vectors of varying size");
        var dropped = UnpublishedSteps.DroppedSlots(transformer, site.Index);
        long[] kept = [.. Enumerable.Range(0, size).Where(i => !dropped.Any(d => d.First <= i && i <= d.Last)).Select(i => (long)i)];
        // Where nothing is kept, ML.NET keeps a zero.
        return StepPlan.Of(source.Name, x => kept.Length == 0 ? x.ReduceSum([1]) * 0.0 : x.Gather(x.Graph.Constant(kept), 1));
    }

    /// <summary>Principal components.</summary>
    public static StepPlan Projection(StepSite site, PrincipalComponentAnalysisTransformer transformer)
    {
        var (vectors, means) = UnpublishedSteps.Components(transformer, site.Index);
        return StepPlan.Of(site.Source.Name, x => x.Weighted(vectors) - x.Graph.Constant(Tensor.From(means, means.Length)));
    }

    /// <summary>Weighted sums of the slots of rows.</summary>
    /// <param name="x">Shape [N, slots].</param>
    /// <param name="weights">A weight for every slot, for each sum.</param>
    /// <returns>Shape [N, sums].</returns>
    public static Value Weighted(this Value x, IReadOnlyList<float[]> weights)
    {
        var slots = weights[0].Length;
        var matrix = new float[slots * weights.Count];
        for (var sum = 0; sum < weights.Count; sum++)
            for (var slot = 0; slot < slots; slot++)
                matrix[slot * weights.Count + sum] = weights[sum][slot];
        return x.Cast(ElementType.Float).MatMul(x.Graph.Constant(Tensor.From(matrix, slots, weights.Count)));
    }
}
