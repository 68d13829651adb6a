using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>
/// Keys: texts or numbers told by their place in a list, from 1 on; 0 for those that are not in it. In a graph they are whole numbers of 64
/// bits.
/// </summary>
internal static class KeyRules
{
    private const string Behind = "keys are no real numbers; the network starts behind them";

    /// <summary>The places of values in the list that was learnt.</summary>
    public static StepPlan KeysOfValues(StepSite site)
    {
        if (!site.FromRaw)
            return StepPlan.Not(Behind);
        if (site.Source.Size is not > 0)
            return StepPlan.Not($"'{site.Source.Name}' has a varying number of items");
        if (site.Source.Item is TextDataViewType && Values<ReadOnlyMemory<char>>(site.Made) is { } texts)
            return StepPlan.Of(site.Source.Name, x => x.PlacesAmong([.. texts.Select(t => t.ToString())]));
        if (site.Source.Item == NumberDataViewType.Single && Values<float>(site.Made) is { } numbers)
            return StepPlan.Of(site.Source.Name, x => Places(x, Tensor.From(numbers, numbers.Length)));
        return StepPlan.Not($"keys of {site.Source.Item} are not written");
    }

    /// <summary>A vector with a 1 at the key's place: for each key of a vector one behind the other, or all counted in one.</summary>
    public static StepPlan OneHot(StepSite site)
    {
        var source = site.Source;
        if (source.Item is not KeyDataViewType { Count: > 0 and < int.MaxValue } key || source.Size is not { } size || site.Made.Type is not
            VectorDataViewType made)
            return StepPlan.Not($"'{source.Name}' is of type {source.Column.Type}");
        if (!site.FromRaw)
            return StepPlan.Not(Behind);
        long[] places = [.. Enumerable.Range(1, (int)key.Count).Select(i => (long)i)];
        return StepPlan.Of(source.Name, x =>
        {
            var hot = x.Unsqueeze(2).EqualTo(x.Graph.Constant(places)).Cast(ElementType.Float);
            return size * places.Length == made.Size ? hot.Reshape(0, -1) : hot.ReduceSum([1], keepDimensions: false);
        });
    }

    private static Value Places(Value x, Tensor numbers)
    {
        long[] places = [.. Enumerable.Range(1, (int)numbers.Count).Select(i => (long)i)];
        var found = x.Unsqueeze(2).EqualTo(x.Graph.Constant(numbers)).Cast(ElementType.Int64);
        return (found * x.Graph.Constant(places)).ReduceSum([2], keepDimensions: false);
    }

    private static T[]? Values<T>(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is not VectorDataViewType { ItemType: var item }
            || item.RawType != typeof(T))
            return null;
        VBuffer<T> values = default;
        column.Annotations.GetValue("KeyValues", ref values);
        return [.. values.DenseValues()];
    }
}
