using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Uncertainty;

/// <summary>A column beside predictions that a graph makes of them.</summary>
internal static class CalibratedColumn
{
    /// <summary>Whether a graph can read and write columns of these names.</summary>
    /// <exception cref="ArgumentException">It cannot.</exception>
    public static void CheckNames(string output, IReadOnlyList<string> inputs)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(output);
        if (inputs.Contains(output) || inputs.Distinct().Count() < inputs.Count)
            throw new ArgumentException($"Each column needs a name of its own; read are {Listing.Of(inputs)}, and made is '{output}'.");
        ColumnPlan.CheckNames([output], inputs);
    }

    /// <summary>All that a transformer is made of.</summary>
    /// <param name="catalog">The catalog that makes the form it is saved in.</param>
    /// <param name="graph">The graph, with one output.</param>
    /// <param name="inputs">The columns it reads.</param>
    /// <param name="slots">What the items of the column are called.</param>
    /// <param name="type">Their type.</param>
    /// <param name="runtime">How it runs.</param>
    public static FittedExplanation Fitted(TransformsCatalog catalog, OnnxModel graph, IReadOnlyList<InputColumn> inputs,
        IReadOnlyList<string> slots, ElementType type, RuntimeOptions runtime)
    {
        var name = graph.Outputs[0].Name;
        var output = new OutputColumn(name, new VectorDataViewType((PrimitiveDataViewType)ColumnTypes.ItemOf(type)!, 1, slots.Count),
            new FixedSlots(slots));
        return new(catalog, new ExplainOptions { Runtime = runtime }, ExplanationColumns.Of(graph, inputs, [output]),
            new Dictionary<string, IReadOnlyList<string>> { [name] = slots });
    }
}
