using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// A small dense network of two inputs as a whole: each unit as the picture of what it answers over the plane, layer by layer from the
/// left, joined by lines for the weights, as wide as these are large, red where above zero and blue where below.
/// </summary>
public sealed class UnitDiagram : Drawing
{
    private const double Tile = 44, Gap = 10, Across = 92, Header = 22, Widest = 6, Side = 24;
    private const int MostUnits = 64;

    private readonly (LayerFilters Weights, ResponsePlane Plane)[] _layers;
    private readonly string[] _names;

    /// <summary>Takes the layers.</summary>
    /// <param name="names">What stands above each layer.</param>
    /// <param name="layers">
    /// Layer by layer, its dense weights and what its units answer (behind their activation, as a rule); one at least, all over one plane.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The layers are no chain of dense ones of 64 units at most, beginning with two inputs.
    /// </exception>
    public UnitDiagram(IReadOnlyList<string> names, IEnumerable<(LayerFilters Weights, ResponsePlane Plane)> layers)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(layers);
        (_names, _layers) = ([.. names], [.. layers]);
        if (_layers.Length == 0 || _names.Length != _layers.Length)
            throw new ArgumentException($"One layer at least was expected, and a name for each; given were {_layers.Length} and "
                + $"{_names.Length} names.", nameof(layers));
        var inputs = 2;
        foreach (var (weights, plane) in _layers)
        {
            if (!weights.IsDense || weights.Inputs != inputs || weights.Count != plane.Units || plane.Units > MostUnits)
                throw new ArgumentException($"A dense layer of {inputs} inputs and {MostUnits} units at most was expected; "
                    + $"'{weights.Layer}' has weights {weights.Weights.Shape}, and responses of {plane.Units} units were given.",
                    nameof(layers));
            inputs = plane.Units;
        }
    }

    /// <summary>What is shown, under the drawing.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        var most = Math.Max(2, _layers.Max(l => l.Plane.Units));
        var (height, width) = (most * (Tile + Gap), (_layers.Length + 1) * (Tile + Across) - Across + 2 * Side);
        Open(html, width, Header + height, $"A network of {_layers.Length} dense layers, "
            + $"{string.Join(", ", _layers.Select(l => l.Plane.Units))} units, each as its responses over a plane");
        double Left(int column) => Side + column * (Tile + Across);
        double Middle(int unit, int units) => Header + height / 2 + (unit - (units - 1) / 2.0) * (Tile + Gap);
        foreach (var (number, (weights, _)) in _layers.Index())
        {
            var numbers = weights.Weights.ToDouble();
            var largest = numbers.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max();
            foreach (var (place, weight) in numbers.Index().Where(w => double.IsFinite(w.Item) && w.Item != 0))
            {
                var ((unit, input), share) = (Math.DivRem(place, weights.Inputs), Math.Abs(weight) / largest);
                var (x1, x2) = (Left(number) + Tile, Left(number + 1));
                var (y1, y2, bend) = (Middle(input, weights.Inputs), Middle(unit, weights.Count), (x1 + x2) / 2);
                html.Open("path", ("d", $"M{Numbers.Coordinate(x1)} {Numbers.Coordinate(y1)}C{Numbers.Coordinate(bend)} "
                        + $"{Numbers.Coordinate(y1)} {Numbers.Coordinate(bend)} {Numbers.Coordinate(y2)} {Numbers.Coordinate(x2)} "
                        + Numbers.Coordinate(y2)),
                    ("style", $"fill:none;stroke:var(--{(weight > 0 ? "favour" : "against")});stroke-width:"
                        + $"{Numbers.Coordinate(Math.Max(0.4, Widest * share))};stroke-opacity:{Numbers.Coordinate(0.2 + 0.6 * share)}"))
                    .Element("title", $"{input} → {unit}: {Numbers.Signed(weight)}").Close();
            }
        }
        WriteColumn(html, "inputs", Inputs(_layers[0].Plane), Left(0), unit => Middle(unit, 2));
        foreach (var (number, (_, plane)) in _layers.Index())
            WriteColumn(html, _names[number], [.. ResponseReport.Tiles(plane)], Left(number + 1), unit => Middle(unit, plane.Units));
        Close(html, Caption ?? "Each unit as what it answers over the plane, red above zero and blue below, on its own scale; lines as "
            + "wide as the weight is large beside the others of its layer.");
    }

    private static void WriteColumn(HtmlWriter html, string name, Raster[] tiles, double left, Func<int, double> middle)
    {
        html.Label(left + Tile / 2, 13, TextWidth.Shorten(name, Tile + Across), "title", "middle");
        foreach (var (unit, tile) in tiles.Index())
            html.Picture(PngWriter.Encode(tile), new PlotArea(left, middle(unit) - Tile / 2, left + Tile, middle(unit) + Tile / 2), "fine");
    }

    // What comes in: one feature rises from left to right, the other from the bottom up.
    private static Raster[] Inputs(ResponsePlane plane)
    {
        var steps = plane.Options.Steps;
        float Reach(IReadOnlyList<float> values) => Math.Max(Math.Abs(values[0]), Math.Abs(values[^1]));
        Raster Of(Func<int, int, float> value, float reach) => Heatmap.Render(
            [.. Enumerable.Range(0, steps * steps).Select(i => value(i % steps, steps - 1 - i / steps))], steps, steps,
            new() { Range = (-reach, reach), Colors = ColorMap.Diverging });
        return [Of((x, _) => plane.Xs[x], Reach(plane.Xs)), Of((_, y) => plane.Ys[y], Reach(plane.Ys))];
    }
}
