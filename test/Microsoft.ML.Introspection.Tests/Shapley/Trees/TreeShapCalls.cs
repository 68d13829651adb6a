using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Values in arrays of their own.</summary>
internal static class TreeShapCalls
{
    /// <summary>Shape [N, outputs, players].</summary>
    public static double[] Of(this TreeShap shap, float[] rows)
    {
        var values = new double[Count(shap, rows.Length, shap.PlayerCount)];
        shap.Values(rows, values);
        return values;
    }

    /// <inheritdoc cref="Of(TreeShap, float[])"/>
    public static double[] Of(this TreeShap shap, double[] rows)
    {
        var values = new double[Count(shap, rows.Length, shap.PlayerCount)];
        shap.Values(rows, values);
        return values;
    }

    /// <summary>Shape [N, outputs, players, players].</summary>
    public static double[] InteractionsOf(this TreeShap shap, float[] rows)
    {
        var values = new double[Count(shap, rows.Length, shap.PlayerCount * shap.PlayerCount)];
        shap.Interactions(rows, values);
        return values;
    }

    private static int Count(TreeShap shap, int elements, int size) =>
        elements / shap.Ensemble.FeatureCount * shap.Ensemble.OutputCount * size;
}
