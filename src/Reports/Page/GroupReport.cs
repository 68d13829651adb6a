using Microsoft.ML.Introspection.Evaluation.Monitoring;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A page on reasons by groups of rows, for a review of fairness.</summary>
public static class GroupReport
{
    private const int MostNamed = 5, MostGroups = 12, MostRows = 500;
    private const string Nobody = "(empty)";

    /// <summary>The page.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="column">What groups are of: "sex".</param>
    /// <param name="found">The groups.</param>
    /// <param name="facts">What else is said of the rows; null for nothing.</param>
    public static Report Of(string title, string column, GroupComparison found, IReadOnlyList<(string Name, object? Value)>? facts = null)
    {
        ArgumentNullException.ThrowIfNull(found);
        var report = new Report(title, $"Whether the model has other reasons for some groups than for others, by {column}")
        {
            new Facts([("Rows", FormattableString.Invariant($"{found.Rows:N0}")), ("Groups", found.Groups.Count),
                ("Compared with", found.Reference is { } reference ? Name(reference) : "all other rows"), .. facts ?? []]),
            Summary(column, found),
            Groups(found),
        };
        foreach (var group in found.Groups.Where(g => g.Name != found.Reference).OrderByDescending(g => g.Rows).Take(MostGroups))
            report.Add(Reasons(group, found));
        return report.Add(new Section("What the numbers do not say")
        {
            new Paragraph("A difference is not yet unfairness. It may come of what lies between groups in the rows (income, age), which "
                + "the model weighs alike for all; whether that is acceptable is a question to people, not to this page. No difference is "
                + "no proof of fairness either: the model may be wrong more often for one group, which takes what became true of the "
                + "rows."),
            new Paragraph("SHAP values tell how the model came to its score, not what caused it in the world. A feature that stands for "
                + "the group (a postcode, a first name) carries the group's share where the group itself is no feature of the model. "
                + "Correlated features share their part in a way that depends on the background."),
            new Paragraph("Intervals hold for rows that are drawn independently of each other, each by itself; “beyond chance” allows for "
                + "how many differences are looked at. Small groups have means only: these tell of few people, and may tell who they are."),
        });
    }

    private static string Name(string group) => group.Length == 0 ? Nobody : group;

    private static string Others(GroupComparison found) => found.Reference is { } reference ? Name(reference) : "all others";

    private static Section Summary(string column, GroupComparison found)
    {
        var section = new Section("In plain words");
        foreach (var group in found.Groups.Where(g => g is { IsSmall: false } && g.Name != found.Reference).Take(MostGroups))
        {
            var certain = group.Reasons.Where(IsCertain).OrderByDescending(r => Math.Abs(r.Difference!.Value)).ToList();
            string[] scores = [.. group.Others.Where(IsCertain).Take(MostNamed).Select(s => $"the mean of {s.Name} is "
                + $"{(s.Difference!.Value > 0 ? "higher" : "lower")} by {Numbers.Format(Math.Abs(s.Difference.Value))}")];
            section.Add(new Paragraph($"{Name(group.Name)}, compared with {Others(found)}: "
                + (scores.Length == 0 ? "" : string.Join(", ", scores) + "; ")
                + (certain.Count == 0 ? "no feature's mean reason differs by more than chance."
                    : "mean reasons differ by more than chance for " + string.Join(", ", certain.Take(MostNamed).Select(r =>
                        $"{r.Name} ({Numbers.Signed(r.Difference!.Value)})"))
                        + (certain.Count > MostNamed ? $" and {certain.Count - MostNamed} more." : "."))));
        }
        if (found.Groups.Where(g => g.IsSmall && g.Name != found.Reference).ToList() is { Count: > 0 } small)
            section.Add(new Paragraph($"Too few rows to say more than a mean: "
                + string.Join(", ", small.Take(MostGroups).Select(g => FormattableString.Invariant($"{Name(g.Name)} ({g.Rows:N0})")))
                + (small.Count > MostGroups ? $" and {small.Count - MostGroups} more." : ".")));
        if (found.Groups.FirstOrDefault(g => g.Name.Length == 0) is { } nobody)
            section.Add(new Paragraph(
                FormattableString.Invariant($"{nobody.Rows:N0} rows have nothing in {column}; they are a group of their own.")));
        return section;
    }

    private static bool IsCertain(GroupColumn column) => column.Difference?.Adjusted < 0.05;

    private static Section Groups(GroupComparison found)
    {
        string[] others = [.. found.Groups[0].Others.Select(o => o.Name)];
        var table = new Table(["Group", "Rows", "Share", .. others.SelectMany(o => (string[])[$"Mean {o}", "Difference"])])
        {
            MaximumRows = MostRows,
        };
        foreach (var group in found.Groups)
            table.Add([Name(group.Name) + (group.IsSmall ? " (small)" : ""), group.Rows, Numbers.Percent((double)group.Rows / found.Rows),
                .. group.Others.SelectMany(o => (object?[])[Known(o.Summary.Mean), Difference(o)])]);
        return new Section("Groups", $"Differences from {Others(found)}, with intervals") { table };
    }

    private static Section Reasons(ReasonGroup group, GroupComparison found)
    {
        var table = new Table("Feature", "Mean reason", "Difference", "Mean size", "Missing") { MaximumRows = MostRows };
        foreach (var reason in group.Reasons.OrderByDescending(r => Math.Abs(r.Difference?.Value ?? 0)))
            table.Add(reason.Name, Known(reason.Summary.Mean), Difference(reason), Known(reason.Summary.MeanAbsolute),
                reason.Summary.Missing == 0 ? null : reason.Summary.Missing);
        var section = new Section($"Reasons of {Name(group.Name)}", FormattableString.Invariant($"{group.Rows:N0} rows")
            + $", compared with {Others(found)}; the largest difference first");
        if (group.Reasons.Any(r => r.Difference?.Value is { } value && double.IsFinite(value)))
            section.Add(new AttributionBars(group.Reasons.Where(r => double.IsFinite(r.Difference?.Value ?? double.NaN))
                .Select(r => new FeatureAttribution(r.Name, r.Difference!.Value)))
            {
                Caption = "Differences of mean reasons: red speaks more for a higher score than it does elsewhere, blue less.",
                MaximumBars = 12,
            });
        return section.Add(table);
    }

    private static Estimate? Difference(GroupColumn column) => column.Difference is not { } difference ? null
        : new(difference.Value, difference.Low, difference.High,
            double.IsNaN(difference.Adjusted) ? "too few rows" : difference.Adjusted < 0.05 ? "beyond chance" : null);

    private static object? Known(double number) => double.IsNaN(number) ? null : number;
}
