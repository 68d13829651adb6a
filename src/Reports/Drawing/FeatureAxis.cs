using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Where the values of a feature lie along the bottom of an area: numbers on a scale, categories beside each other, missing ones apart
/// at the left. Where only a few values occur, dots are spread a little, so that they do not all cover each other.
/// </summary>
internal sealed class FeatureAxis
{
    private const double MissingWidth = 58;
    private const double MissingBar = 24;
    private const double DotRoom = 3;
    private const double TickShare = 0.92;
    private const double LongestCategory = 110;
    private const int MostCategories = 20;
    private const int MostRepeated = 20;
    private const double FarOutShare = 0.005;
    private const double FarOutFactor = 2.5;

    private readonly PlotArea _area;
    private readonly LinearScale _scale;
    private readonly float[] _column;
    private readonly string[] _categories = [];
    private readonly int[] _categoryOf = [];
    private readonly double _spread;
    private readonly bool _hasMissing;
    private readonly int _farOut;
    private readonly bool _isSlanted;

    public FeatureAxis(ShapValues values, int feature, PlotArea area)
    {
        _area = area;
        _column = values.FeatureColumn(feature);
        if (values.Texts.TryGetValue(feature, out var texts))
        {
            (_categories, _categoryOf) = Categories(texts, _column);
            _scale = new LinearScale(-0.5, _categories.Length - 0.5, area.Left, area.Right);
            var room = area.Width / _categories.Length;
            _spread = 0.3 * room;
            _isSlanted = _categories.Any(category => TickShare * TextWidth.Of(category) > room - 6);
            return;
        }

        _hasMissing = _column.Any(float.IsNaN);
        var left = area.Left + (_hasMissing ? MissingWidth : 0);
        double[] distinct = [.. _column.Where(float.IsFinite).Distinct().Order().Select(value => (double)value)];
        var isRepeated = distinct.Length is > 1 and <= MostRepeated && _column.Length >= 3 * distinct.Length;
        var seen = isRepeated ? distinct : WithoutFarOut(distinct);
        _scale = LinearScale.Spanning(seen, left, area.Right, isRepeated ? 0.6 / distinct.Length : 0.03);
        _farOut = _column.Count(value => float.IsFinite(value) && !_scale.Holds(value));
        if (isRepeated)
            _spread = 0.3 * Enumerable.Range(1, distinct.Length - 1).Min(i => _scale.At(distinct[i]) - _scale.At(distinct[i - 1]));
        _spread = Math.Min(_spread, 16);
    }

    /// <summary>How much room the categories' names need below the area; 0 for numbers.</summary>
    public double ExtraHeight => _isSlanted ? 0.42 * TickShare * _categories.Max(TextWidth.Of) : 0;

    private double MissingMiddle => _area.Left + MissingBar / 2 + 8;

    /// <summary>Says that some values lie beyond the ends.</summary>
    public string Remark => _farOut == 0 ? "" : $"{Numbers.Count(_farOut)} rows with values beyond the axis are drawn at its ends.";

    /// <summary>Where the dot of a row lies.</summary>
    public double At(int row)
    {
        // Steps of the golden ratio: spread evenly, however many there are, and the same every time.
        var turn = row * 0.6180339887498949 % 1 - 0.5;
        if (_categories.Length > 0)
            return _scale.At(_categoryOf[row]) + 2 * _spread * turn;
        return float.IsNaN(_column[row])
            ? MissingMiddle + MissingBar * turn
            : Math.Clamp(_scale.At(_column[row]) + 2 * _spread * turn, _scale.Start + DotRoom, _scale.End - DotRoom);
    }

    public void Write(HtmlWriter html)
    {
        if (_categories.Length > 0)
        {
            foreach (var (place, category) in _categories.Index())
                WriteName(html, _scale.At(place), category, _isSlanted);
            return;
        }

        new PlotAxis(AxisSide.Bottom, _scale, _area with { Left = _scale.Start }).Write(html);
        if (_hasMissing)
            WriteName(html, MissingMiddle, "missing", false);
    }

    /// <summary>How often which values occur, as bars at the bottom.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="height">Of the highest.</param>
    public void WriteHistogram(HtmlWriter html, double height)
    {
        const int bins = 40;
        var binWidth = (_scale.End - _scale.Start) / bins - 1;
        var finite = _column.Where(float.IsFinite);
        IEnumerable<(double Middle, double Width, int Count)> bars =
            _categories.Length > 0
                ? _categoryOf.GroupBy(place => place).Select(group => (_scale.At(group.Key), 1.4 * _spread, group.Count()))
            : _spread > 0 ? finite.GroupBy(value => value).Select(group => (_scale.At(group.Key), 1.4 * _spread, group.Count()))
            : finite.GroupBy(value => BinOf(value, bins)).Select(group => (BinMiddle(group.Key, bins), binWidth, group.Count()));
        if (_hasMissing)
            bars = bars.Append((MissingMiddle, MissingBar, _column.Count(float.IsNaN)));
        var all = bars.ToList();
        var most = all.Select(bar => bar.Count).DefaultIfEmpty(1).Max();
        foreach (var (middle, width, count) in all.OrderBy(bar => bar.Middle))
            html.Rectangle(middle - width / 2, _area.Bottom - height * count / most, width, height * count / most, "histogram");
    }

    /// <summary>The values that the axis spans: not the very few that would squeeze all others into a small part of it.</summary>
    private double[] WithoutFarOut(double[] distinct)
    {
        double[] sorted = [.. _column.Where(float.IsFinite).Order().Select(value => (double)value)];
        if (sorted.Length < 100)
            return distinct;
        var (low, high) = (sorted[(int)(FarOutShare * sorted.Length)], sorted[(int)((1 - FarOutShare) * (sorted.Length - 1))]);
        return high - low > 0 && distinct[^1] - distinct[0] > FarOutFactor * (high - low) ? [low, high] : distinct;
    }

    private int BinOf(double value, int bins) =>
        Math.Clamp((int)((_scale.At(value) - _scale.Start) / (_scale.End - _scale.Start) * bins), 0, bins - 1);

    private double BinMiddle(int bin, int bins) => _scale.Start + (bin + 0.5) / bins * (_scale.End - _scale.Start);

    /// <summary>A name that moves along when a reader zooms, since it stands for a place, not for a number.</summary>
    private void WriteName(HtmlWriter html, double x, string text, bool slanted)
    {
        var y = _area.Bottom + (slanted ? 13 : 17);
        html.Element(
            "text",
            text,
            ("x", Numbers.Coordinate(x)), ("y", Numbers.Coordinate(y)), ("class", "tick"), ("text-anchor", slanted ? "end" : "middle"),
            ("data-x", Numbers.Coordinate(x)), ("data-area", $"{Numbers.Coordinate(_area.Left)} {Numbers.Coordinate(_area.Right)}"),
            ("transform", slanted ? $"rotate(-30 {Numbers.Coordinate(x)} {Numbers.Coordinate(y)})" : null));
    }

    /// <summary>The categories in the order of their codes, and each row's; the rarest together where there are too many.</summary>
    private static (string[] Names, int[] Of) Categories(IReadOnlyList<string> texts, float[] codes)
    {
        var groups = texts.Index().GroupBy(item => item.Item, item => item.Index)
            .Select(group => (Text: group.Key, Code: codes[group.First()], Rows: group.ToArray())).ToList();
        var kept =
            groups.Count <= MostCategories ? groups : [.. groups.OrderByDescending(group => group.Rows.Length).Take(MostCategories - 1)];
        var sorted = kept.OrderBy(group => group.Code).ThenBy(group => group.Text, StringComparer.Ordinal).ToList();

        var of = Enumerable.Repeat(sorted.Count, texts.Count).ToArray();
        foreach (var (place, group) in sorted.Index())
            foreach (var row in group.Rows)
                of[row] = place;
        var names =
            sorted.Select(group => TextWidth.Shorten(string.IsNullOrWhiteSpace(group.Text) ? "(empty)" : group.Text, LongestCategory));
        return ([.. kept.Count < groups.Count ? names.Append($"{groups.Count - kept.Count} others") : names], of);
    }
}
