namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>How the loss from scattering a feature is told.</summary>
public enum ImportanceForm
{
    /// <summary>As a difference of the metric (Breiman).</summary>
    Difference,

    /// <summary>
    /// As the quotient of the loss after and before; 1 means that the feature is not needed. For losses only (Fisher, Rudin, Dominici).
    /// </summary>
    Ratio,
}

/// <summary>How permutation importances are taken.</summary>
public sealed record PermutationImportanceOptions
{
    /// <summary>How often each feature is scattered; at least 2 for a confidence interval.</summary>
    public int Repeats
    {
        get;
        init => field =
            value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Repeats), value, "At least one repetition is needed.");
    } = 10;

    /// <summary>Other permutations for every seed.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The level of the confidence intervals, between 0 and 1.</summary>
    public double Confidence
    {
        get;
        init => field = value is > 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Confidence), value, "A level of confidence lies between 0 and 1.");
    } = 0.95;

    /// <summary>How the loss is told.</summary>
    public ImportanceForm Form
    {
        get;
        init =>
            field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Form), value, "There is no such form.");
    }

    /// <summary>
    /// Features to scatter together (the slots of a one-hot code, correlated measurements), by their numbers; null for each by itself.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>>? Groups { get; init; }

    /// <summary>The groups' names; null for those of their features with plus signs between them.</summary>
    public IReadOnlyList<string>? GroupNames { get; init; }

    /// <summary>The groups, with names: each feature by itself where none are given.</summary>
    internal IReadOnlyList<(string Name, int[] Features)> GroupsOf(IReadOnlyList<string> features)
    {
        if (Groups is null && GroupNames is not null)
            throw new ArgumentException($"Names of groups were given, but no groups; set {nameof(Groups)}.");
        if (Groups is null)
            return [.. features.Select((name, i) => (name, (int[])[i]))];
        if (GroupNames is not null && GroupNames.Count != Groups.Count)
            throw new ArgumentException($"{GroupNames.Count} names were given for {Groups.Count} groups.");
        return [.. Groups.Select((group, i) =>
        {
            int[] members = [.. group];
            if (members.Length == 0 || members.Any(f => f < 0 || f >= features.Count) || members.Distinct().Count() < members.Length)
                throw new ArgumentException($"Group {i} [{string.Join(", ", members)}] does not fit: it must name some of the features 0 "
                    + $"to {features.Count - 1}, each once.");
            return (GroupNames?[i] ?? string.Join(" + ", members.Select(f => features[f])), members);
        })];
    }
}
