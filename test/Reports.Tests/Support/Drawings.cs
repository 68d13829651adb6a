using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Microsoft.ML.Introspection.Reports.Tests;

/// <summary>Plots read back from a page: where marks lie, which rows they stand for, what axes say.</summary>
internal static partial class Drawings
{
    /// <summary>The drawing of a report with one plot.</summary>
    public static XElement Of(ReportSection plot) => ReportPage.Of(plot).OfClass("plot").Single();

    /// <summary>What the page's script is told of a plot.</summary>
    public static JsonElement Spec(this XElement plot) => JsonDocument.Parse(plot.Attribute("data-spec")!.Value).RootElement;

    public static double Number(this XElement element, string attribute) => Number(element.Attribute(attribute)!.Value);

    public static string Class(this XElement element) => element.Attribute("class")!.Value;

    /// <summary>The corners of a path, move by move.</summary>
    public static (double X, double Y)[] Points(this XElement path)
    {
        var points = new List<(double X, double Y)>();
        var (at, start) = ((X: 0.0, Y: 0.0), (X: 0.0, Y: 0.0));
        foreach (Match step in Steps().Matches(path.Attribute("d")!.Value))
        {
            double[] numbers = [.. Numbers().Matches(step.Groups[2].Value).Select(match => Number(match.Value))];
            switch (step.Groups[1].Value)
            {
                case "M" or "m" or "l":
                    Assert.HasCount(2, numbers);
                    at = (at.X + numbers[0], at.Y + numbers[1]);
                    start = step.Groups[1].Value == "l" ? start : at;
                    points.Add(at);
                    break;
                case "z":
                    at = start;
                    break;
                case "h":
                    Assert.AreEqual(0, numbers.Single(), "a dot");
                    break;
                default:
                    Assert.Fail($"What is {step.Value}?");
                    break;
            }
        }

        return [.. points];
    }

    /// <summary>The rows that a path's dots stand for, as places in the page's data.</summary>
    public static int[] Rows(this XElement path)
    {
        var row = 0;
        return [.. path.Attribute("data-r")!.Value.Split(' ').Select(step => row += int.Parse(step, CultureInfo.InvariantCulture))];
    }

    /// <summary>All dots of a feature by row: where they lie and the class of their colour.</summary>
    public static SortedDictionary<int, (double X, double Y, string Color)> Dots(this XElement plot, string feature)
    {
        var dots = new SortedDictionary<int, (double, double, string)>();
        foreach (var path in plot.OfClass("dots").Where(path => (string?)path.Attribute("data-f") == feature))
        {
            foreach (var (row, (x, y)) in path.Rows().Zip(path.Points()))
                dots.Add(row, (x, y, path.Class().Split(' ')[1]));
        }

        return dots;
    }

    /// <summary>What an axis says lies where: pixels for values, by the first and the last number written at it.</summary>
    public static Func<double, double> Axis(this XElement plot, string side)
    {
        var attribute = side == "left" ? "y" : "x";
        var ticks = plot.OfClass("ticks").First(group => group.Attribute("data-side")!.Value == side).Descendants("text")
            .Select(text => (Value: Number(text.Value.Replace('−', '-')), At: text.Number(attribute) - (side == "left" ? 4 : 0))).ToList();
        Finite.AtLeast(2, ticks.Count);
        var (first, last) = (ticks[0], ticks[^1]);
        return value => first.At + (value - first.Value) / (last.Value - first.Value) * (last.At - first.At);
    }

    public static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("([Mmlhz])([^Mmlhz]*)")]
    private static partial Regex Steps();

    [GeneratedRegex(@"-?\d*\.?\d+")]
    private static partial Regex Numbers();
}
