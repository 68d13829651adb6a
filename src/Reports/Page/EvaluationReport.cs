using Microsoft.ML.Introspection.Evaluation;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How maps of a method change while weights are randomised.</summary>
/// <param name="Method">The method.</param>
/// <param name="Layers">The layers in the order in which they become random.</param>
/// <param name="Similarity">The median similarity to the maps of the trained network, layer by layer.</param>
/// <param name="Pictures">Maps of one row, the trained network's first; empty where rows are no pictures.</param>
public sealed record SanityRow(
    string Method, IReadOnlyList<string> Layers, IReadOnlyList<double> Similarity, IReadOnlyList<Figure> Pictures)
{
    /// <summary>By what maps were compared.</summary>
    public string By { get; init; } = "spearman";

    /// <summary>The median similarity to the maps of a network trained on permuted labels; null where there is none.</summary>
    public double? Permuted { get; init; }

    /// <summary>
    /// The median of the largest change, over the largest number, of what is said of rows shifted by a number that the network takes away
    /// again; null where it was not looked at.
    /// </summary>
    public double? Shifted { get; init; }
}

/// <summary>A page that says which explanation to trust on a model, and what the numbers do not say.</summary>
public static class EvaluationReport
{
    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="result">Methods judged by metrics.</param>
    /// <param name="sanity">Randomised weights; empty for none.</param>
    public static Report Of(string title, EvaluationResult result, IReadOnlyList<SanityRow>? sanity = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        var report = new Report(title, "Which explanation to trust on this model")
        {
            new Facts(("Rows", result.Rows), ("Methods", result.Methods.Count(m => !m.IsControl)),
                ("Controls", result.Methods.Count(m => m.IsControl)), ("Metrics", result.Metrics.Count)),
            Summary(result, sanity ?? []),
            Table(result),
            Ranks(result),
        };
        if (Curves(result) is { } curves)
            report.Add(curves);
        if (sanity?.Any(s => s.Layers.Count > 0) == true)
            report.Add(Sanity(sanity));
        if (sanity?.Any(s => s.Permuted is not null) == true)
            report.Add(OneNumber(sanity, "Sanity: permuted labels",
                $"The median similarity ({sanity[0].By}), row by row, to the map of the network that was trained on labels shuffled among "
                    + "the rows. High: the method does not show what labels have to do with rows", "Similarity", s => s.Permuted));
        if (sanity?.Any(s => s.Shifted is not null) == true)
            report.Add(OneNumber(sanity, "Sanity: shifted rows",
                "A number is added to all rows, and the network takes it away again: it says what it said. The largest change of the map "
                    + "over its largest number, the median over rows. Not 0: the method depends on where zero is, as those do that "
                    + "multiply by the row or start from a baseline that is not shifted with it", "Change", s => s.Shifted));
        if (result.Methods.Count > 1)
            report.Add(Agreement(result));
        report.Add(Cost(result));
        return report;
    }

    /// <summary>An arrow for the direction in which a metric is better.</summary>
    public static string Arrow(Direction better) => better switch { Direction.Higher => "↑", Direction.Lower => "↓", _ => "" };

    private static Section Summary(EvaluationResult result, IReadOnlyList<SanityRow> sanity)
    {
        var section = new Section("In plain words");
        NamedMetric[] ranking = [.. result.Metrics.Where(m => result.Best(m) is not null)];
        foreach (var method in result.Methods.Where(m => !m.IsControl))
        {
            string[] best = [.. ranking.Where(m => IsBest(result, m, method.Name)).Select(m => m.Name)];
            string[] belowChance = [.. ranking.Where(m => IsBelowControl(result, m, method.Name)).Select(m => m.Name)];
            section.Add(new Paragraph($"{method.Name}: " + (best.Length > 0 ? $"best by {string.Join(", ", best)}" : "best by no metric")
                + (belowChance.Length > 0 ? $"; no better than a control by {string.Join(", ", belowChance)}."
                    : "; better than all controls by every metric that ranks.")));
        }
        foreach (var row in sanity.Where(s => s.Similarity.Count > 0 && s.Similarity[^1] > 0.5))
            section.Add(new Paragraph($"{row.Method} says much the same when all weights are random (similarity "
                + $"{Numbers.Format(row.Similarity[^1])}): it does not show what the network has learned."));
        foreach (var row in sanity.Where(s => s.Permuted > 0.5))
            section.Add(new Paragraph($"{row.Method} says much the same of a network trained on permuted labels (similarity "
                + $"{Numbers.Format(row.Permuted!.Value)}): it does not show what labels have to do with rows."));
        section.Add(new Paragraph("What the numbers do not say: they tell how a map fits this model, not whether the model is right, nor "
            + "whether people understand the map. Replaced features make rows unlike those of training. Metrics disagree; a "
            + "simple or stable map may be a wrong one. An interval is that of the median over rows such as these."));
        return section;
    }

    // Several may be, by metrics of few values.
    private static bool IsBest(EvaluationResult result, NamedMetric metric, string method) => result.Best(metric) is { } best
        && result.Of(metric).First(c => c.Method == method).Median == result.Of(metric).First(c => c.Method == best).Median;

    private static bool IsBelowControl(EvaluationResult result, NamedMetric metric, string method)
    {
        var own = result.Of(metric).First(c => c.Method == method).Median;
        return result.Methods.Where(m => m.IsControl).Select(m => result.Of(metric).First(c => c.Method == m.Name).Median)
            .Any(control => double.IsFinite(own) && (metric.Metric.Better == Direction.Higher ? own <= control : own >= control));
    }

    private static Section Table(EvaluationResult result)
    {
        var section = new Section("Methods by metrics",
            $"Medians over {result.Rows} rows, with 95 % intervals; ↑ and ↓ tell which direction is better, ★ the best");
        var table = new Table(["Metric", .. result.Methods.Select(m => m.Name)]) { MaximumRows = Math.Max(1, result.Metrics.Count) };
        foreach (var metric in result.Metrics)
            table.Add([$"{metric.Name}\u00a0{Arrow(metric.Metric.Better)}".TrimEnd('\u00a0'), .. result.Of(metric).Select(cell =>
                (object?)new Estimate(cell.Median, cell.Interval.Low, cell.Interval.High, cell.Obstacle is not null ? "not judged"
                    : cell.Count == result.Rows ? null : $"of {cell.Count} rows", IsBest(result, metric, cell.Method)))]);
        section.Add(table);
        foreach (var obstacle in result.Cells.Where(c => c.Obstacle is not null).GroupBy(c => (c.Metric.Name, c.Obstacle)))
            section.Add(new Paragraph($"{obstacle.Key.Name}: {obstacle.Key.Obstacle}"));
        return section;
    }

    // Ranks are comparable where numbers of different metrics are not.
    private static Section Ranks(EvaluationResult result)
    {
        NamedMetric[] ranking = [.. result.Metrics.Where(m => result.Best(m) is not null)];
        var section = new Section("Places", "1 is the best by a metric");
        var table = new Table(["Method", .. ranking.Select(m => m.Name)]);
        foreach (var method in result.Methods)
            table.Add([method.Name, .. ranking.Select(m => (object?)Place(result, m, method.Name))]);
        section.Add(table);
        if (ranking.Length >= 3)
            section.Add(new RadarChart([.. ranking.Select(m => m.Name)], [.. result.Methods.Select(method => new ChartLine(method.Name,
                [.. ranking.Select(m => Place(result, m, method.Name) is { } place && result.Methods.Count > 1
                    ? 1 - (place - 1) / (result.Methods.Count - 1.0) : double.NaN)]))])
            {
                Caption = "Places as a radar: the rim is the first place, the centre the last.",
            });
        return section;
    }

    private static int? Place(EvaluationResult result, NamedMetric metric, string method)
    {
        var own = result.Of(metric).First(c => c.Method == method).Median;
        return !double.IsFinite(own) ? null : 1 + result.Of(metric).Count(c => double.IsFinite(c.Median)
            && (metric.Metric.Better == Direction.Higher ? c.Median > own : c.Median < own));
    }

    private static Section? Curves(EvaluationResult result)
    {
        NamedMetric[] curved = [.. result.Metrics.Where(m => result.Of(m).Any(c => c.Curve.Count > 1))];
        if (curved.Length == 0)
            return null;
        var section = new Section("Curves", "Medians over rows, step by step");
        foreach (var metric in curved)
            section.Add(new LineChart(result.Of(metric).Where(c => c.Curve.Count > 1).Select(c => new ChartLine(c.Method, c.Curve)))
            {
                Caption = $"{metric.Name} {Arrow(metric.Metric.Better)}", XTitle = "step", YTitle = metric.Name,
            });
        return section;
    }

    private static Section Sanity(IReadOnlyList<SanityRow> sanity)
    {
        var section = new Section("Sanity: randomised weights",
            $"The similarity ({sanity[0].By}) to the map of the trained network as its layers become random, from the last on");
        section.Add(new LineChart(sanity.Select(s => new ChartLine(s.Method, [1, .. s.Similarity])))
        {
            Caption = "A line that stays high belongs to a method that does not show what the network has learned. 0: as trained.",
            XTitle = "layers that are random", YTitle = "similarity",
        });
        var table = new Table(["Layer", .. sanity.Select(s => s.Method)]);
        for (var i = 0; i < sanity[0].Layers.Count; i++)
            table.Add([sanity[0].Layers[i], .. sanity.Select(s => Number(s.Similarity[i]))]);
        section.Add(table);
        foreach (var row in sanity.Where(s => s.Pictures.Count > 0))
            section.Add(new Gallery(row.Pictures));
        return section;
    }

    private static Section OneNumber(
        IReadOnlyList<SanityRow> sanity, string title, string caption, string column, Func<SanityRow, double?> of)
    {
        var section = new Section(title, caption);
        var table = new Table(["Method", column]);
        foreach (var row in sanity)
            table.Add([row.Method, Number(of(row) ?? double.NaN)]);
        section.Add(table);
        return section;
    }

    private static Section Agreement(EvaluationResult result)
    {
        var section = new Section("Agreement of methods", "The median of Spearman's correlation of sizes, row by row");
        var table = new Table(["Method", .. result.Methods.Select(m => m.Name)]);
        for (var i = 0; i < result.Methods.Count; i++)
            table.Add([result.Methods[i].Name,
                .. Enumerable.Range(0, result.Methods.Count).Select(j => Number(result.Agreement[i * result.Methods.Count + j]))]);
        section.Add(table);
        return section;
    }

    private static Section Cost(EvaluationResult result)
    {
        var section = new Section("Cost", "How many rows the model scored, and how many explanations were made, for each metric");
        var table = new Table(["Metric", .. result.Methods.Select(m => m.Name)]) { MaximumRows = result.Metrics.Count + 1 };
        foreach (var metric in result.Metrics)
            table.Add([metric.Name, .. result.Of(metric).Select(c => (object?)Spent(c.Passes, c.Explanations))]);
        table.Add(["together", .. result.Methods.Select(m => result.Cells.Where(c => c.Method == m.Name)).Select(
            cells => (object?)Spent(cells.Sum(c => c.Passes), cells.Sum(c => c.Explanations)))]);
        section.Add(table);
        return section;
    }

    private static string? Spent(long scored, long explained)
    {
        (long Count, string Done)[] all = [(scored, "scored"), (explained, "explained")];
        string[] parts = [.. all.Where(p => p.Count > 0).Select(p => FormattableString.Invariant($"{p.Count:N0} {p.Done}"))];
        return parts.Length == 0 ? null : string.Join(", ", parts);
    }

    private static object? Number(double number) => double.IsNaN(number) ? null : number;
}
