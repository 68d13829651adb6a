using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Which rows and features of some SHAP values the page's script can draw.</summary>
internal sealed class PlotRows(ShapValues values, int number)
{
    private const int LongestText = 160;

    /// <summary>How many features of a row can be told apart; what is weaker is summed up.</summary>
    public const int MostFeatures = 100;

    private readonly List<int> _rows = [];
    private readonly Dictionary<int, int> _places = [];
    private readonly SortedSet<int> _features = [];

    public ShapValues Values { get; } = values;

    /// <summary>How drawings name these values.</summary>
    public int Number { get; } = number;

    /// <summary>The features that act along with others, by the other; null for those that are not known.</summary>
    public Func<int, int?>? PartnerOf { get; set; }

    /// <summary>How often which score occurs, over all rows.</summary>
    public ScoreCounts? Scores { get; set; }

    /// <summary>Rows in the order of their reasons.</summary>
    public IReadOnlyList<int>? Similar { get; set; }

    /// <summary>Rows that are worth a closer look, and why.</summary>
    public IReadOnlyList<(int Row, string Remark)> Telling { get; set; } = [];

    /// <summary>Which features act together.</summary>
    public PairMeans? Pairs { get; set; }

    /// <summary>Shows a feature.</summary>
    /// <returns>How marks name it.</returns>
    public string Use(int feature)
    {
        _features.Add(feature);
        return feature.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Shows some rows. Done before any are drawn, it gives them places in their own order, and so small differences.</summary>
    public PlotRows Showing(IEnumerable<int> rows)
    {
        foreach (var row in rows)
            PlaceOf(row);
        return this;
    }

    /// <summary>Shows one row with all its features.</summary>
    /// <returns>How drawings name these values.</returns>
    public int Carrying(int row)
    {
        Showing([row]);
        foreach (var feature in Values.Strongest(row, MostFeatures))
            Use(feature);
        return Number;
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
    /// <param name="json">Where to.</param>
    /// <param name="parts">The columns of all values.</param>
    /// <param name="name">What these values are called.</param>
    public void Write(Utf8JsonWriter json, PlotData.Parts parts, string name)
    {
        int[] features = [.. _features];
        int[] others = [.. Enumerable.Range(0, Values.FeatureCount).Except(features)];
        json.WriteStartObject();
        json.WriteString("output", Shown(name));
        json.WriteString("method", Shown(Values.Method));
        json.WriteString("size", FeatureText.MeanName(Values));
        json.WriteBoolean("sums", Values.AddsUp);
        json.WriteString("score", Shown(FeatureText.ScoreName(Values)));
        json.WriteNumber("base", Values.BaseValue);
        if (LinkCurve.Of(Values.Link) is { } curve)
            WriteNumbers(json, "link", curve.IsLogistic ? [curve.Slope, curve.Offset] : []);
        json.WriteNumber("total", Values.RowCount);
        json.WriteNumber("rows", parts.Add(_rows));
        if (Values.RowNames is { } names)
            json.WriteNumber("names", parts.Add(_rows.Select(row => names[row])));
        if (Values.Labels is { } labels)
            json.WriteNumber("labels", parts.AddRepeated([.. _rows.Select(row => labels[row])], []));
        if (Values.BaseValues is { } bases)
            json.WriteNumber("bases", parts.Add([.. _rows.Select(row => bases[row])]));
        if (Values.RowOutputs is { } outputs)
            json.WriteNumber("outputs", parts.AddRepeated([.. _rows.Select(row => outputs[row])], []));
        json.WriteNumber("scores", parts.Add([.. _rows.Select(row => Values.Predictions[row])]));
        if (Values.Scores is { } given && _rows.Exists(row => Rounding.GapOf(Values, row) is not null))
            json.WriteNumber("given", parts.Add([.. _rows.Select(row => given[row])]));
        WriteFeatures(json, parts, features);
        if (others.Length > 0)
        {
            json.WriteStartObject("rest");
            json.WriteNumber("count", others.Length);
            json.WriteNumber("shap", parts.AddRounded([.. _rows.Select(row => SumOf(row, others))]));
            json.WriteNumber("mean", others.Sum(feature => Values.MeanAbsolute[feature]));
            json.WriteEndObject();
        }

        if (Similar is not null)
            json.WriteNumber("similar", parts.Add([.. Similar.Where(_places.ContainsKey).Select(row => _places[row])]));
        WriteNumbers(json, "telling", Telling.Select(local => (double)_places[local.Row]));
        json.WriteNumber("why", parts.Add(Telling.Select(local => local.Remark)));
        Scores?.Write(json);
        Pairs?.Write(json, parts);
        json.WriteEndObject();
    }

    private void WriteFeatures(Utf8JsonWriter json, PlotData.Parts parts, int[] features)
    {
        json.WriteNumber("ids", parts.Add(features));
        json.WriteNumber("features", parts.Add(features.Select(feature => FeatureText.Name(Values, feature))));
        WriteNumbers(json, "means", features.Select(feature => Values.MeanAbsolute[feature]));
        WriteNumbers(json, "shap", features.Select(
            feature => (double)parts.AddRounded([.. _rows.Select(row => Values.ForRow(row)[feature])])));
        WriteNumbers(json, "values", features.Select(feature => (double)(Values.Texts.TryGetValue(feature, out var texts)
            ? parts.AddRepeated([.. _rows.Select(row => texts[row])], Categories.Common(texts))
            : parts.Add([.. _rows.Select(row => (double)Values.FeaturesOf(row)[feature])]))));
        if (PartnerOf is not null)
            WriteNumbers(json, "partners", features.Select(feature => PartnerOf(feature) ?? -1.0));
    }

    private int PlaceOf(int row)
    {
        if (_places.TryGetValue(row, out var place))
            return place;
        _places.Add(row, _rows.Count);
        _rows.Add(row);
        return _rows.Count - 1;
    }

    private double SumOf(int row, int[] features)
    {
        var own = Values.ForRow(row);
        var sum = 0.0;
        foreach (var feature in features)
            sum += own[feature];
        return sum;
    }

    public static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (var value in numbers)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    public static string Shown(string text) => HtmlWriter.Harmless(text, LongestText);
}
