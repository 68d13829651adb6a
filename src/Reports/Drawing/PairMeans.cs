using System.Text.Json;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// How much features act together: means of absolute interaction values, a pair's halves added before; main effects on the diagonal.
/// </summary>
/// <param name="Features">Which features.</param>
/// <param name="Means">Their means, below the diagonal and on it.</param>
/// <param name="Rows">Over how many rows.</param>
internal sealed record PairMeans(int[] Features, double[,] Means, int Rows)
{
    public static PairMeans Of(ShapValues values, int[] features)
    {
        var means = new double[features.Length, features.Length];
        for (var row = 0; row < values.InteractionRowCount; row++)
        {
            var own = values.InteractionsOf(row);
            for (var i = 0; i < features.Length; i++)
                for (var j = 0; j <= i; j++)
                {
                    var (one, other) =
                        (own[features[i] * values.FeatureCount + features[j]], own[features[j] * values.FeatureCount + features[i]]);
                    means[i, j] += Math.Abs(i == j ? one : one + other) / values.InteractionRowCount;
                }
        }

        return new PairMeans(features, means, values.InteractionRowCount);
    }

    /// <summary>Writes the lower triangle, line by line.</summary>
    public void Write(Utf8JsonWriter json, PlotData.Parts parts)
    {
        json.WriteStartObject("pairs");
        PlotRows.WriteNumbers(json, "of", Features.Select(feature => (double)feature));
        json.WriteNumber("means", parts.AddRounded(
            [.. Features.Index().SelectMany(i => Enumerable.Range(0, i.Index + 1), (i, j) => Means[i.Index, j])]));
        json.WriteNumber("rows", Rows);
        json.WriteEndObject();
    }
}
