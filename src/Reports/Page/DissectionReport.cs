using System.Globalization;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>A network that was dissected, with the rows that its page shows.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Network">The network.</param>
/// <param name="Found">What was found.</param>
/// <param name="Rows">The rows of <see cref="DissectionReport.RowsOf"/>; null to show none.</param>
public sealed record DissectedNetwork(string Name, Network Network, Dissection Found, ExampleRows? Rows = null);

/// <summary>
/// A page of dissected networks side by side: how many units detect each concept, how many concepts they tell apart, beside rotations of
/// their channels; then unit by unit what excites it, and where.
/// </summary>
public static class DissectionReport
{
    private const int Width = 58;

    /// <summary>The rows that a page of a dissection shows.</summary>
    /// <param name="found">The dissection.</param>
    /// <param name="mostUnits">How many units of each layer, the best first.</param>
    /// <param name="examples">How many rows of each.</param>
    public static IReadOnlyList<long> RowsOf(Dissection found, int mostUnits = 32, int examples = 5)
    {
        ArgumentNullException.ThrowIfNull(found);
        return [.. found.Layers.Where(l => l.Rotation is null).SelectMany(l => Best(l, mostUnits)
            .SelectMany(u => found.Examples.Of(l.Layer).Units[u.Unit].Take(examples).Select(e => e.Row))).Distinct().Order()];
    }

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="networks">The networks, one at least, all by the same concepts.</param>
    /// <param name="mostUnits">How many units of each layer are shown, the best first.</param>
    /// <param name="examples">How many rows of each.</param>
    /// <param name="rowName">What a row is called; null for its number.</param>
    /// <param name="runtime">Where maps are computed.</param>
    public static Report Of(string title, IReadOnlyList<DissectedNetwork> networks, int mostUnits = 32, int examples = 5,
        Func<long, string>? rowName = null, RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(networks);
        if (networks.Count == 0 || networks.Any(n => !n.Found.Concepts.SequenceEqual(networks[0].Found.Concepts)))
            throw new ArgumentException("One dissection at least was expected, all by the same concepts.", nameof(networks));
        var first = networks[0].Found;
        var percent = Numbers.Percent(first.Options.Tail);
        var report = new Report(title, "Which concepts units stand for")
        {
            new Facts(("Rows", first.Rows), ("Concepts", first.Concepts.Count), ("A unit is high in", percent),
                ("A detector has an IoU of", first.Options.Detection)),
            Counted(networks),
        };
        foreach (var layer in first.Layers.Where(l => l.Rotation is null).Select(l => l.Layer).Distinct())
            if (Bars(layer, networks) is { } bars)
                report.Add(bars);
        foreach (var network in networks)
            foreach (var layer in network.Found.Layers.Where(l => l.Rotation is null))
                report.Add(Units(network, layer, networks.Count > 1, mostUnits, examples, rowName, runtime));
        return report;
    }

    private static IEnumerable<UnitConcept> Best(LayerDissection layer, int most) => layer.Ranked.Take(most);

    private static Section Counted(IReadOnlyList<DissectedNetwork> networks)
    {
        var rotated = networks.Any(n => n.Found.Layers.Any(l => l.Rotation is not null));
        var table = new Table([.. networks.Count > 1 ? (string[])["Network"] : [], "Layer", "Units", "Detectors", "Unique detectors",
            .. rotated ? (string[])["Unique detectors, rotated"] : [], "Mean of the best IoU"]);
        foreach (var (network, layer) in networks.SelectMany(n => n.Found.Layers.Where(l => l.Rotation is null).Select(l => (n, l))))
            table.Add([.. networks.Count > 1 ? (object[])[network.Name] : [], layer.Layer, layer.Units, layer.Detectors.Count,
                layer.UniqueDetectors, .. rotated ? (object?[])[string.Join(", ", network.Found.Layers.Where(l => l.Rotation is not null
                    && l.Layer == layer.Layer).Select(l => l.UniqueDetectors))] : [], layer.Ranked.Average(u => Math.Max(u.Iou, 0))]);
        return new Section("Detectors", "units that agree with a concept, and how many concepts they tell apart") { table };
    }

    private static Section? Bars(string layer, IReadOnlyList<DissectedNetwork> networks)
    {
        var found = networks[0].Found;
        var shown = networks.SelectMany(n => n.Found.Layers.Where(l => l.Layer == layer)
            .Select(l => (Name: (networks.Count > 1 ? n.Name : "channels") + (l.Rotation is { } seed ? $", rotation {seed}" : ""),
                Layer: l))).ToList();
        var counts = shown.ConvertAll(s => s.Layer.Detectors.CountBy(d => d.Concept).ToDictionary());
        (string, string, int[])[] rows = [.. found.Concepts.Select((c, i) => (c.Category, c.Name,
            Units: counts.Select(count => count.GetValueOrDefault(i)).ToArray())).Where(c => c.Units.Any(u => u > 0))
            .OrderBy(c => c.Category).ThenByDescending(c => c.Units[0]).Select(c => (found.Categories[c.Category], c.Name, c.Units))];
        return new Section($"Concepts of {layer}", "how many units detect each") { new ConceptBars([.. shown.Select(s => s.Name)], rows) };
    }

    private static Section Units(DissectedNetwork network, LayerDissection layer, bool named, int mostUnits, int examples,
        Func<long, string>? rowName, RuntimeOptions? runtime)
    {
        var found = network.Found;
        var units = Best(layer, mostUnits).ToList();
        var section = new Section(named ? $"{network.Name}: {layer.Layer}" : layer.Layer,
            $"{Math.Min(units.Count, layer.Units)} of {layer.Units} units, the best first; bright where they are high");
        var all = found.Examples.Of(layer.Layer);
        var shown = units.SelectMany(u => all.Units[u.Unit].Take(examples).Select(e => (u.Unit, Example: e))).ToList();
        var pictures = new Dictionary<(int, long), ShownExample>();
        if (network.Rows is { } rows && rows.Numbers.Count > 0 && network.Network.Inputs[0].Type.IsFloating())
        {
            var last = network.Network.Inputs[0].Shape!.Rank > 2 && network.Network.ChannelsOf(network.Network.Inputs[0].Name) != 1;
            if (ExamplePictures.IsImage(rows.Seen(rows.Numbers[0]), last))
            {
                var drawing = new ExamplePictures(rows, last);
                var maps = rows.Maps(layer.Layer, [.. shown.Select(s => (s.Example.Row, s.Unit))], runtime: runtime);
                foreach (var ((unit, example), map) in shown.Zip(maps))
                    pictures[(unit, example.Row)] = new ShownExample(
                        $"{rowName?.Invoke(example.Row) ?? $"row {example.Row}"}: {Numbers.Format(example.Value)}",
                        drawing.Masked(rows.Seen(example.Row), map, all.Space, layer.Thresholds[unit]));
            }
        }
        section.Add(new UnitGrid([.. units.Select(u => new ShownUnit($"Unit {u.Unit}", About(u),
            [.. all.Units[u.Unit].Take(examples).Select(e => pictures.GetValueOrDefault((u.Unit, e.Row))).OfType<ShownExample>()]))],
            Width));
        return section;

        string About(UnitConcept unit) => unit.Concept < 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"{found.Concepts[unit.Concept].Name} ({found.Categories[found.Concepts[unit.Concept].Category]}), IoU {unit.Iou:F3}")
                + (unit.Iou >= found.Options.Detection ? "" : ", no detector");
    }
}
