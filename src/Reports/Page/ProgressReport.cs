using System.Globalization;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A page of what a network learned when.</summary>
public static class ProgressReport
{
    private const int MostLines = 10, MostRows = 20, MostRatios = 5;
    private const double Spread = 20;

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="progress">What was found.</param>
    /// <param name="facts">What else is said of it.</param>
    public static Report Of(string title, LearningProgress progress, params IReadOnlyList<(string Name, object? Value)> facts)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var (checkpoints, axis) = (progress.Checkpoints, new Steps(progress.Checkpoints));
        var report = new Report(title, "What the network learns when")
        {
            new Facts([("Checkpoints", checkpoints.Count), ("Rows", progress.Inputs.Count), ("Features", progress.Features.Count),
                ("Sessions of ONNX Runtime", $"{progress.Sessions} for {progress.Graphs} graphs"), .. facts]),
        };
        if (checkpoints[^1].Fit is { } last)
            report.Add(Fits(checkpoints, last, axis));
        if (checkpoints[^1].Taylor is { } taylor)
            report.Add(Coefficients(progress, taylor, axis));
        foreach (var (method, means) in checkpoints[^1].Attributions)
            report.Add(Attributions(progress, method, means, axis));
        foreach (var (layer, alike) in progress.BetweenCheckpoints)
            report.Add(Similarity(layer, alike, axis));
        if (progress.BetweenLayers.Alignment.GetLength(0) > 1)
            report.Add(new Section("Layers of the last checkpoint")
            {
                new SimilarityMatrix([.. progress.BetweenCheckpoints.Keys], progress.BetweenLayers.Alignment)
                {
                    Caption = "Linear CKA of what layers make of the same rows. 1: the same up to rotation and scale.",
                },
            });
        report.Add(Directions(progress, axis));
        if (progress.Dynamics is { } dynamics)
            report.Add(Dynamics(dynamics));
        if (progress.Ablation is { } ablation)
            report.Add(Ablation(progress, ablation));
        return report;
    }

    private static Section Fits(IReadOnlyList<CheckpointProgress> checkpoints, Fit last, Steps axis)
    {
        var section = new Section("How well it fits", double.IsNaN(last.Accuracy) ? "the mean squared error of the rows"
            : "accuracy, and the cross-entropy of the right class");
        if (!double.IsNaN(last.Accuracy))
            section.Add(axis.Chart([new ChartLine("accuracy", [.. checkpoints.Select(c => c.Fit!.Accuracy)])], "share of rows",
                $"Accuracy: {Numbers.Percent(checkpoints[0].Fit!.Accuracy)} at first, {Numbers.Percent(last.Accuracy)} at last."));
        section.Add(axis.Chart([new ChartLine("loss", [.. checkpoints.Select(c => c.Fit!.Loss)])], "loss",
            $"Loss: {Numbers.Format(checkpoints[0].Fit!.Loss)} at first, {Numbers.Format(last.Loss)} at last."));
        return section;
    }

    private static Section Coefficients(LearningProgress progress, ItemMeans last, Steps axis)
    {
        var (features, names) = (progress.Features.Count, progress.Coefficients);
        var section = new Section("Taylor coefficients",
            "mean sizes of first and second derivatives: which features, and which pairs, the network responds to");
        section.Add(Curves(progress, [.. Enumerable.Range(0, features)], names, c => c.Taylor!, "First order: single features.", axis));
        if (names.Count > features)
            section.Add(Curves(progress, [.. Enumerable.Range(features, names.Count - features)], names, c => c.Taylor!,
                "Second order: squares and pairs. They are learned later as a rule.", axis));
        section.Add(Means("Coefficient", names, last));
        return section;
    }

    private static Section Attributions(LearningProgress progress, string method, ItemMeans last, Steps axis)
    {
        string[] names = last.Mean.Count == progress.Features.Count ? [.. progress.Features]
            : [.. Enumerable.Range(0, last.Mean.Count).Select(i => $"item {i}")];
        return new Section($"Attributions: {method}", "mean sizes over the rows")
        {
            Curves(progress, [.. Enumerable.Range(0, names.Length)], names, c => c.Attributions[method],
                $"Mean |{method}| of the features that matter most at last.", axis),
            Means("Feature", names, last),
        };
    }

    private static LineChart Curves(LearningProgress progress, int[] items, IReadOnlyList<string> names,
        Func<CheckpointProgress, ItemMeans> of, string caption, Steps axis)
    {
        var last = of(progress.Checkpoints[^1]);
        int[] shown = [.. items.OrderByDescending(i => double.IsNaN(last.MeanAbsolute[i]) ? -1 : last.MeanAbsolute[i]).Take(MostLines)];
        return axis.Chart(
            [.. shown.Select(i => new ChartLine(names[i], [.. progress.Checkpoints.Select(c => of(c).MeanAbsolute[i])]))], "mean size",
            caption + (shown.Length < items.Length ? $" The largest {shown.Length} of {items.Length} at the last checkpoint." : ""));
    }

    private static Table Means(string item, IReadOnlyList<string> names, ItemMeans last)
    {
        var table = new Table(item, "Mean size", "± standard error", "Mean")
        {
            Caption = "At the last checkpoint", MaximumRows = MostRows,
        };
        foreach (var i in Enumerable.Range(0, names.Count)
            .OrderByDescending(i => double.IsNaN(last.MeanAbsolute[i]) ? -1 : last.MeanAbsolute[i]))
            table.Add(names[i], Number(last.MeanAbsolute[i]), Number(last.Error[i]), Number(last.Mean[i]));
        return table;
    }

    private static Section Similarity(string layer, Similarities alike, Steps axis)
    {
        var count = axis.Names.Length;
        double[] toLast = [.. Enumerable.Range(0, count).Select(i => alike.Alignment[i, count - 1])],
            toBefore = [double.NaN, .. Enumerable.Range(1, count - 1).Select(i => alike.Alignment[i, i - 1])];
        return new Section($"How alike checkpoints are: {layer}", "what the layer makes of the same rows")
        {
            new SimilarityMatrix(axis.Names, alike.Alignment) { Caption = "Linear CKA between checkpoints." },
            new SimilarityMatrix(axis.Names, alike.CanonicalCorrelation) { Caption = "SVCCA between checkpoints." },
            axis.Chart(
                [new ChartLine("to the last", toLast), .. count > 1 ? [new ChartLine("to the one before", toBefore)] : (ChartLine[])[]],
                "CKA", "Near 1 early: what the layer makes of rows is settled early."),
        };
    }

    private static Section Directions(LearningProgress progress, Steps axis)
    {
        var last = progress.Checkpoints[^1];
        List<(string Name, Func<CheckpointProgress, RowSpectrum> Of)> parts =
            [.. last.Layers.Keys.Select(l => (l, (Func<CheckpointProgress, RowSpectrum>)(c => c.Layers[l]))),
                .. last.Explanations.Keys.Select(m => (m, (Func<CheckpointProgress, RowSpectrum>)(c => c.Explanations[m])))];
        var section = new Section("Principal components", "along how many directions rows spread");
        if (parts.Count > 0)
            section.Add(axis.Chart(
                [new ChartLine("inputs", [.. progress.Checkpoints.Select(_ => progress.Inputs.Participation)]), .. parts.Select(p =>
                    new ChartLine(p.Name, [.. progress.Checkpoints.Select(c => p.Of(c).Participation)]))], "directions",
                "Participation ratio (Σλ)²/Σλ²: how many directions are taken part in."));
        if (parts.Count > 0)
            section.Add(axis.Chart([.. parts.Select(p => new ChartLine(p.Name, [.. progress.Checkpoints.Select(c => p.Of(c).Ratios[0])]))],
                "share", "The share of the first direction in the variance."));
        var table = new Table(["At the last checkpoint", .. Enumerable.Range(1, MostRatios).Select(k => $"λ{k}"), "Participation"])
        {
            Caption = "Shares of the variance, direction by direction",
        };
        foreach (var (name, spectrum) in parts.Select(p => (p.Name, p.Of(last))).Prepend(("inputs", progress.Inputs)))
            table.Add([name, .. Enumerable.Range(0, MostRatios).Select(k => k < spectrum.Ratios.Count ? Number(spectrum.Ratios[k]) : null),
                Number(spectrum.Participation)]);
        section.Add(table);
        return section;
    }

    private static Section Dynamics(TrainingDynamics dynamics)
    {
        var samples = dynamics.Samples;
        var table = new Table("Row", "Class", "Confidence", "Variability", "Correct", "Margin", "Forgotten", "First learned")
        {
            Caption = "The rows of the lowest confidence: hard, or labelled wrongly", MaximumRows = MostRows,
        };
        foreach (var (row, s) in samples.Index().OrderBy(s => s.Item.Confidence).Take(MostRows))
            table.Add(row, s.Label, s.Confidence, s.Variability, s.Correctness, s.Margin, s.Forgotten,
                s.FirstLearned < 0 ? "never" : $"checkpoint {s.FirstLearned}");
        return new Section("Training dynamics", "what became of each row from checkpoint to checkpoint")
        {
            new Facts(("Never right", samples.Count(s => s.FirstLearned < 0)), ("Never forgotten", samples.Count(s => s.IsUnforgettable)),
                ("Forgotten at least once", samples.Count(s => s.Forgotten > 0)),
                ("Mean confidence", samples.Average(s => s.Confidence))),
            table,
        };
    }

    private static Section Ablation(LearningProgress progress, FeatureAblation ablation) =>
        new("Features taken away", "each is its training mean in every row of the last checkpoint")
        {
            new AttributionBars(progress.Features.Zip(ablation.LossRise, (f, rise) => new FeatureAttribution(f, rise)))
            {
                Caption = "The rise of the loss without a feature. Blue: the rows are fitted better without it.", MaximumBars = MostRows,
            },
            Rises(progress, ablation),
        };

    private static Table Rises(LearningProgress progress, FeatureAblation ablation)
    {
        var table = new Table("Feature", "Rise of the loss", "Rise of the share of wrong rows") { MaximumRows = MostRows };
        foreach (var (feature, loss, error) in progress.Features.Zip(ablation.LossRise, ablation.ErrorRise)
            .OrderByDescending(f => f.Second))
            table.Add(feature, Number(loss), Number(error));
        return table;
    }

    private static object? Number(double number) => double.IsNaN(number) ? null : number;

    // Steps that lie far apart are shown by their logarithms.
    private sealed class Steps
    {
        private readonly double[] _places;
        private readonly string _title;

        public Steps(IReadOnlyList<CheckpointProgress> checkpoints)
        {
            double[] steps = [.. checkpoints.Select(c => c.Step)];
            var isWide = steps.Length > 2 && steps[0] >= 0 && steps[^1] > Spread * Math.Max(steps[1] - steps[0], double.Epsilon);
            (_places, _title) = isWide ? ([.. steps.Select(s => Math.Log10(1 + s))], "log₁₀(1 + step)") : (steps, "step");
            Names = [.. steps.Select(s => s.ToString("0.####", CultureInfo.InvariantCulture))];
        }

        public string[] Names { get; }

        public LineChart Chart(ChartLine[] lines, string title, string caption) =>
            new(lines) { Caption = caption, XTitle = _title, YTitle = title, Places = _places };
    }
}
