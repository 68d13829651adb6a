using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>The rows of a plot that has a column for each of them.</summary>
internal sealed class RowColumns
{
    private readonly RowPlotOptions _options;
    private readonly int _allRows;

    public RowColumns(ShapValues values, RowPlotOptions options, PlotArea area)
    {
        (_options, _allRows) = (options, values.RowCount);
        Rows = options.Order.Sort(values, RowSample.Of(values, options.MaximumRows, endsOfFeatures: false));
        Scale = new LinearScale(0, Rows.Length, area.Left, area.Right);
    }

    /// <summary>The rows from left to right.</summary>
    public int[] Rows { get; }

    /// <summary>Where the columns begin, by their number.</summary>
    public LinearScale Scale { get; }

    public string Title => _options.Order switch
    {
        RowOrder.Similarity => "rows of the data, those with like reasons side by side",
        RowOrder.Score => "rows of the data, from the lowest score to the highest",
        _ => "rows of the data",
    };

    public string Remark => Rows.Length == _allRows ? ""
        : $" {Numbers.Count(Rows.Length)} of {Numbers.Count(_allRows)} rows, evenly spread over the scores, are drawn.";

    /// <summary>What the page's script has to know.</summary>
    public PlotSpec Spec(string kind, string caption, PlotRows data) => new(kind, caption)
    {
        Sets = [data.Number], Features = _options.MaximumFeatures, Rows = _options.MaximumRows,
        Order = _options.Order.ToString().ToLowerInvariant(),
    };

    /// <summary>Opens the area, and in it the group of the columns.</summary>
    public void Open(HtmlWriter html, PlotArea area, PlotRows data) =>
        html.OpenArea(area).Open("g", ("class", "columns"), ("data-r", data.Use(Rows)));

    /// <summary>The scores as a line of steps.</summary>
    public string ScoreLine(ShapValues values, LinearScale upward)
    {
        var path = new PathData();
        foreach (var (column, row) in Rows.Index())
        {
            var y = upward.At(values.Predictions[row]);
            _ = column == 0 ? path.Move(Scale.At(0), y) : path.Line(Scale.At(column), y);
            path.Line(Scale.At(column + 1), y);
        }

        return path.ToString();
    }
}
