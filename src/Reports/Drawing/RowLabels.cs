namespace Microsoft.ML.Introspection.Reports;

/// <summary>Names at the left of a plot's rows, as wide as the widest needs, shortened where one is too long.</summary>
internal sealed class RowLabels
{
    private readonly string[] _names;
    private readonly string[] _shown;

    /// <summary>Measures the names.</summary>
    /// <param name="names">In the order of the rows.</param>
    /// <param name="maximumWidth">Where names are cut.</param>
    public RowLabels(IEnumerable<string> names, double maximumWidth)
    {
        _names = [.. names];
        _shown = [.. _names.Select(name => TextWidth.ShortenInside(name, maximumWidth))];
        Width = _shown.Max(TextWidth.Of);
    }

    /// <summary>How wide the widest is.</summary>
    public double Width { get; }

    /// <summary>Writes one, its right end at a point; one that was cut has the whole name as its title.</summary>
    public void Write(HtmlWriter html, int row, double right, double middle, string kind = "name")
    {
        html.Open("text", ("x", Numbers.Coordinate(right)), ("y", Numbers.Coordinate(middle + 4.5)), ("class", kind),
            ("text-anchor", "end"));
        if (_shown[row] != _names[row])
            html.Element("title", _names[row]);
        html.Text(_shown[row]).Close();
    }
}
