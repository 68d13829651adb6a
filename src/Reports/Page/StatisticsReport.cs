using Microsoft.ML.Introspection.Features;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// A page of statistics of activations and gradients: how they go through the layers, and unit by unit what is dead or saturated.
/// </summary>
public static class StatisticsReport
{
    private const int MostUnits = 200, MostListed = 40;
    private static readonly double[] Shares = [0.05, 0.25, 0.5, 0.75, 0.95];

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="statistics">The statistics.</param>
    public static Report Of(string title, NetworkStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        var report = new Report(title, "What layers make of the data, unit by unit")
        {
            new Facts(("Rows", statistics.Rows), ("Layers", statistics.Tensors.Count(t => !t.IsGradient)),
                ("Units", statistics.Tensors.Where(t => !t.IsGradient).Sum(t => t.Units)),
                ("Quantiles", statistics.Tensors.All(t => t.HasExactQuantiles) ? "exact" : "of sketches or of some positions")),
        };
        foreach (var kind in statistics.Tensors.GroupBy(t => t.IsGradient))
        {
            var section = new Section(kind.Key ? "Gradients by layer" : "Activations by layer");
            UnitStatistics[] tensors = [.. kind];
            if (tensors.Length > 1)
                section.Add(Flow(tensors, kind.Key));
            section.Add(Listed(tensors));
            report.Add(section);
        }
        foreach (var tensor in statistics.Tensors)
            report.Add(Units(tensor));
        return report;
    }

    // Over all units of a layer.
    private static LineChart Flow(UnitStatistics[] tensors, bool areGradients) => new(
        new ChartLine("log₁₀ of the standard deviation", [.. tensors.Select(t => Math.Log10(Spread(t)))]))
    {
        Caption = (areGradients ? "How gradients flow back: a line that falls towards the left vanishes, one that rises explodes. "
            : "The spread of activations, layer by layer. ") + "Layers from first to last.",
        XTitle = "layer", YTitle = "log₁₀ deviation",
    };

    private static Table Listed(UnitStatistics[] tensors)
    {
        var table = new Table("Layer", "Units", "Positions", "Mean", "Deviation", "Minimum", "Maximum", "Zeros", "Dead units", "Saturated");
        foreach (var t in tensors)
            table.Add(t.Layer, t.Units, t.Positions, t.Means.Average(), Spread(t), t.Minima.Min(), t.Maxima.Max(),
                Numbers.Percent(t.Zeros.Average()), t.IsGradient ? null : t.Dead.Length,
                t.CanSaturate ? Numbers.Percent(t.Saturated.Average()) : null);
        return table;
    }

    private static Section Units(UnitStatistics t)
    {
        var section = new Section(t.IsGradient ? $"Gradients by {t.Layer}" : t.Layer, $"{t.Units} units of {t.Positions} positions");
        if (!t.IsGradient && t.Dead is { Length: > 0 } dead)
            section.Add(new Paragraph($"{dead.Length} units are above zero in no row: {string.Join(", ", dead.Take(MostListed))}"
                + (dead.Length > MostListed ? ", …" : ".")));
        var quantiles = t.Quantiles(Shares);
        section.Add(new LineChart(Shares.Select((share, i) =>
            new ChartLine(share == 0.5 ? "median" : $"{100 * share:0} %", [.. quantiles.Select(q => q[i])])))
        {
            Caption = "Quantiles of each unit over rows and positions.", XTitle = "unit", YTitle = t.IsGradient ? "gradient" : "activation",
        });
        if (t.Classes.Count > 1 && t.Units > 1)
            section.Add(new Gallery(Figure.Of(new Heatmap(
                [.. t.Classes.SelectMany(t.ClassMeans).Select(m => (float)m)], t.Classes.Count, t.Units,
                new() { Scale = TileSheet.ScaleFor(t.Units, 480) }),
                $"Mean of each unit (from left to right) by class: {string.Join(", ", t.Classes.Take(MostListed))}.", "Means by class")
                with { DisplayWidth = 480 }));
        var (means, deviations, zeros, silent) = (t.Means, t.Deviations, t.Zeros, t.Silent);
        var table = new Table("Unit", "Mean", "Deviation", "5 %", "Median", "95 %", "Zeros", "Silent rows") { MaximumRows = MostUnits };
        for (var unit = 0; unit < t.Units; unit++)
            table.Add(unit, means[unit], deviations[unit], quantiles[unit][0], quantiles[unit][2], quantiles[unit][4],
                Numbers.Percent(zeros[unit]), Numbers.Percent(silent[unit]));
        section.Add(table);
        return section;
    }

    // Of all numbers of the layer: within units and between them.
    private static double Spread(UnitStatistics t)
    {
        var (means, deviations, mean) = (t.Means, t.Deviations, t.Means.Average());
        return Math.Sqrt(means.Zip(deviations, (m, d) => d * d + (m - mean) * (m - mean)).Average());
    }
}
