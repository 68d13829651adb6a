using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tests.Shapley.Trees;

/// <summary>Values in arrays of their own.</summary>
internal static class TreeShapCalls
{
    /// <summary>Shape [N, outputs, features].</summary>
    public static double[] Of(this TreeShap shap, float[] rows)
    {
        var values = new double[rows.Length * shap.Ensemble.OutputCount];
        shap.Values(rows, values);
        return values;
    }

    /// <inheritdoc cref="Of(TreeShap, float[])"/>
    public static double[] Of(this TreeShap shap, double[] rows)
    {
        var values = new double[rows.Length * shap.Ensemble.OutputCount];
        shap.Values(rows, values);
        return values;
    }

    /// <summary>Shape [N, outputs, features, features].</summary>
    public static double[] InteractionsOf(this TreeShap shap, float[] rows)
    {
        var values = new double[rows.Length * shap.Ensemble.OutputCount * shap.Ensemble.FeatureCount];
        shap.Interactions(rows, values);
        return values;
    }
}
