using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>In what two explanations of a row agree.</summary>
public enum AgreementKind
{
    /// <summary>The share of the k features of the largest |a| that both name.</summary>
    Feature,

    /// <summary>The share of the k at the same rank.</summary>
    Rank,

    /// <summary>The share of the k that both name with the same sign.</summary>
    Sign,

    /// <summary>The share of the k at the same rank and with the same sign.</summary>
    SignedRank,

    /// <summary>Spearman's correlation of all |a|.</summary>
    RankCorrelation,

    /// <summary>The same of signed numbers.</summary>
    SignedRankCorrelation,

    /// <summary>The share of pairs of features in the same order of |a|.</summary>
    PairwiseRank,

    /// <summary>The same of signed numbers.</summary>
    SignedPairwiseRank,
}

/// <summary>
/// Whether two explanations of a row, or one and the truth of synthetic data, say the same. Krishna et al. 2022, arXiv:2202.01602; Agarwal
/// et al. 2022 (OpenXAI), arXiv:2206.11104. From 0 to 1, correlations from −1.
/// </summary>
public static class Agreement
{
    /// <summary>
    /// How far two explanations agree; NaN where one holds what is not finite, and of correlations with what does not vary.
    /// </summary>
    /// <param name="kind">In what.</param>
    /// <param name="first">One number for each feature.</param>
    /// <param name="second">The same.</param>
    /// <param name="top">How many features are looked at, 1 at least; correlations and pairs look at all.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static double Of(AgreementKind kind, ReadOnlySpan<double> first, ReadOnlySpan<double> second, int top = 5)
    {
        if (first.Length != second.Length || first.IsEmpty)
            throw new ArgumentException($"Explanations of {first.Length} and {second.Length} features cannot be compared.", nameof(second));
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        if (first.IndexOfNotFinite() >= 0 || second.IndexOfNotFinite() >= 0)
            return double.NaN;
        return kind switch
        {
            AgreementKind.RankCorrelation => Correlation.Spearman(first.Absolute(), second.Absolute()),
            AgreementKind.SignedRankCorrelation => Correlation.Spearman(first, second),
            AgreementKind.PairwiseRank => Pairs(first.Absolute(), second.Absolute()),
            AgreementKind.SignedPairwiseRank => Pairs(first, second),
            _ => OfTop(kind, first, second, Math.Min(top, first.Length)),
        };
    }

    private static double OfTop(AgreementKind kind, ReadOnlySpan<double> first, ReadOnlySpan<double> second, int top)
    {
        var (one, other) = (Judging.Order(first.Absolute())[..top], Judging.Order(second.Absolute())[..top]);
        var same = 0;
        for (var rank = 0; rank < top; rank++)
        {
            var feature = one[rank];
            var there = kind is AgreementKind.Rank or AgreementKind.SignedRank ? other[rank] == feature : other.AsSpan().Contains(feature);
            var signed = kind is AgreementKind.Sign or AgreementKind.SignedRank;
            same += there && (!signed || Math.Sign(first[feature]) == Math.Sign(second[feature])) ? 1 : 0;
        }
        return same / (double)top;
    }

    private static double Pairs(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        if (first.Length < 2)
            return double.NaN;
        var same = 0L;
        for (var i = 0; i < first.Length; i++)
            for (var j = i + 1; j < first.Length; j++)
                same += first[i].CompareTo(first[j]) == second[i].CompareTo(second[j]) ? 1 : 0;
        return same / (first.Length * (first.Length - 1) / 2.0);
    }
}
