using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// All views of SHAP values on one page: which features matter, how their values act, which act together, how rows come by their scores,
/// and some rows one by one; of several classes one after the other.
/// </summary>
/// <example><code>
/// ShapReport.Of(values, new() { Title = "Breast cancer", Facts = [("Model", "xgb_breast_cancer.json")] }).Save("report.html");
/// </code></example>
public static class ShapReport
{
    private const int FewestRows = 200;
    private const int StackedRows = 400;
    private const int TracedRows = 200;

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
        var overview = new ImportanceBars(outputs, options.MaximumFeatures);
        var report = new Report(options.Title, options.Subtitle ?? SubtitleOf(outputs)) { FactsOf(outputs, options) };
        if (outputs.Count == 1)
        {
            foreach (var section in Views(outputs[0], options, options.MaximumRows))
                report.Add(section);
            return report;
        }

        report.Add(new Section("What matters", "all outputs together") { overview });
        foreach (var values in outputs)
        {
            var name = string.IsNullOrWhiteSpace(values.OutputName) ? "(no name)" : values.OutputName;
            var section = new Section(name, $"base value {FeatureText.Score(values, values.BaseValue)}");
            foreach (var view in Views(values, options,
                Math.Max(options.MaximumRows / outputs.Count, Math.Min(FewestRows, options.MaximumRows))))
                section.Add(view);
            report.Add(section);
        }

        return report;
    }

    private static string SubtitleOf(IReadOnlyList<ShapValues> outputs) => outputs.Count == 1
        ? $"What moves the score of {outputs[0].OutputName}, and how far"
        : $"What moves the scores of {outputs.Count} outputs, and how far";

    private static Facts FactsOf(IReadOnlyList<ShapValues> outputs, ShapReportOptions options)
    {
        var facts = new List<(string, object?)>(options.Facts) { ("Rows", Numbers.Count(outputs.Max(values => values.RowCount))),
            ("Features", outputs[0].FeatureCount) };
        if (outputs.Count == 1)
        {
            facts.Add(("Output", outputs[0].OutputName));
            facts.Add(("Base value", FeatureText.Score(outputs[0], outputs[0].BaseValue)));
        }
        else
        {
            facts.Add(("Outputs", outputs.Count));
        }

        var gaps = outputs.Select(values => values.LargestGap).OfType<double>().ToList();
        if (gaps.Count > 0)
            facts.Add(("Local accuracy: largest |base + Σ SHAP − score|", gaps.Max()));
        return new Facts(facts);
    }

    private static IEnumerable<ReportSection> Views(ShapValues values, ShapReportOptions options, int maximumRows)
    {
        var locals = Locals(values, options);
        yield return new Section("What matters", $"over {Numbers.Count(values.RowCount)} rows")
        {
            new Beeswarm(values, new() { MaximumFeatures = options.MaximumFeatures, MaximumRows = maximumRows }),
            new ImportanceBars(values, options.MaximumFeatures),
            new ScoreHistogram(values),
        };

        if (options.DependencePlots > 0)
        {
            var drawn = RowSample.Remark(values, Math.Min(maximumRows, values.RowCount));
            const string explained = "SHAP value against value; the colour is the feature that acts most along with it";
            var dependence = new Section("How values act", drawn.Length > 0 ? $"{explained}.{drawn}" : explained);
            foreach (var feature in values.Ranking.Take(options.DependencePlots))
                dependence.Add(new DependencePlot(values, feature, new() { MaximumRows = maximumRows }) { Caption = "" });
            yield return dependence;
        }

        if (values.InteractionRowCount > 0 && values.FeatureCount > 1)
            yield return new Section("What acts together", "SHAP interaction values") { new InteractionMatrix(values) };

        if (values.RowCount > 1)
        {
            var rows = new RowPlotOptions { MaximumRows = Math.Min(StackedRows, maximumRows) };
            yield return new Section("How rows are decided")
            {
                new DecisionPlot(values, new()
                {
                    MaximumFeatures = options.MaximumFeatures,
                    MaximumRows = Math.Max(Math.Min(TracedRows, maximumRows), locals.Count),
                    Highlight = [.. locals.Select(local => local.Row)],
                }),
                new ForceStack(values, rows with { Order = RowOrder.Score }),
                new ShapHeatmap(values, rows),
            };
        }

        var single = new Section("Single rows", "from the base value to the score: red raises it, blue lowers it");
        foreach (var (row, remark) in locals)
            single.Add(new ForcePlot(values, row) { Caption = remark + FeatureText.Row(values, row) });
        foreach (var (row, remark) in locals)
            single.Add(
                new Section($"{remark}{FeatureText.Row(values, row)}",
                    LocalRemark(values, row)) { new Waterfall(values, row) { Caption = "" } });
        if (locals.Count > 0)
            yield return single;
    }

    private static string LocalRemark(ShapValues values, int row) =>
        $"score {FeatureText.Score(values, values.Predictions[row])}" + (values.Labels is { } labels ? $", in truth {labels[row]}" : "");

    private static List<(int Row, string Remark)> Locals(ShapValues values, ShapReportOptions options)
    {
        if (options.Rows is { } rows)
        {
            foreach (var row in rows)
                _ = values.ForRow(row);
            return [.. rows.Distinct().Select(row => (row, ""))];
        }

        int[] sorted = [.. Enumerable.Range(0, values.RowCount).OrderBy(row => values.Predictions[row])];
        var torn = Enumerable.Range(0, values.RowCount).MaxBy(row => Math.Min(SumOf(values, row, 1), SumOf(values, row, -1)));
        (int, string)[] telling =
        [
            (sorted[^1], "Highest score: "), (sorted[0], "Lowest score: "), (sorted[sorted.Length / 2], "Middle score: "),
            (torn, "Strongest reasons for and against: "),
        ];
        return [.. telling.DistinctBy(local => local.Item1)];
    }

    /// <summary>How much all that raises the score, or all that lowers it, comes to.</summary>
    private static double SumOf(ShapValues values, int row, int sign)
    {
        var sum = 0.0;
        foreach (var value in values.ForRow(row))
            sum += Math.Max(0, sign * value);
        return sum;
    }
}
