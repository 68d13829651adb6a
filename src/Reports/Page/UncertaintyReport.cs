using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Rows with what passes say of them, and what is true where that is known.</summary>
/// <param name="Names">The names of the rows.</param>
/// <param name="Mean">Mean predictions, shape [N, classes]: probabilities of classes, or numbers.</param>
/// <param name="Deviation">Their standard deviations over passes, likewise.</param>
/// <param name="Disagreement">
/// The entropy of the mean, and of it what lies in the model, shape [N, 2]; null where there are no classes.
/// </param>
/// <param name="Truths">The class of each row, or its number; null where it is not known.</param>
public sealed record UncertainRows(IReadOnlyList<string> Names, double[] Mean, double[] Deviation, double[]? Disagreement, double[]? Truths)
{
    /// <summary>How many numbers a row has.</summary>
    public int Width => Mean.Length / Names.Count;
}

/// <summary>A page on how far predictions may be believed.</summary>
public static class UncertaintyReport
{
    private const int Shown = 20, Points = 200, FewestForPromises = 20;

    /// <summary>The page.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="passes">What was passed several times, in words.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="alpha">The share of rows that sets and intervals may miss.</param>
    public static Report Of(string title, string passes, UncertainRows rows, double alpha = 0.1)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var report = new Report(title, "How far its predictions may be believed")
        {
            new Facts(("Rows", rows.Names.Count), ("Passes", passes),
                ("Mean deviation over passes", rows.Deviation.Average()),
                (rows.Disagreement is null ? "Outputs" : "Classes", rows.Disagreement is not null && rows.Width == 1 ? 2 : rows.Width)),
        };
        if (rows.Disagreement is not null)
        {
            var probabilities = Probabilities(rows);
            if (rows.Truths is not null)
                Calibration(report, probabilities, rows, alpha);
            report.Add(Doubtful(probabilities, rows));
        }
        else
        {
            if (rows is { Truths: not null, Width: 1 })
                report.Add(Intervals(rows, alpha));
            report.Add(Spread(rows));
        }
        report.Add(new Section("What the numbers do not say")
        {
            new Paragraph("Passes that agree may all be wrong: they share the data that the network learned from. Promises of sets and "
                + "intervals hold for rows that are drawn like those of the calibration, on average and not for each row."),
        });
        return report;
    }

    private static double[] Probabilities(UncertainRows rows) =>
        rows.Width > 1 ? rows.Mean : [.. rows.Mean.SelectMany(p => (double[])[1 - p, p])];

    private static void Calibration(Report report, double[] probabilities, UncertainRows rows, double alpha)
    {
        var (count, classes) = (rows.Names.Count, probabilities.Length / rows.Names.Count);
        int[] labels = [.. rows.Truths!.Select(t => (int)t)];
        var found = CalibrationReport.Of(probabilities, labels);
        var bins = found.Bins.Where(b => b.Count > 0).ToList();
        var section = new Section("Do probabilities mean what they say?", "Of rows with a confidence of 0.8, are 80 % right?")
        {
            new Facts(("Accuracy", bins.Sum(b => b.Accuracy * b.Count) / count), ("Expected calibration error", found.ExpectedError),
                ("Largest gap", found.LargestError), ("Brier score", found.Brier),
                ("Negative log-likelihood", found.NegativeLogLikelihood)),
        };
        if (bins.Count > 1)
            section.Add(new LineChart(new ChartLine("share that is right", [.. bins.Select(b => b.Accuracy)]),
                new ChartLine("as promised", [.. bins.Select(b => b.Confidence)]))
            {
                Places = [.. bins.Select(b => b.Confidence)], XTitle = "confidence", YTitle = "accuracy",
                Caption = "Above the line as promised the network is right more often than it says, below it less often.",
            });
        var table = new Table("Confidence", "Right", "Rows") { MaximumRows = Math.Max(1, bins.Count) };
        foreach (var bin in bins)
            table.Add(bin.Confidence, bin.Accuracy, bin.Count);
        section.Add(table);
        report.Add(section);
        report.Add(Rejection(probabilities, labels, rows));
        if (count >= FewestForPromises)
            report.Add(Sets(probabilities, labels, classes, alpha));
    }

    // Whoever leaves the doubtful rows to people wants to know how right the rest is.
    private static Section Rejection(double[] probabilities, int[] labels, UncertainRows rows)
    {
        var (count, classes) = (labels.Length, probabilities.Length / labels.Length);
        bool[] right = [.. labels.Select((label, row) =>
            System.Numerics.Tensors.TensorPrimitives.IndexOfMax<double>(probabilities.AsSpan(row * classes, classes)) == label)];
        IReadOnlyList<double> Kept(int part)
        {
            int[] order = [.. Enumerable.Range(0, count).OrderBy(row => rows.Disagreement![row * 2 + part])];
            return [.. Steps(count).Select(kept => order.Take(kept).Average(row => right[row] ? 1.0 : 0))];
        }
        return new Section("What if doubtful rows are left to people?", "Accuracy of the rows that are kept, the least doubtful first")
        {
            new LineChart(new ChartLine("by entropy", Kept(0)), new ChartLine("by what lies in the model", Kept(1)))
            {
                Places = [.. Steps(count).Select(kept => (double)kept / count)], XTitle = "share of rows kept", YTitle = "accuracy",
            },
        };
    }

    private static IEnumerable<int> Steps(int count) => Enumerable.Range(1, 20).Select(i => (i * count + 19) / 20).Distinct();

    private static Section Sets(double[] probabilities, int[] labels, int classes, double alpha)
    {
        var (half, count) = (Halves(labels.Length), labels.Length);
        var section = new Section("Sets that keep a promise", FormattableString.Invariant(
            $"Calibrated on every other row for {1 - alpha:P0}, judged on the others: {count - half.Length:N0} rows"));
        var table = new Table("Rule", "Holds the truth", "Classes in a set", "Empty sets");
        double[] Of(IEnumerable<int> some) => [.. some.SelectMany(row => probabilities[(row * classes)..((row + 1) * classes)])];
        int[] others = [.. Enumerable.Range(0, count).Except(half)];
        foreach (var (name, score) in (ReadOnlySpan<(string, SetScore)>)[("LAC: the smallest sets", new LeastAmbiguous()),
            ("APS: larger for harder rows", new CumulativeProbability()), ("RAPS: few classes", new CumulativeProbability(0.01, 2)),
            ("The k likeliest", new ClassRank())])
        {
            var sets = ConformalSets.Calibrate(score, Of(half), [.. half.Select(row => labels[row])], alpha);
            var (coverage, size, empty) = ConformalSets.Judge(
                [.. others.Select(row => sets.Of(probabilities.AsSpan(row * classes, classes)))], [.. others.Select(row => labels[row])]);
            table.Add(name, coverage, size, empty);
        }
        section.Add(table).Add(ByChance(half.Length, others.Length, alpha));
        return section;
    }

    // Two standard deviations of the share: both halves are drawn.
    private static Paragraph ByChance(int calibrated, int judged, double alpha)
    {
        var around = 2 * Math.Sqrt(alpha * (1 - alpha) * (1.0 / calibrated + 1.0 / judged));
        var (least, most) = (Math.Max(0, 1 - alpha - around), Math.Min(1, 1 - alpha + around));
        return new Paragraph(FormattableString.Invariant($"With so many rows, shares from {least:P0} to {most:P0} are no surprise."));
    }

    private static int[] Halves(int count) => [.. Enumerable.Range(0, count).Where(row => row % 2 == 0)];

    private static Section Intervals(UncertainRows rows, double alpha)
    {
        var (half, count) = (Halves(rows.Names.Count), rows.Names.Count);
        var section = new Section("Intervals that keep a promise", FormattableString.Invariant(
            $"Calibrated on every other row for {1 - alpha:P0}, judged on the others: {count - half.Length:N0} rows"));
        var table = new Table("Rule", "Holds the truth", "Mean width");
        int[] others = [.. Enumerable.Range(0, count).Except(half)];
        foreach (var (name, band) in (ReadOnlySpan<(string, Func<int, Band>)>)[
            ("The same width for all rows", row => Band.Around(rows.Mean[row])),
            ("Wider where passes differ", row => Band.Around(rows.Mean[row], rows.Deviation[row]))])
        {
            var intervals = ConformalIntervals.Calibrate([.. half.Select(band)], [.. half.Select(row => rows.Truths![row])], alpha);
            var (coverage, width) = ConformalIntervals.Judge(
                [.. others.Select(row => intervals.Of(band(row)))], [.. others.Select(row => rows.Truths![row])]);
            table.Add(name, coverage, width);
        }
        section.Add(table).Add(ByChance(half.Length, others.Length, alpha));
        return section;
    }

    private static Section Doubtful(double[] probabilities, UncertainRows rows)
    {
        var classes = probabilities.Length / rows.Names.Count;
        var section = new Section("The most doubtful rows", "Entropies in nats; 'in the model' is what passes differ by");
        var table = new Table("Row", "Likeliest", "Probability", "Deviation", "Entropy", "In the model", "True") { MaximumRows = Shown };
        foreach (var row in Enumerable.Range(0, rows.Names.Count).OrderByDescending(r => rows.Disagreement![r * 2]).Take(Shown))
        {
            var p = probabilities.AsSpan(row * classes, classes);
            var best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax<double>(p);
            table.Add(rows.Names[row], best, p[best], rows.Deviation[row * rows.Width + (rows.Width == 1 ? 0 : best)],
                rows.Disagreement![row * 2], rows.Disagreement[row * 2 + 1], rows.Truths?[row]);
        }
        section.Add(Sorted("entropy", [.. Enumerable.Range(0, rows.Names.Count).Select(row => rows.Disagreement![row * 2])])).Add(table);
        return section;
    }

    private static Section Spread(UncertainRows rows)
    {
        var section = new Section("The most doubtful rows", "By the largest deviation over passes");
        var table = new Table("Row", "Output", "Mean", "Deviation", "True") { MaximumRows = Shown };
        double Largest(int row) => rows.Deviation.AsSpan(row * rows.Width, rows.Width).ToArray().Max();
        foreach (var row in Enumerable.Range(0, rows.Names.Count).OrderByDescending(Largest).Take(Shown))
        {
            var output = Array.IndexOf(rows.Deviation, Largest(row), row * rows.Width, rows.Width) - row * rows.Width;
            table.Add(rows.Names[row], output, rows.Mean[row * rows.Width + output], rows.Deviation[row * rows.Width + output],
                rows.Width == 1 ? rows.Truths?[row] : null);
        }
        section.Add(Sorted("deviation", [.. Enumerable.Range(0, rows.Names.Count).Select(Largest)])).Add(table);
        return section;
    }

    private static LineChart Sorted(string what, double[] doubts)
    {
        Array.Sort(doubts, (a, b) => b.CompareTo(a));
        int[] places = [.. Enumerable.Range(0, Math.Min(Points, doubts.Length)).Select(i =>
            (int)((long)i * (doubts.Length - 1) / Math.Max(1, Math.Min(Points, doubts.Length) - 1)))];
        return new LineChart(new ChartLine(what, [.. places.Select(place => doubts[place])]))
        {
            Places = [.. places.Select(place => (place + 1.0) / doubts.Length)], XTitle = "share of rows", YTitle = what,
            Caption = $"The {what} of all rows, the largest first: how many are doubtful, and how much.",
        };
    }
}
