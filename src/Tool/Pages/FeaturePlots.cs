using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Pages;

/// <summary>What methods say of the features of a table, as the plots of SHAP values show it.</summary>
internal static class FeaturePlots
{
    /// <summary>The values of each method.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="inputs">What stands in them.</param>
    /// <param name="methods">What explains them; all the same features.</param>
    /// <param name="hasLabels">Whether the truth is known.</param>
    public static IReadOnlyList<ShapValues> Values(ShownRow[] rows, IReadOnlyList<ShownInput> inputs, IReadOnlyList<ShownMethod> methods,
        bool hasLabels)
    {
        var parts = methods[0].Parts;
        string[] names = [.. parts.SelectMany(p => p.Names.Select(n => parts.Count > 1 ? $"{inputs[p.Input].Name}: {n}" : n))];
        float[] features = [.. rows.SelectMany(row => parts.SelectMany(p => row.Inputs[p.Input]))];
        var targets = rows.Select(row => row.Target).Distinct().ToList();
        return [.. methods.Select((method, place) =>
        {
            var bases = Array.ConvertAll(rows, row => row.Bases[place]);
            var addsUp = Array.TrueForAll(bases, double.IsFinite);
            return new ShapValues(names, addsUp ? bases.Average() : 0, [.. rows.SelectMany(row => row.Values[place].SelectMany(v => v))],
                features)
            {
                Method = method.Name,
                AddsUp = addsUp,
                OutputName = targets is [var only] ? only : "each row's own class",
                RowOutputs = targets.Count > 1 ? [.. rows.Select(row => row.Target)] : null,
                BaseValues = addsUp && bases.Distinct().Skip(1).Any() ? bases : null,
                Scores = [.. rows.Select(row => row.Score)],
                RowNames = [.. rows.Select(row => row.Name)],
                Labels = hasLabels ? [.. rows.Select(row => row.Label!)] : null,
            };
        })];
    }
}
