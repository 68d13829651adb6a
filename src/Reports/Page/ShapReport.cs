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
        ShapValues[] classes = [.. cleared.Where(values => values.RowOutputs is null)];
        var carried = new CarriedValues(cleared, options);
        var report = new Report(options.Title, options.Subtitle ?? SubtitleOf(cleared)) { FactsOf(cleared, options) };
        if (GapText.Of(cleared) is { } gap)
            report.Add(new Alarm("Base value + Σ SHAP is not the score", gap));
        report.Add(carried);
        if (classes.Length > 1)
            report.Add(new Section("All outputs together", "how much each feature moves their scores")
            {
                new ImportanceBars(classes, options.MaximumFeatures),
            });
        foreach (var section in Views(cleared[0], options, carried, cleared.Length > 1))
            report.Add(section);
        return report;
    }

    private static string SubtitleOf(ShapValues[] outputs) => outputs.Length == 1
        ? $"What moves the {FeatureText.ScoreName(outputs[0])}, and how far"
        : $"What moves the scores of {outputs.Length} outputs, and how far";

    private static Facts FactsOf(ShapValues[] outputs, ShapReportOptions options)
    {
        var facts = new List<(string, object?)>(options.Facts) { ("Rows", Numbers.Count(outputs.Max(values => values.RowCount))),
            ("Features", outputs[0].FeatureCount) };
        if (outputs.Length > 1)
            facts.Add(("Outputs", outputs.Length));
        else if (FeatureText.IsNamed(outputs[0]))
            facts.Add(("Output", outputs[0].OutputName));
        if (outputs is [{ BaseValues: null } only])
            facts.Add(("Base value", FeatureText.Score(only, only.BaseValue)));
        var gaps = outputs.Select(values => values.LargestGap).OfType<double>().ToList();
        if (gaps.Count > 0 && GapText.Of(outputs) is null)
            facts.Add(("Local accuracy: base value + Σ SHAP = score",
                gaps.Max() == 0 ? "exactly" : $"up to {Numbers.Format(gaps.Max(), 2)}"));
        return new Facts(facts);
    }

    private static IEnumerable<Section> Views(ShapValues values, ShapReportOptions options, CarriedValues carried, bool isOneOfSeveral)
    {
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
                yield return Following("How values act", "SHAP value against value; the colour is the feature that acts most along with it",
                    [.. shown]);

            if (values.InteractionRowCount > 0 && values.FeatureCount > 1)
                yield return Following("What acts together", "SHAP interaction values",
                    new InteractionMatrix(values) { Follows = "class" });

            var rows = new RowPlotOptions { MaximumRows = Math.Min(StackedRows, options.MaximumRows) };
            yield return Following("How rows are decided", null,
                new DecisionPlot(values, new()
                {
                    MaximumFeatures = options.MaximumFeatures,
                    MaximumRows = Math.Max(Math.Min(TracedRows, options.MaximumRows), locals.Count),
                    Highlight = [.. locals.Select(local => local.Row)],
                }) { Follows = "class" },
                new ForceStack(values, rows with { Order = RowOrder.Score }) { Follows = "class" },
                new ShapHeatmap(values, rows) { Follows = "class" });
        }

        var single = Following(
            values.RowCount > 1 ? "Single rows" : "One row", "from the base value to the score: red raises it, blue lowers it");
        foreach (var (number, (row, remark)) in locals.Index())
            single.Add(
                new Section($"{remark}{FeatureText.Row(values, row)}", LocalRemark(values, row)) { Follows = number == 0 ? "row" : "none" }
                .Add(new ForcePlot(values, row) { Caption = "", Follows = number == 0 ? "class row" : null })
                .Add(new Waterfall(values, row, options.MaximumFeatures) { Follows = number == 0 ? "class row" : null }));
        if (locals.Count > 0)
            yield return single;

        Section Following(string heading, string? remark, params IReadOnlyList<ReportSection> content)
        {
            var section = new Section(heading, remark) { OfClass = isOneOfSeveral ? values.OutputName : null };
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
