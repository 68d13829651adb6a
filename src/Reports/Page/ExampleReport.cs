using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Features;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>How a page of examples looks.</summary>
public sealed record ExampleReportOptions
{
    /// <summary>Which layers are shown; null for all.</summary>
    public IReadOnlyList<string>? Layers { get; init; }

    /// <summary>A picture with its name that stands before the examples of a unit of a layer; null for none.</summary>
    public Func<string, int, (string Says, Raster Picture)?>? First { get; init; }

    /// <summary>Which units of each layer are shown; null for the first <see cref="MostUnits"/>.</summary>
    public IReadOnlyList<int>? Units { get; init; }

    /// <summary>How many units of a layer are shown where none are named.</summary>
    public int MostUnits
    {
        get;
        init => field = value is >= 1 and <= 4096 ? value
            : throw new ArgumentOutOfRangeException(nameof(MostUnits), value, "Between 1 and 4096 units were expected.");
    } = 32;

    /// <summary>Whether DeconvNet's figure of each patch is shown below it.</summary>
    public bool Deconvolution { get; init; }

    /// <summary>Whether guided backpropagation's figure of each patch is shown below it.</summary>
    public bool Guided { get; init; }

    /// <summary>Whether units stand on the last axis, as they did when examples were found.</summary>
    public bool UnitsLast { get; init; }

    /// <summary>What a row is called; null for its number.</summary>
    public Func<long, string>? RowName { get; init; }

    /// <summary>What a token is, by its number, for networks of texts; null for the number.</summary>
    public Func<long, string>? Token { get; init; }

    /// <summary>How many tokens before and behind the strongest are shown.</summary>
    public int Context { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Context)); } = 12;

    /// <summary>What is said of a unit of a layer beside its examples, such as the concept that it detects.</summary>
    public Func<string, int, string>? About { get; init; }
}

/// <summary>
/// A page of the rows that excite units: of images the patches that the units see, of texts and signals the steps, coloured by the unit.
/// </summary>
public static class ExampleReport
{
    private const int Width = 44;

    /// <summary>The rows that a page of these examples shows: those that <see cref="Of"/> must be given.</summary>
    /// <param name="examples">The examples.</param>
    /// <param name="options">How the page looks.</param>
    public static IReadOnlyList<long> RowsOf(TopExamples examples, ExampleReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        options ??= new();
        return [.. Shown(examples, options).SelectMany(l => UnitsOf(l, options).SelectMany(u => l.Units[u].Select(e => e.Row)))
            .Distinct().Order()];
    }

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="network">The network.</param>
    /// <param name="examples">The examples.</param>
    /// <param name="rows">The rows of <see cref="RowsOf"/>.</param>
    /// <param name="options">How it looks.</param>
    /// <param name="runtime">Where figures and maps are computed.</param>
    public static Report Of(string title, Network network, TopExamples examples, ExampleRows rows, ExampleReportOptions? options = null,
        RuntimeOptions? runtime = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new ExampleReportOptions();
        var report = new Report(title, "The rows of a data set that excite each unit most")
        {
            new Facts(("Rows", examples.Rows), ("Layers", Shown(examples, options).Count()), ("Examples of each unit", examples.Count)),
        };
        if (rows.Numbers.Count == 0)
            return report.Add(new Paragraph("There are no examples."));
        var writer = new Writer(network, rows, options, runtime);
        foreach (var layer in Shown(examples, options))
            report.Add(writer.Section(layer));
        return report;
    }

    private static IEnumerable<LayerExamples> Shown(TopExamples examples, ExampleReportOptions options) =>
        options.Layers is null ? examples.Layers : options.Layers.Select(examples.Of);

    private static IReadOnlyList<int> UnitsOf(LayerExamples layer, ExampleReportOptions options) => options.Units is { } named
        ? [.. named.Where(u => u >= 0 && u < layer.Units.Count)] : [.. Enumerable.Range(0, Math.Min(layer.Units.Count, options.MostUnits))];

    private sealed class Writer(Network network, ExampleRows rows, ExampleReportOptions options, RuntimeOptions? runtime)
    {
        private readonly bool _channelsLast = network.Inputs[0].Shape!.Rank > 2 && network.ChannelsOf(network.Inputs[0].Name) != 1;
        private readonly ExamplePictures _pictures = new(rows, network.Inputs[0].Shape!.Rank > 2
            && network.ChannelsOf(network.Inputs[0].Name) != 1);

        public Section Section(LayerExamples layer)
        {
            var units = UnitsOf(layer, options);
            var shape = layer.Space.Count == 0 ? "" : $" of {string.Join(" × ", layer.Space)} numbers";
            var section = new Section(layer.Layer, $"{layer.Units.Count} units{shape}"
                + (units.Count < layer.Units.Count ? $", {units.Count} of them shown" : ""));
            var seen = rows.Seen(rows.Numbers[0]);
            if (network.Inputs[0].Type.IsFloating())
                section.Add(new UnitGrid([.. units.Select(u => new ShownUnit($"Unit {u}", About(layer, u), []))
                    .Zip(Shown(layer, units, seen), (u, e) => u with { Examples = e })],
                    ExamplePictures.IsImage(seen, _channelsLast) ? Width : 230));
            else
                Texts(section, layer, units);
            return section;
        }

        private string About(LayerExamples layer, int unit) => string.Join(" ", new[]
        {
            options.About?.Invoke(layer.Layer, unit) ?? "",
            layer.Units[unit] is [{ Value: <= 0 }, ..] ? "Nowhere above zero." : "",
        }.Where(t => t.Length > 0));

        private string Says(LayerExamples layer, TopExample example) => string.Create(CultureInfo.InvariantCulture,
            $"{Name(example.Row)}: {Numbers.Format(example.Value)}")
            + (layer.Space.Count > 0 ? $", at {string.Join(", ", layer.PlaceOf(example))}" : "");

        private string Name(long row) => options.RowName?.Invoke(row) ?? $"row {row}";

        private IEnumerable<IReadOnlyList<ShownExample>> Shown(LayerExamples layer, IReadOnlyList<int> units, Tensor seen)
        {
            (int Unit, TopExample Example)[] all = [.. units.SelectMany(u => layer.Units[u].Select(e => (u, e)))];
            Raster[] pictures = ExamplePictures.IsImage(seen, _channelsLast) ? Patches(layer, all) : Lines(layer, all);
            var from = 0;
            foreach (var unit in units)
            {
                var count = layer.Units[unit].Count;
                ShownExample[] first = options.First?.Invoke(layer.Layer, unit) is var (says, picture) ? [new(says, picture)] : [];
                yield return
                    [.. first, .. Enumerable.Range(from, count).Select(i => new ShownExample(Says(layer, all[i].Example), pictures[i]))];
                from += count;
            }
        }

        private Raster[] Patches(LayerExamples layer, (int Unit, TopExample Example)[] all)
        {
            var input = network.Inputs[0].Name;
            var fields = new Dictionary<long, ReceptiveField?>();
            var lines = new List<IReadOnlyList<Tensor>>();
            (long, int, long)[] wanted = [.. all.Select(a => (a.Example.Row, a.Unit, a.Example.Position))];
            if (options.Deconvolution)
                lines.Add(rows.Figures(layer.Layer, wanted, options.UnitsLast, new DeconvNet(), runtime));
            if (options.Guided)
                lines.Add(rows.Figures(layer.Layer, wanted, options.UnitsLast, new GuidedBackprop(), runtime));
            return [.. all.Select((a, i) =>
            {
                var image = _pictures.Image(Patch(rows.Seen(a.Example.Row), Field(a.Example)));
                return lines.Count == 0 ? image : Raster.Stacked(2, new Rgb(0x70, 0x78, 0x84),
                    [image.WithoutAlpha(), .. lines.Select(l => _pictures.Figure(Patch(l[i], Field(a.Example))).WithoutAlpha())]);
            })];

            ReceptiveField? Field(TopExample example)
            {
                if (!fields.TryGetValue(example.Position, out var field))
                    fields[example.Position] = field = options.UnitsLast || _channelsLast ? null
                        : ReceptiveField.Of(network, layer.Layer, layer.PlaceOf(example)).GetValueOrDefault(input);
                return field;
            }
        }

        // Of a field that is larger than the image, all of the image.
        private static Tensor Patch(Tensor image, ReceptiveField? field)
        {
            if (field is null || image.Dimensions.Length != field.First.Count + 1)
                return image;
            long[] space = [.. image.Dimensions[1..]];
            var whole = space.Select((extent, axis) => field.Last[axis] - field.First[axis] >= extent).ToArray();
            return new ReceptiveField([.. field.First.Select((f, axis) => whole[axis] ? 0 : f)],
                [.. field.Last.Select((l, axis) => whole[axis] ? space[axis] - 1 : l)]).Patch(image);
        }

        private Raster[] Lines(LayerExamples layer, (int Unit, TopExample Example)[] all)
        {
            var maps = rows.Maps(layer.Layer, [.. all.Select(a => (a.Example.Row, a.Unit))], options.UnitsLast, runtime);
            return [.. all.Select((a, i) => rows.Seen(a.Example.Row) is { Dimensions.Length: <= 2 } row
                ? _pictures.Signal(row, maps[i], options.UnitsLast) : _pictures.Image(rows.Seen(a.Example.Row)))];
        }

        private void Texts(Section section, LayerExamples layer, IReadOnlyList<int> units)
        {
            foreach (var unit in units)
            {
                var own = layer.Units[unit];
                var maps = rows.Maps(layer.Layer, [.. own.Select(e => (e.Row, unit))], options.UnitsLast, runtime);
                var inner = new Section($"Unit {unit}", About(layer, unit));
                var reach = Math.Max(1e-30,
                    maps.SelectMany(m => m).Select(v => (double)Math.Abs(v)).Where(double.IsFinite).DefaultIfEmpty().Max());
                foreach (var (example, map) in own.Zip(maps))
                {
                    var tokens = rows.Seen(example.Row).ToInt64();
                    // A layer that does not know steps any more colours none of them.
                    var steps = map.Length == tokens.Length;
                    var first = steps ? (int)Math.Max(0, example.Position - options.Context) : 0;
                    var last = steps ? (int)Math.Min(tokens.Length - 1, example.Position + options.Context)
                        : Math.Min(tokens.Length - 1, 2 * options.Context);
                    inner.Add(new ColoredText(Enumerable.Range(first, last - first + 1).Select(i => new TokenAttribution(
                        options.Token?.Invoke(tokens[i]) ?? tokens[i].ToString(CultureInfo.InvariantCulture), steps ? map[i] : 0)),
                        new() { Reach = reach })
                    {
                        Caption = Says(layer, example) + (first > 0 || last < tokens.Length - 1 ? "; a part of the text" : ""),
                    });
                }
                section.Add(inner);
            }
        }
    }
}
