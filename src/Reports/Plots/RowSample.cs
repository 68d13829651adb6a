using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The rows that a plot shows where there are too many: first those in which a feature or the score is at its ends, then others
/// evenly spread over the scores. The same rows every time.
/// </summary>
internal static class RowSample
{
    /// <summary>Rows in ascending order, all of them if there are no more than asked for.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="maximum">How many.</param>
    /// <param name="wanted">Rows that must be among them.</param>
    /// <param name="endsOfFeatures">Whether the rows in which a feature is at its ends come first.</param>
    public static int[] Of(ShapValues values, int maximum, IReadOnlyList<int>? wanted = null, bool endsOfFeatures = true)
    {
        if (values.RowCount <= maximum)
            return [.. Enumerable.Range(0, values.RowCount)];

        var chosen = new bool[values.RowCount];
        var count = 0;
        int[] byScore = [.. Enumerable.Range(0, values.RowCount).OrderBy(row => values.Predictions[row])];
        foreach (var row in wanted ?? [])
            Take(row);
        Take(byScore[0]);
        Take(byScore[^1]);
        foreach (var feature in endsOfFeatures ? values.Ranking : [])
        {
            // Half of the room at most: the others tell how often what happens.
            if (count + 2 > maximum / 2)
                break;
            var column = values.ForFeature(feature);
            Take(Array.IndexOf(column, column.Min()));
            Take(Array.IndexOf(column, column.Max()));
        }

        int[] open = [.. byScore.Where(row => !chosen[row])];
        var places = maximum - count;
        for (var i = 0; i < places; i++)
            Take(open[(int)((2L * i + 1) * open.Length / (2 * places))]);
        return [.. Enumerable.Range(0, chosen.Length).Where(row => chosen[row])];

        void Take(int row)
        {
            if (!chosen[row] && count < maximum)
                (chosen[row], count) = (true, count + 1);
        }
    }

    /// <summary>Some of given rows, evenly spread over the scores; all of them if there are no more than asked for.</summary>
    public static int[] Evenly(ShapValues values, int[] rows, int maximum)
    {
        if (rows.Length <= maximum)
            return rows;
        int[] byScore = [.. rows.OrderBy(row => values.Predictions[row])];
        return [.. Enumerable.Range(0, maximum).Select(i => byScore[(int)((2L * i + 1) * byScore.Length / (2 * maximum))])];
    }

    /// <summary>The SHAP values and features of some rows, without what else is known of them.</summary>
    public static ShapValues Only(ShapValues values, int[] rows) => new(
        values.FeatureNames, values.BaseValue, [.. rows.SelectMany(row => values.ForRow(row).ToArray())],
        [.. rows.SelectMany(row => values.FeaturesOf(row).ToArray())])
    {
        Texts = values.Texts.ToDictionary(text => text.Key, text => (IReadOnlyList<string>)[.. rows.Select(row => text.Value[row])]),
    };

    /// <summary>Says how many rows are drawn, where it is not all.</summary>
    public static string Remark(ShapValues values, int drawn) => drawn == values.RowCount ? ""
        : $" {Numbers.Count(drawn)} of {Numbers.Count(values.RowCount)} rows are drawn, those at the ends of every feature among them.";
}
