using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// All views of SHAP values on one page: which features matter, how their values act, which act together, how rows come by their scores,
/// and some rows one by one. Of several classes the reader chooses one, as well as features and rows.
/// </summary>
/// <remarks>Without scripts the page shows the first class, its most important features, and its most telling rows.</remarks>
/// <example><code>
/// ShapReport.Of(values, new() { Title = "Breast cancer", Facts = [("Model", "xgb_breast_cancer.json")] }).Save("report.html");
/// </code></example>
public static class ShapReport
{
    private const int StackedRows = 400;
    private const int TracedRows = 200;
    private const int DrawnRows = 500;

    /// <summary>The page of one output.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="options">What is shown.</param>
    public static Report Of(ShapValues values, ShapReportOptions? options = null) => Of([values], options);

    /// <summary>The page of several outputs, such as classes.</summary>
    /// <param name="outputs">The SHAP values of each output, all with the same features.</param>
    /// <param name="options">What is shown.</param>
    /// <exception cref="ArgumentException">There is no output, the features differ, or a row to be shown is not there.</exception>
    public static Report Of(IReadOnlyList<ShapValues> outputs, ShapReportOptions? options = null)
    {
        options ??= new();
        _ = new ImportanceBars(outputs, options.MaximumFeatures); // They have the same features.
        ShapValues[] cleared = [.. outputs.Select(Rounding.WithoutNoise)];

        // What is explained of a row is one of the others, and would be counted twice.
        ShapValues[] classes = [.. cleared.Where(values => values.RowOutputs is null && !FeatureText.AreMethods(cleared))];
        var carried = new CarriedValues(cleared, options);
        var report = new Report(options.Title, options.Subtitle ?? SubtitleOf(cleared)) { FactsOf(cleared, options) };
        if (AlarmingGap(cleared) is { } gap)
            report.Add(new Alarm("Base value + Σ SHAP is not the score", gap));
        report.Add(carried);
        if (classes.Length > 1)
            report.Add(new Section("All outputs together", "how much each feature moves their scores")
            {
                new ImportanceBars(classes, options.MaximumFeatures),
            });
        foreach (var section in Views(cleared, options, carried))
            report.Add(section);
        return report;
    }

    // Of other methods the sum is a promise that they keep as well as they are asked to.
    private static string? AlarmingGap(ShapValues[] outputs) => FeatureText.IsShap(outputs[0]) ? GapText.Of(outputs) : null;

    private static string SubtitleOf(ShapValues[] outputs) => outputs.Length == 1 || FeatureText.AreMethods(outputs)
        ? $"What moves the {FeatureText.ScoreName(outputs[0])}, and how far"
        : $"What moves the scores of {Count(outputs)} outputs, and how far";

    // What is explained of a row is one of them.
    private static int Count(ShapValues[] outputs) =>
        outputs.Count(values => values.RowOutputs is null) is > 0 and var count ? count : outputs.Length;

    private static Facts FactsOf(ShapValues[] outputs, ShapReportOptions options)
    {
        var facts = new List<(string, object?)>(options.Facts) { ("Rows", Numbers.Count(outputs.Max(values => values.RowCount))),
            ("Features", outputs[0].FeatureCount) };
        if (FeatureText.AreMethods(outputs))
            facts.Add(("Methods", string.Join(", ", outputs.Select(values => values.Method))));
        else if (outputs.Length > 1)
            facts.Add(("Outputs", Count(outputs)));
        else if (FeatureText.IsNamed(outputs[0]))
            facts.Add(("Output", outputs[0].OutputName));
        if (outputs is [var only] && FeatureText.HasBase(only))
            facts.Add(("Base value", FeatureText.Score(only, only.BaseValue)));
        foreach (var (sum, gap) in SumsOf(outputs))
            facts.Add(($"Local accuracy: base value + Σ {sum} = score", gap == 0 ? "exactly" : $"up to {Numbers.Format(gap, 2)}"));
        return new Facts(facts);
    }

    /// <summary>How far sums are from the scores: of all outputs together, or of each method.</summary>
    private static IEnumerable<(string Method, double Gap)> SumsOf(ShapValues[] outputs) => AlarmingGap(outputs) is not null ? []
        : outputs.Where(values => values.LargestGap is not null).GroupBy(values => values.Method)
            .Select(same => (same.Key, same.Max(values => values.LargestGap!.Value)));

    // What shows sums is there where all that can be chosen add up.
    private static IEnumerable<Section> Views(ShapValues[] outputs, ShapReportOptions options, CarriedValues carried)
    {
        var (values, addUp) = (outputs[0], Array.TrueForAll(outputs, output => output.AddsUp));
        var name = outputs.Length > 1 ? FeatureText.NameAmong(outputs, values) : null;
        var valueName = FeatureText.AreMethods(outputs) ? "attribution" : FeatureText.ValueName(values);
        var locals = carried.TellingOf(values);
        var drawn = Math.Min(DrawnRows, options.MaximumRows);
        if (values.RowCount > 1)
        {
            yield return Following("What matters", $"over {Numbers.Count(values.RowCount)} rows",
                new Beeswarm(values, new() { MaximumFeatures = options.MaximumFeatures, MaximumRows = drawn }) { Follows = "class" },
                new ImportanceBars(values, options.MaximumFeatures) { Follows = "class" },
                new ScoreHistogram(values) { Follows = "class" });

            var shown = values.Ranking.Take(options.DependencePlots).Index().Select(ranked => new DependencePlot(values, ranked.Item,
                new() { MaximumRows = drawn, ColorBy = carried.PartnerOf(values, ranked.Item) })
            {
                Caption = "", Follows = ranked.Index == 0 ? "class feature" : "class rank",
            });
            if (options.DependencePlots > 0)
                yield return Following("How values act",
                    $"{valueName} against value; the colour is the feature that acts most along with it",
                    [.. shown]);

            if (values.InteractionRowCount > 0 && values.FeatureCount > 1)
                yield return Following("What acts together", "SHAP interaction values",
                    new InteractionMatrix(values) { Follows = "class" });

            var rows = new RowPlotOptions { MaximumRows = Math.Min(StackedRows, options.MaximumRows) };
            var asColors = new ShapHeatmap(values, rows) { Follows = "class" };
            yield return Following("How rows are decided", null, !addUp ? [asColors] :
            [
                new DecisionPlot(values, new()
                {
                    MaximumFeatures = options.MaximumFeatures,
                    MaximumRows = Math.Max(Math.Min(TracedRows, options.MaximumRows), locals.Count),
                    Highlight = [.. locals.Select(local => local.Row)],
                }) { Follows = "class" },
                new ForceStack(values, rows with { Order = RowOrder.Score }) { Follows = "class" },
                asColors,
            ]);
        }

        var single = Following(
            values.RowCount > 1 ? "Single rows" : "One row",
            addUp ? "from the base value to the score: red raises it, blue lowers it" : "red speaks for the score, blue against it");
        foreach (var (number, (row, remark)) in locals.Index())
        {
            var follows = number == 0 ? "class row" : null;
            var one = new Section($"{remark}{FeatureText.Row(values, row)}", LocalRemark(values, row))
            {
                Follows = number == 0 ? "row" : "none",
            };
            if (addUp)
                one.Add(new ForcePlot(values, row) { Caption = "", Follows = follows });
            single.Add(one.Add(new Waterfall(values, row, options.MaximumFeatures) { Follows = follows }));
        }
        if (locals.Count > 0)
            yield return single;

        Section Following(string heading, string? remark, params IReadOnlyList<ReportSection> content)
        {
            var section = new Section(heading, remark) { OfClass = name };
            foreach (var part in content)
                section.Add(part);
            return section;
        }
    }

    private static string LocalRemark(ShapValues values, int row) =>
        $"score {FeatureText.Score(values, values.Predictions[row])}"
        + (values.RowOutputs is { } outputs ? $", explained: {outputs[row]}" : "")
        + (values.Labels is { } labels ? $", in truth {labels[row]}" : "");
}
