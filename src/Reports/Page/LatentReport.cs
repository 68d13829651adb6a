using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Pages of latents: what a decoder makes of them, and which known quantities they follow.</summary>
public static class LatentReport
{
    private const int MostCurves = 24, MostUnits = 128, MostListed = 400;

    /// <summary>A page of traversals: for each latent a strip of pictures, or curves in one chart.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="traversal">The traversal; of many latents the first 128 are shown.</param>
    /// <param name="facts">What is said of the networks.</param>
    /// <param name="form">How numbers become pictures.</param>
    public static Report Of(string title, LatentTraversal traversal, IReadOnlyList<(string Name, object? Value)>? facts = null,
        FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(traversal);
        var (steps, units) = (traversal.Steps, Math.Min(traversal.Units.Count, MostUnits));
        var report = new Report(title, "One number of a code varies, the others stay")
        {
            new Facts([.. facts ?? [], ("Latents", traversal.Units.Count), ("Steps", steps)]),
        };
        var section = new Section("Traversals");
        report.Add(section);
        var pictures = AreCurves(traversal) ? null : Pictures(traversal, form);
        for (var unit = 0; unit < units; unit++)
        {
            var (low, high) = (traversal.Values[unit * steps], traversal.Values[(unit + 1) * steps - 1]);
            var says = $"from {Numbers.Format(low)} (left) to {Numbers.Format(high)}";
            if (pictures is null)
                section.Add(Curves(traversal, unit));
            else
            {
                var strip = TileSheet.Of([.. pictures.Skip(unit * steps).Take(steps)], new() { Columns = steps });
                section.Add(new Gallery(new Figure(strip, says, $"Latent {traversal.Units[unit]}, {says}")
                {
                    Heading = $"latent {traversal.Units[unit]}", DisplayWidth = Math.Clamp(strip.Width, 240, 900),
                }));
            }
        }
        return report;
    }

    /// <summary>A traversal as one picture: a line for each latent. Curves are lines of coloured squares.</summary>
    /// <param name="traversal">The traversal.</param>
    /// <param name="form">How numbers become pictures.</param>
    public static Raster Picture(LatentTraversal traversal, FoundImageForm? form = null)
    {
        ArgumentNullException.ThrowIfNull(traversal);
        return TileSheet.Of([.. Pictures(traversal, form).Take(MostUnits * traversal.Steps)],
            new() { Columns = AreCurves(traversal) ? 1 : traversal.Steps });
    }

    /// <summary>A page of correlations with known quantities.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="correlations">The correlations, layer by layer; one at least.</param>
    public static Report Of(string title, params IReadOnlyList<UnitCorrelations> correlations)
    {
        ArgumentNullException.ThrowIfNull(correlations);
        var report = new Report(title, "Which known quantities units follow");
        foreach (var of in correlations)
        {
            var (count, shown) = (of.Quantities.Count, Math.Min(of.Units, MostUnits));
            var section = new Section(of.Layer, $"{of.Units} units, {of.Rows} rows");
            section.Add(Best(of));
            var scale = Math.Min(TileSheet.ScaleFor(Math.Max(count, shown), 420), 40);
            // Lines high enough to be seen.
            var times = Math.Max(1, 14 / scale);
            Figure Map(string name, double[] told) => Figure.Of(new Heatmap(Lying(told, shown, count, times), count * times, shown, new()
            {
                Range = (-1, 1), Colors = ColorMap.Diverging, Scale = scale,
            }), $"A line for each quantity, from above: {string.Join(", ", of.Quantities)}; a column for each unit.",
                $"{name} correlations") with { Heading = name, DisplayWidth = Math.Clamp(shown * scale, 160, 420) };
            section.Add(new Gallery(Map("Pearson", of.Pearson), Map("Spearman", of.Spearman)));
            section.Add(All(of));
            report.Add(section);
        }
        return report;
    }

    private static Table Best(UnitCorrelations of)
    {
        var table = new Table("Quantity", "Unit", "Pearson", "Spearman") { Caption = "The unit that follows each quantity most closely." };
        for (var i = 0; i < of.Quantities.Count; i++)
        {
            var best = Enumerable.Range(0, of.Units).MaxBy(u => Size(of.Spearman[u * of.Quantities.Count + i]));
            var place = best * of.Quantities.Count + i;
            table.Add(of.Quantities[i], best, Told(of.Pearson[place]), Told(of.Spearman[place]));
        }
        return table;
    }

    private static Table All(UnitCorrelations of)
    {
        var table = new Table("Unit", "Quantity", "Pearson", "Spearman") { MaximumRows = MostListed, Caption = "Strongest first." };
        foreach (var i in Enumerable.Range(0, of.Spearman.Length).OrderByDescending(i => Size(of.Spearman[i])).Take(10 * MostListed))
            table.Add(i / of.Quantities.Count, of.Quantities[i % of.Quantities.Count], Told(of.Pearson[i]), Told(of.Spearman[i]));
        return table;
    }

    // What does not vary has no correlation.
    private static object? Told(double correlation) => double.IsNaN(correlation) ? null : correlation;

    private static double Size(double correlation) => double.IsNaN(correlation) ? -1 : Math.Abs(correlation);

    // Those of the first units, quantities × units; what does not vary is white.
    private static float[] Lying(double[] correlations, int shown, int quantities, int times) =>
    [
        .. Enumerable.Range(0, quantities * times * shown).Select(i =>
            correlations[i % shown * quantities + i / shown / times] is var c && double.IsNaN(c) ? 0 : (float)c),
    ];

    // [latents, steps, length] or [latents, steps, 1, length].
    private static bool AreCurves(LatentTraversal traversal) => traversal.Made.Dimensions is [_, _, > 1] or [_, _, 1, > 1];

    private static LineChart Curves(LatentTraversal traversal, int unit)
    {
        var (steps, all) = (traversal.Steps, traversal.Made.ToDouble());
        var length = (int)traversal.Made.Dimensions[^1];
        var every = (steps + MostCurves - 1) / MostCurves;
        return new LineChart(Enumerable.Range(0, steps).Where(s => s % every == 0).Select(s => new ChartLine(
            Numbers.Format(traversal.Values[unit * steps + s]), all[((unit * steps + s) * length)..][..length])))
        {
            Caption = $"Latent {traversal.Units[unit]}: a curve for each of its values.", XTitle = "place", YTitle = "value",
        };
    }

    // Pictures of a latent have one black and one white, so that what grows brighter looks so.
    private static List<Raster> Pictures(LatentTraversal traversal, FoundImageForm? form)
    {
        var (made, steps) = (traversal.Made, traversal.Steps);
        long[] row = [.. made.Dimensions[2..]];
        var (all, size, pictures) = (made.ToDouble(), (int)(made.Count / traversal.Units.Count), new List<Raster>());
        for (var unit = 0; unit < traversal.Units.Count; unit++)
        {
            var own = all.AsSpan(unit * size, size).ToArray();
            pictures.AddRange(MaximizationReport.Pictures(Tensor.FromDoubles(made.Type, own, [steps, .. row]),
                (form ?? new()) with { Range = form?.Range ?? FoundImageForm.RangeOf(own) }));
        }
        return pictures;
    }
}
