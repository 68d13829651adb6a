namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Names at the left of a plot's rows, as wide as the widest needs. One that is too long goes on in further lines, for which rows make
/// room; what takes even more than a few has its middle left out.
/// </summary>
internal sealed class RowLabels
{
    private const double LineHeight = 14;
    private const int MostLines = 3;

    private readonly string[] _names;
    private readonly IReadOnlyList<string>[] _lines;

    /// <summary>Measures the names.</summary>
    /// <param name="names">In the order of the rows.</param>
    /// <param name="maximumWidth">Where lines break.</param>
    public RowLabels(IEnumerable<string> names, double maximumWidth)
    {
        _names = [.. names];
        _lines = [.. _names.Select(name => TextWidth.Wrap(name, maximumWidth, MostLines))];
        Width = _lines.Max(lines => lines.Max(TextWidth.Of));
    }

    /// <summary>How wide the widest is.</summary>
    public double Width { get; }

    /// <summary>How high a row has to be.</summary>
    /// <param name="least">Without any name.</param>
    public double RowHeight(double least) => Math.Max(least, LineHeight * _lines.Max(lines => lines.Count) + 4);

    /// <summary>Writes one, its right end at a point; one that was cut has the whole name as its title.</summary>
    public void Write(HtmlWriter html, int row, double right, double middle, string kind = "name")
    {
        var lines = _lines[row];
        var x = Numbers.Coordinate(right);
        html.Open("text", ("x", x), ("y", Numbers.Coordinate(middle + 4.5 - LineHeight * (lines.Count - 1) / 2)), ("class", kind),
            ("text-anchor", "end"));
        if (lines.Count > 1 || lines[0] != _names[row])
            html.Element("title", _names[row]);
        html.Text(lines[0]);
        foreach (var line in lines.Skip(1))
            html.Element("tspan", line, ("x", x), ("dy", Numbers.Coordinate(LineHeight)));
        html.Close();
    }
}
