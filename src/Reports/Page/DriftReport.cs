using Microsoft.ML.Introspection.Evaluation.Monitoring;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A page on what changed between two jobs that explained rows: since last month, say.</summary>
public static class DriftReport
{
    private const int MostNamed = 5, MostPictures = 8, MostRows = 500;

    /// <summary>The page.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="first">What the first job is called: the name of its file.</param>
    /// <param name="second">What the second job is called.</param>
    /// <param name="drift">What changed.</param>
    /// <param name="facts">What else is said of both; null for nothing.</param>
    public static Report Of(
        string title, string first, string second, ExplanationDrift drift, IReadOnlyList<(string Name, object? Value)>? facts = null)
    {
        ArgumentNullException.ThrowIfNull(drift);
        var report = new Report(title, $"What changed from {first} to {second}")
        {
            new Facts(
                [(first, Rows(drift.FirstRows)), (second, Rows(drift.SecondRows)), ("Features", drift.Reasons.Count), .. facts ?? []]),
            Summary(first, second, drift),
        };
        if (drift.Others.Count > 0)
            report.Add(Beside(first, second, drift));
        report.Add(Reasons(first, second, drift));
        if (Pictures(first, second, drift) is { } pictures)
            report.Add(pictures);
        return report.Add(new Section("What the numbers do not say")
        {
            new Paragraph("Why. A reason moves when the rows change, when what they have to do with each other changes, or when another "
                + "model was asked; the reasons alone do not tell these apart. Look at the feature itself in both jobs, and at the "
                + "model's version."),
            new Paragraph("Whether the model got worse. That takes what became true of the rows. A model may be as good on new kinds of "
                + "rows, and may have become wrong without any reason moving."),
            new Paragraph("Intervals and probabilities hold for rows that are drawn independently of each other; several rows of one "
                + "customer, or the same customers in both jobs, make them too narrow or too wide. Intervals are 95 % each by itself "
                + "(unless another level was asked for); “beyond chance” allows for how many differences are looked at. The limits 0.1 "
                + "and 0.25 of the population stability index are a rule of thumb."),
        });
    }

    private static string Rows(long rows) => FormattableString.Invariant($"{rows:N0} rows");

    private static Section Summary(string first, string second, ExplanationDrift drift)
    {
        var section = new Section("In plain words");
        string[] parts =
        [
            .. Moved(DriftLevel.Large, "much (population stability index of 0.25 or more)"),
            .. Moved(DriftLevel.Moderate, "moderately (0.1 or more)"),
        ];
        section.Add(new Paragraph(parts.Length == 0
            ? $"Of {Features(drift.Reasons.Count)}, the reasons of none are distributed otherwise in {second} than in {first} by more than "
                + "the usual limit (a population stability index of 0.1), or than chance makes of so few rows."
            : $"Of {Features(drift.Reasons.Count)}, reasons are distributed otherwise in {second} than in {first}: "
                + $"{string.Join("; ", parts)}."));
        var weighed = drift.Reasons.Where(r => r.Size?.Adjusted < 0.05).OrderByDescending(r => Math.Abs(r.Size!.Value));
        foreach (var reason in weighed.Take(MostNamed))
            section.Add(new Paragraph($"{reason.Name} matters {(reason.Size!.Value > 0 ? "more" : "less")} than before: on average "
                + $"{Numbers.Format(reason.Second.MeanAbsolute)} instead of {Numbers.Format(reason.First.MeanAbsolute)}, whatever the sign"
                + (reason.FirstRank == reason.SecondRank ? $"; still in place {reason.FirstRank}."
                    : $"; from place {reason.FirstRank} to {reason.SecondRank}.")));
        if (!drift.Reasons.Any(r => r.IsCertain))
            section.Add(new Paragraph("No mean of a reason, and no mean size, differs by more than chance."));
        foreach (var other in drift.Others.Where(o => o.Mean.Adjusted < 0.05).Take(MostNamed))
            section.Add(new Paragraph($"The mean of {other.Name} went from {Numbers.Format(other.First.Mean)} to "
                + $"{Numbers.Format(other.Second.Mean)}, which is more than chance."));
        if (drift.Reasons.Concat(drift.Others).Where(c => c.First.Missing + c.Second.Missing > 0).ToList() is { Count: > 0 } gaps)
            section.Add(new Paragraph($"Some numbers are missing (NaN, or infinite), and count only as missing: {Named(gaps)}."));
        return section;

        IEnumerable<string> Moved(DriftLevel level, string how) =>
            drift.Reasons.Where(r => r.Level == level).ToList() is { Count: > 0 } moved ? [$"{how} those of {Named(moved)}"] : [];
    }

    private static string Features(int count) => count == 1 ? "one feature" : $"{count} features";

    private static string Named(IReadOnlyList<ColumnDrift> columns) => string.Join(", ", columns.Take(MostNamed).Select(c => c.Name))
        + (columns.Count > MostNamed ? $" and {columns.Count - MostNamed} more" : "");

    private static Section Beside(string first, string second, ExplanationDrift drift)
    {
        var table = new Table("Column", $"Mean in {first}", $"In {second}", "Difference", "Stability index", "Distribution");
        foreach (var other in drift.Others)
            table.Add(other.Name, other.First.Mean, other.Second.Mean, Difference(other.Mean), Stability(other), Words(other.Level));
        return new Section("Predictions and where they start", "Means over all rows, with intervals of their difference") { table };
    }

    private static Section Reasons(string first, string second, ExplanationDrift drift)
    {
        var table = new Table("Feature", "Moved by", $"Mean size in {first}", $"In {second}", "Difference of sizes", "Place",
            "Difference of means", "Stability index", "Jensen–Shannon", "Distribution")
        {
            MaximumRows = MostRows,
        };
        foreach (var reason in drift.Reasons)
            table.Add(reason.Name, Known(reason.Distance), Known(reason.First.MeanAbsolute), Known(reason.Second.MeanAbsolute),
                Difference(reason.Size!), Place(reason), Difference(reason.Mean), Stability(reason), reason.JensenShannon,
                Words(reason.Level));
        return new Section("Reasons, the farthest moved first", "In the units of the score; sizes are means whatever the sign")
        {
            table,
            new Paragraph("Moved by: how far a reason has to be moved on average until both jobs have the same reasons (Wasserstein "
                + "distance). Stability index: 0 for the same distribution over bins with as many of the first job's rows in each; in "
                + "small type what chance exceeds once in twenty. Jensen–Shannon: the same in bits, from 0 to 1. Distribution: little "
                + "below 0.1 or within chance, moderate from 0.1, large from 0.25 on."),
        };
    }

    private static string Place(ColumnDrift reason) =>
        reason.FirstRank == reason.SecondRank ? $"{reason.FirstRank}" : $"{reason.FirstRank} → {reason.SecondRank}";

    private static Section? Pictures(string first, string second, ExplanationDrift drift)
    {
        var shown = drift.Reasons.Where(r => r.Histogram is not null).Take(MostPictures).ToList();
        if (shown.Count == 0)
            return null;
        var section = new Section("How reasons are distributed",
            (shown.Count < drift.Reasons.Count ? $"The {shown.Count} that moved farthest; " : "")
                + "up to a hundredth of the rows lies beyond the ends and is counted there");
        foreach (var reason in shown)
            section.Add(new OverlaidHistogram(reason.Name, first, second, reason.Histogram!));
        return section;
    }

    private static Estimate Difference(MeanDifference difference) => new(difference.Value, difference.Low, difference.High,
        double.IsNaN(difference.Adjusted) ? "too few rows" : difference.Adjusted < 0.05 ? "beyond chance" : null);

    private static Estimate Stability(ColumnDrift column) =>
        new(column.Stability, double.NaN, double.NaN, $"chance {Numbers.Format(column.StabilityByChance, 2)}");

    private static string Words(DriftLevel level) => level switch
    {
        DriftLevel.Large => "large", DriftLevel.Moderate => "moderate", _ => "little",
    };

    private static object? Known(double number) => double.IsNaN(number) ? null : number;
}
