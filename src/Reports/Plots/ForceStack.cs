using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The force plots of many rows, turned upright and put side by side: in each column red features push the score up from below, blue ones
/// press it down from above, and the line between is the score.
/// </summary>
/// <remarks>Lundberg, Erion, Lee 2018, arXiv:1802.03888, there with "supervised clustering" as the order of the rows.</remarks>
public sealed class ForceStack : Plot
{
    private const double Width = PlotSpec.Wide;
    private const double AreaHeight = 300;
    private const double Left = 52;
    private const double Top = 12;
    private const double Footer = 26;

    private readonly ShapValues _values;
    private readonly RowPlotOptions _options;

    /// <summary>Takes the values.</summary>
    /// <param name="values">The SHAP values.</param>
    /// <param name="options">What is shown.</param>
    public ForceStack(ShapValues values, RowPlotOptions? options = null)
    {
        (_values, _options) = (Rounding.WithoutNoise(PlotLimits.CheckSums(values)), options ?? new());
    }

    internal override void Write(HtmlWriter html)
    {
        var area = new PlotArea(Left, Top, Width, Top + AreaHeight);
        var columns = new RowColumns(_values, _options, area);
        var features = FeatureLine.Of(_values, _values.Ranking, _options.MaximumFeatures);
        var data = html.Plots.For(_values);
        var forces = columns.Rows.Select(row => Forces.Of(_values, row, features)).ToArray();
        var ends = forces.SelectMany(force => new[] { force.Score - force.Up, force.Score + force.Down });
        var scale = LinearScale.Spanning(ends.Append(_values.BaseValueOf(columns.Rows[0])), area.Bottom, area.Top);

        const string caption =
            "Red pushes the score up, blue presses it down; the line between is the score, the dashed one the base value.";
        Open(html, columns.Spec("stack", caption, data), Width, area.Bottom + Footer,
            $"Forces on the scores of {columns.Rows.Length} rows");
        new PlotAxis(AxisSide.Left, scale, area).Write(html);
        html.UprightLabel(11, area.Top + AreaHeight / 2, TextWidth.ShortenInside(FeatureText.ScoreName(_values), AreaHeight), "title");
        columns.Open(html, area, data);
        foreach (var isUp in (bool[])[true, false])
            WriteSide(html, features, data, forces, columns, scale, isUp);
        html.Path(columns.ScoreLine(_values, scale), null, ("class", "curve"));
        if (_values.BaseValues is null)
            html.Line(area.Left, scale.At(_values.BaseValue), area.Right, scale.At(_values.BaseValue), "zero");
        html.Close().Close();
        html.Label((area.Left + area.Right) / 2, area.Bottom + 18, columns.Title, "title", "middle");
        Close(html, caption, columns.Remark);
    }

    /// <summary>The features of one sign, the most important next to the score.</summary>
    private static void WriteSide(
        HtmlWriter html, IReadOnlyList<FeatureLine> features, PlotRows data, Forces[] forces, RowColumns columns, LinearScale scale,
        bool isUp)
    {
        var near = forces.Select(force => force.Score).ToArray();
        foreach (var (number, feature) in features.Index())
        {
            var far = near.Select((at, column) => at - Part(forces[column].Values[number], isUp)).ToArray();
            var path = new PathData();
            for (var column = 0; column < near.Length;)
            {
                if (near[column] == far[column])
                {
                    column++;
                    continue;
                }

                // One outline for all neighbours that have the feature on this side.
                var first = column;
                path.Move(columns.Scale.At(first), scale.At(near[first]));
                for (; column < near.Length && near[column] != far[column]; column++)
                    path.Line(columns.Scale.At(column), scale.At(near[column])).Line(columns.Scale.At(column + 1), scale.At(near[column]));
                for (var back = column - 1; back >= first; back--)
                    path.Line(columns.Scale.At(back + 1), scale.At(far[back])).Line(columns.Scale.At(back), scale.At(far[back]));
                path.Close();
            }

            var outline = path.ToString();
            if (outline.Length > 0)
                html.Path(outline, null, ("class", $"{(isUp ? "favour" : "against")} shade{number % 3}"), ("data-f", feature.Use(data)));
            near = far;
        }
    }

    private static double Part(double value, bool isUp) => isUp ? Math.Max(value, 0) : Math.Min(value, 0);

    /// <summary>What pushes at one row.</summary>
    private readonly record struct Forces(double Score, double[] Values)
    {
        public double Up => Values.Sum(value => Math.Max(value, 0));

        public double Down => -Values.Sum(value => Math.Min(value, 0));

        public static Forces Of(ShapValues values, int row, IReadOnlyList<FeatureLine> features) =>
            new(values.Predictions[row], [.. features.Select(feature => feature.In(values, row))]);
    }
}
