using System.Text.Json;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Files;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>Agreement of pairs of attributions: arrays of a case that has no model.</summary>
internal static class AgreementReference
{
    private static readonly Dictionary<string, AgreementKind> Kinds = new()
    {
        ["feature_agreement"] = AgreementKind.Feature, ["rank_agreement"] = AgreementKind.Rank, ["sign_agreement"] = AgreementKind.Sign,
        ["signed_rank_agreement"] = AgreementKind.SignedRank, ["rank_correlation_abs"] = AgreementKind.RankCorrelation,
        ["rank_correlation_signed"] = AgreementKind.SignedRankCorrelation, ["pairwise_rank_agreement_abs"] = AgreementKind.PairwiseRank,
        ["pairwise_rank_agreement_signed"] = AgreementKind.SignedPairwiseRank,
    };

    /// <summary>Compares all arrays of a case.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arrays">Its arrays.</param>
    /// <param name="settings">What the manifest says of them.</param>
    public static IEnumerable<EvaluationMetrics.Result> Of(string name, NpzArchive arrays, JsonElement settings)
    {
        var (first, second) = (arrays.Read("a"), arrays.Read("b"));
        var (a, b, features) = (first.ToDoubles(), second.ToDoubles(), first.Shape[1]);
        foreach (var array in settings.EnumerateObject())
        {
            if (!Kinds.TryGetValue(array.Name, out var kind))
                continue;
            int[] tops = !array.Value.GetProperty("params").TryGetProperty("k", out var k) ? [1]
                : [.. k.EnumerateArray().Select(t => t.GetInt32())];
            double[] found = [.. Enumerable.Range(0, first.Shape[0]).SelectMany(row => tops.Select(top => Agreement.Of(
                kind, a.AsSpan(row * features, features), b.AsSpan(row * features, features), top)))];
            yield return new($"{name}/{array.Name}", EvaluationMetrics.Gap(arrays.Read(array.Name + "_f64").ToDoubles(), found), 1e-12);
        }
    }
}
