using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// What a page carries beyond what it shows at first: the values of all outputs, features and rows among which a reader may choose; and the
/// place where the page's script offers the choice.
/// </summary>
internal sealed class CarriedValues : ReportSection
{
    private const int FewestRows = 30;
    private const int OrderedRows = 400;
    private const int PairedFeatures = 15;

    private readonly ShapValues[] _outputs;
    private readonly int[] _features;
    private readonly Dictionary<ShapValues, Choice> _choices;

    /// <summary>Chooses what is carried.</summary>
    /// <param name="outputs">All outputs, with the same features.</param>
    /// <param name="options">How much there may be.</param>
    public CarriedValues(ShapValues[] outputs, ShapReportOptions options)
    {
        _outputs = outputs;
        var count = Math.Max(options.MaximumFeatures, PlotRows.MostFeatures);
        _features = [.. Enumerable.Range(0, outputs[0].FeatureCount)
            .OrderByDescending(feature => outputs.Max(values => values.MeanAbsolute[feature])).Take(count)];
        var rows = Math.Max(options.MaximumNumbers / outputs.Length / _features.Length, FewestRows);
        _choices = outputs.Distinct()
            .ToDictionary(values => values, values => Choice.Of(values, Math.Min(rows, options.MaximumRows), options));
    }

    internal override PageParts Parts => PageParts.Plots;

    /// <summary>The rows that are shown one by one, and why.</summary>
    public IReadOnlyList<(int Row, string Remark)> TellingOf(ShapValues values) => _choices[values].Telling;

    /// <summary>The feature that acts most along with another.</summary>
    public int? PartnerOf(ShapValues values, int feature) => Categories.PartnerOf(_choices[values].Sample, feature);

    private bool HasRows => Array.Exists(_outputs, values => values.RowCount > 1);

    internal override void Write(HtmlWriter html)
    {
        var areMethods = FeatureText.AreMethods(_outputs);
        html.Plots.NameOf = values => FeatureText.NameAmong(_outputs, values);
        if (areMethods)
            html.Plots.Choice = "Method";
        foreach (var values in _outputs.Length > 1 && !areMethods ? _outputs.Where(values => values.RowOutputs is null) : [])
            html.Plots.Colors.Of(values.OutputName);
        foreach (var values in _outputs)
        {
            var choice = _choices[values];
            var data = html.Plots.For(values).Showing(choice.Rows);
            foreach (var feature in _features)
                data.Use(feature);
            (data.PartnerOf, data.Scores, data.Telling) = (feature => PartnerOf(values, feature), ScoreCounts.Of(values), choice.Telling);
            data.Similar = SimilarityOrder.Of(values, RowSample.Evenly(values, choice.Rows, OrderedRows));
            if (values.InteractionRowCount > 0)
                data.Pairs = PairMeans.Of(values, [.. values.Ranking.Take(PairedFeatures)]);
            foreach (var label in data.Scores.Classes)
                html.Plots.Colors.Of(label);
        }

        html.Open("div", ("class", "bar menus"),
            ("data-menus", $"{(_outputs.Length > 1 ? "class " : "")}{(HasRows ? "feature row " : "")}data")).Close();
        if (_outputs.Length > 1)
            html.Element("p",
                $"Without scripts the page shows the {(areMethods ? "method" : "output")} {html.Plots.NameOf(_outputs[0])}; "
                    + "with them one can choose the others, "
                    + $"{_outputs.Length - 1} in number.",
                ("class", "note without-script"));
    }

    /// <summary>What is carried of one output.</summary>
    /// <param name="Rows">Which rows.</param>
    /// <param name="Telling">The rows that are shown one by one.</param>
    /// <param name="Sample">Values to look for features in that act together.</param>
    private sealed record Choice(int[] Rows, IReadOnlyList<(int Row, string Remark)> Telling, ShapValues Sample)
    {
        public static Choice Of(ShapValues values, int maximumRows, ShapReportOptions options)
        {
            var telling = TellingRows(values, options.Rows);
            var rows = RowSample.Of(values, Math.Max(maximumRows, telling.Count), [.. telling.Select(local => local.Row)]);
            return new Choice(rows, telling,
                rows.Length == values.RowCount || values.InteractionRowCount > 0 ? values : RowSample.Only(values, rows));
        }

        private static IReadOnlyList<(int Row, string Remark)> TellingRows(ShapValues values, IReadOnlyList<int>? wanted)
        {
            if (wanted is not null)
            {
                foreach (var row in wanted)
                    _ = values.ForRow(row);
                return [.. wanted.Distinct().Select(row => (row, ""))];
            }

            if (values.RowCount == 1)
                return [(0, "")];
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
}
