using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Which rows and features of some SHAP values the plots of a page show.</summary>
internal sealed class PlotRows(ShapValues values, int number)
{
    private const int LongestText = 160;

    private readonly List<int> _rows = [];
    private readonly Dictionary<int, int> _places = [];
    private readonly SortedSet<int> _features = [];
    private readonly SortedDictionary<int, IReadOnlyList<int>> _rests = [];

    public ShapValues Values { get; } = values;

    /// <summary>How the plots name these values.</summary>
    public string Name { get; } = number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Shows a feature.</summary>
    /// <returns>How marks name it.</returns>
    public string Use(int feature)
    {
        _features.Add(feature);
        return feature.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Shows the sum of some features.</summary>
    /// <returns>How marks name it.</returns>
    public string UseRest(IReadOnlyList<int> features)
    {
        _rests.TryAdd(features.Count, features);
        return $"rest{features.Count}";
    }

    /// <summary>Shows some rows. Done before any are drawn, it gives them places in their own order, and so small differences.</summary>
    public PlotRows Showing(IEnumerable<int> rows)
    {
        foreach (var row in rows)
            PlaceOf(row);
        return this;
    }

    /// <summary>Draws some rows.</summary>
    /// <returns>Their places in the page's data, each as the difference to the one before: small numbers.</returns>
    public string Use(IEnumerable<int> rows)
    {
        var text = new StringBuilder();
        var before = 0;
        foreach (var row in rows)
        {
            var place = PlaceOf(row);
            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? " " : "")}{place - before}");
            before = place;
        }

        return text.ToString();
    }

    /// <summary>All that was shown.</summary>
    public void Write(Utf8JsonWriter json, PlotData.Columns columns)
    {
        json.WriteStartObject();
        json.WriteString("output", Shown(Values.OutputName));
        json.WriteNumber("base", Values.BaseValue);
        if (LinkCurve.Of(Values.Link) is { } curve)
            WriteNumbers(json, "link", curve.IsLogistic ? [curve.Slope, curve.Offset] : []);
        WriteNumbers(json, "rows", _rows.Select(row => (double)row));
        WriteTexts(json, "names", Values.RowNames);
        WriteTexts(json, "labels", Values.Labels);
        json.WriteNumber("scores", columns.Add(_rows.Select(row => Values.Predictions[row])));
        json.WriteStartObject("features");
        foreach (var feature in _features)
            WriteFeature(json, columns, feature);
        foreach (var (count, features) in _rests)
        {
            json.WriteStartObject($"rest{count}");
            json.WriteString("name", FeatureText.Rest(count));
            json.WriteNumber("shap", columns.Add(_rows.Select(row => SumOf(row, features))));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private int PlaceOf(int row)
    {
        if (_places.TryGetValue(row, out var place))
            return place;
        _places.Add(row, _rows.Count);
        _rows.Add(row);
        return _rows.Count - 1;
    }

    private double SumOf(int row, IReadOnlyList<int> features)
    {
        var sum = 0.0;
        foreach (var feature in features)
            sum += Values.ForRow(row)[feature];
        return sum;
    }

    private void WriteFeature(Utf8JsonWriter json, PlotData.Columns columns, int feature)
    {
        json.WriteStartObject(feature.ToString(CultureInfo.InvariantCulture));
        json.WriteString("name", Shown(FeatureText.Name(Values, feature)));
        json.WriteNumber("shap", columns.Add(_rows.Select(row => Values.ForRow(row)[feature])));
        if (Values.Texts.TryGetValue(feature, out var texts))
            WriteTexts(json, "texts", texts);
        else
            json.WriteNumber("values", columns.Add(_rows.Select(row => (double)Values.FeaturesOf(row)[feature])));
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (var value in numbers)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    /// <summary>The texts of the rows; those that come again and again are written once, followed by each row's number.</summary>
    private void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string>? texts)
    {
        if (texts is null)
            return;
        string[] distinct = [.. _rows.Select(row => texts[row]).Distinct()];
        json.WriteStartArray(name);
        json.WriteStartArray();
        foreach (var text in distinct)
            json.WriteStringValue(Shown(text));
        json.WriteEndArray();
        WriteNumbersOf();
        json.WriteEndArray();

        void WriteNumbersOf()
        {
            var places = distinct.Index().ToDictionary(item => item.Item, item => item.Index);
            json.WriteStartArray();
            foreach (var row in _rows)
                json.WriteNumberValue(places[texts[row]]);
            json.WriteEndArray();
        }
    }

    private static string Shown(string text) => HtmlWriter.Harmless(text, LongestText);
}
