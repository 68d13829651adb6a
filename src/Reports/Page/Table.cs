using System.Collections;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A table, such as one of explained predictions.</summary>
/// <remarks>
/// A cell may be a text, a number, a <see cref="Figure"/> (shown small), a <see cref="FeatureAttribution"/> or several of
/// them (shown as coloured labels), or null. Columns of numbers stand at the right.
/// </remarks>
/// <example><code>
/// new Table("Row", "Diagnosis", "Score", "Most telling")
/// {
///     { 17, "malignant", 0.982, new FeatureAttribution[] { new("worst radius", 0.31), new("mean texture", -0.08) } },
/// }
/// </code></example>
/// <param name="columns">The headings.</param>
public sealed class Table(params IReadOnlyList<string> columns) : ReportSection, IEnumerable<IReadOnlyList<object?>>
{
    private readonly string[] _columns = columns.Count > 0
        ? [.. columns]
        : throw new ArgumentException("One column at least was expected.", nameof(columns));

    private readonly List<object?[]> _rows = [];

    /// <summary>What the table shows.</summary>
    public string? Caption { get; init; }

    /// <summary>The number of rows to show; a remark says how many more there are.</summary>
    public int MaximumRows
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaximumRows), value, "A positive number of rows was expected.");
    } = 200;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">One cell for every column.</param>
    /// <returns>This table.</returns>
    public Table Add(params IReadOnlyList<object?> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        if (cells.Count != _columns.Length)
        {
            throw new ArgumentException(
                $"A row of {_columns.Length} cells ({string.Join(", ", _columns)}) was expected; {cells.Count} given.",
                nameof(cells));
        }

        _rows.Add([.. cells]);
        return this;
    }

    /// <summary>The rows added so far.</summary>
    public IEnumerator<IReadOnlyList<object?>> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal override void Write(HtmlWriter html)
    {
        string?[] kinds = [.. Enumerable.Range(0, _columns.Length).Select(KindOf)];
        html.Open("div", ("class", "table"), ("tabindex", "0"), ("role", "group"), ("aria-label", Caption ?? "Table")).Open("table");
        if (Caption is not null)
            html.Element("caption", Caption);

        html.Open("thead").Open("tr");
        foreach (var (column, kind) in _columns.Zip(kinds))
            html.Element("th", column, ("scope", "col"), ("class", kind));
        html.Close().Close().Open("tbody");
        foreach (var row in _rows.Take(MaximumRows))
        {
            html.Open("tr");
            foreach (var (cell, kind) in row.Zip(kinds))
            {
                html.Open("td", ("class", kind));
                Cell.Write(html, cell);
                html.Close();
            }

            html.Close();
        }

        html.Close().Close();
        if (_rows.Count > MaximumRows)
            html.Element("p", $"{_rows.Count - MaximumRows} more rows are not shown.", ("class", "note"));
        html.Close();
    }

    private string? KindOf(int column)
    {
        var cells = _rows.Select(row => row[column]).OfType<object>().ToList();
        return cells.Count > 0 && cells.All(Cell.IsNumber) ? "number" : null;
    }
}
