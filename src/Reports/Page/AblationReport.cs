using System.Globalization;
using Microsoft.ML.Introspection.Features;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A page of what a network loses as units of a layer are dropped.</summary>
public static class AblationReport
{
    private const string Random = "random";

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="ablation">What was found; several random orders are one line, their mean.</param>
    /// <param name="facts">What is said of the network and of how it was done.</param>
    public static Report Of(string title, UnitAblation ablation, params IReadOnlyList<(string Name, object? Value)> facts)
    {
        ArgumentNullException.ThrowIfNull(ablation);
        var curves = Joined(ablation.Curves);
        var whole = ablation.Curves[0].Accuracy[0];
        var table = new Table("Order", "Units dropped at half of the accuracy", "Mean accuracy", "All dropped");
        foreach (var (name, accuracy, _) in curves)
            table.Add(name, HalfOf(accuracy, ablation.Dropped) is { } half ? half : "never",
                Numbers.Percent(Area(accuracy, ablation.Dropped)), Numbers.Percent(accuracy[^1]));
        return new Report(title, "What is left as units are dropped, one after the other")
        {
            new Facts([("Layer", ablation.Layer), ("Units", ablation.Units), ("Rows", ablation.Rows),
                ("Accuracy of the whole", Numbers.Percent(whole)), .. facts]),
            new Section("Accuracy")
            {
                Chart(curves.Select(c => new ChartLine(c.Name, c.Accuracy)), ablation.Dropped, "share of rows",
                    "The share of rows whose class is right. An order that tells which units matter falls faster than chance."),
                table,
            },
            new Section("Loss")
            {
                Chart(curves.Select(c => new ChartLine(c.Name, c.Loss)), ablation.Dropped, "cross-entropy",
                    "The mean cross-entropy of the right class: it moves before classes change."),
            },
        };
    }

    private static LineChart Chart(IEnumerable<ChartLine> lines, IReadOnlyList<int> dropped, string title, string caption) => new(lines)
    {
        Caption = caption, XTitle = "units dropped", YTitle = title, Places = [.. dropped.Select(d => (double)d)],
    };

    private static List<(string Name, double[] Accuracy, double[] Loss)> Joined(IReadOnlyList<AblationCurve> curves)
    {
        var byChance = curves.Where(c => c.Order.Name.StartsWith(Random, StringComparison.Ordinal)).ToList();
        List<(string, double[], double[])> shown =
            [.. curves.Except(byChance).Select(c => (c.Order.Name, (double[])[.. c.Accuracy], (double[])[.. c.Loss]))];
        if (byChance.Count > 0)
            shown.Add((byChance.Count == 1 ? Random : string.Create(CultureInfo.InvariantCulture, $"{Random}, mean of {byChance.Count}"),
                Mean(byChance.Select(c => c.Accuracy)), Mean(byChance.Select(c => c.Loss))));
        return shown;
    }

    private static double[] Mean(IEnumerable<IReadOnlyList<double>> of)
    {
        var all = of.ToList();
        return [.. Enumerable.Range(0, all[0].Count).Select(i => all.Average(a => a[i]))];
    }

    private static int? HalfOf(double[] accuracy, IReadOnlyList<int> dropped) =>
        Array.FindIndex(accuracy, a => a <= accuracy[0] / 2) is >= 0 and var at ? dropped[at] : null;

    // By trapezoids, as a share of the axis.
    private static double Area(double[] accuracy, IReadOnlyList<int> dropped) => accuracy.Length == 1 ? accuracy[0]
        : Enumerable.Range(1, accuracy.Length - 1).Sum(i => (accuracy[i] + accuracy[i - 1]) / 2 * (dropped[i] - dropped[i - 1]))
            / (dropped[^1] - dropped[0]);
}
