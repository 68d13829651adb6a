using System.Globalization;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How alike things are to each other, from 0 to 1, as cells in the colour of sizes; NaN leaves a cell empty.</summary>
public sealed class SimilarityMatrix : Drawing
{
    private const double Width = 480, Gap = 8, LargestCell = 54, SmallestForText = 26, LongestName = 120;

    private readonly string[] _names;
    private readonly double[,] _values;

    /// <summary>Takes the cells.</summary>
    /// <param name="names">What is compared.</param>
    /// <param name="values">[of, to].</param>
    /// <exception cref="ArgumentException">There is nothing, or there are not as many cells.</exception>
    public SimilarityMatrix(IReadOnlyList<string> names, double[,] values)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(values);
        if (names.Count == 0 || values.GetLength(0) != names.Count || values.GetLength(1) != names.Count)
            throw new ArgumentException($"{names.Count} × {names.Count} cells, at least one, were expected; there are "
                + $"{values.GetLength(0)} × {values.GetLength(1)}.", nameof(values));
        (_names, _values) = ([.. names], (double[,])values.Clone());
    }

    /// <summary>What is shown, under the cells.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        var count = _names.Length;
        var left = Math.Min(LongestName, _names.Max(TextWidth.Of)) + Gap;
        var cell = Math.Min(LargestCell, (Width - left) / count);
        Open(html, left + count * cell, count * cell + 22, $"Similarities of {string.Join(", ", _names.Take(12))}");
        for (var i = 0; i < count; i++)
        {
            html.Label(left - Gap, (i + 0.5) * cell + 4, TextWidth.ShortenInside(_names[i], LongestName), "tick", "end");
            for (var j = 0; j < count; j++)
                Cell(html, i, j, left + j * cell, cell);
        }
        for (var j = 0; j < count; j++)
            if (cell >= SmallestForText || j == 0 || j == count - 1)
                html.Label(
                    left + (j + 0.5) * cell, count * cell + 16, TextWidth.ShortenInside(_names[j], Math.Max(cell, 40)), "tick", "middle");
        Close(html, Caption ?? "");
    }

    private void Cell(HtmlWriter html, int i, int j, double x, double cell)
    {
        var value = _values[i, j];
        var share = double.IsNaN(value) ? 0 : Math.Clamp(value, 0, 1);
        html.Open("g", ("class", "mark")).Element("title", $"{_names[i]} and {_names[j]}: {Numbers.Format(value)}");
        html.Void("rect", ("x", Numbers.Coordinate(x + 0.5)), ("y", Numbers.Coordinate(i * cell + 0.5)),
            ("width", Numbers.Coordinate(cell - 1)), ("height", Numbers.Coordinate(cell - 1)), ("rx", "2"),
            ("style", string.Create(CultureInfo.InvariantCulture, $"fill:var(--size);fill-opacity:{0.04 + 0.56 * share:0.###}")));
        if (cell >= SmallestForText)
            html.Label(x + cell / 2, (i + 0.5) * cell + 4,
                double.IsNaN(value) ? "–" : value.ToString("0.00", CultureInfo.InvariantCulture), "celltext", "middle");
        html.Close();
    }
}
