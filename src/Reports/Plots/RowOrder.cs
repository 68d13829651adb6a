using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How a plot puts rows side by side.</summary>
public enum RowOrder
{
    /// <summary>Rows with like SHAP values beside each other: the order of the leaves of a clustering.</summary>
    Similarity,

    /// <summary>From the lowest score to the highest.</summary>
    Score,

    /// <summary>As they were given.</summary>
    Given,
}

/// <summary>Puts rows in order.</summary>
internal static class RowOrders
{
    public static int[] Sort(this RowOrder order, ShapValues values, int[] rows) => order switch
    {
        RowOrder.Similarity => SimilarityOrder.Of(values, rows),
        RowOrder.Score => [.. rows.OrderBy(row => values.Predictions[row])],
        _ => rows,
    };
}
