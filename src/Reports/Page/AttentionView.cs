using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>What a block of attention looks at in one row.</summary>
/// <param name="Name">The block.</param>
/// <param name="Map">Its probabilities, shape [heads, queries, keys].</param>
public sealed record SeenAttention(string Name, Tensor Map);

/// <summary>
/// Attention to look at, block by block and head by head: lines from each query to the keys that it looks at, the map of a head or of the
/// mean of all, and all heads of all blocks beside one another, of which one is chosen. A token that is pointed at, tapped or reached with
/// the keyboard tells where it looks. Vig 2019, arXiv:1906.05714, has these views.
/// </summary>
/// <remarks>
/// The page carries the maps in sixteen bits a number. Without a script it shows the mean of the last block's heads, and all heads as
/// tiles. Of many tokens groups of neighbours are shown, queries by their mean and keys by their sum, so that rows still sum to 1.
/// </remarks>
public sealed class AttentionView : ReportSection
{
    private const int MostTokens = 192, MostNumbers = 2_000_000, MostTiles = 400, MostLetters = 40;

    private readonly IReadOnlyList<SeenAttention> _blocks;
    private readonly string[] _queries, _keys;
    private readonly float[][] _maps;
    private readonly int _group, _rows, _columns;

    /// <summary>Puts tokens into groups where there are too many.</summary>
    /// <param name="blocks">The blocks in their order, of the same queries and keys.</param>
    /// <param name="queries">The queries' tokens as the reader is to see them; null for their numbers.</param>
    /// <param name="keys">The keys'; null for those of the queries, or numbers where these are not as many.</param>
    /// <exception cref="ArgumentException">There is no block, their shapes differ, or there is another number of tokens.</exception>
    public AttentionView(IReadOnlyList<SeenAttention> blocks, IReadOnlyList<string>? queries = null, IReadOnlyList<string>? keys = null)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        if (blocks.Count == 0 || blocks.Any(b => b.Map.Dimensions.Length != 3 || b.Map.Dimensions[0] == 0
            || b.Map.Dimensions[1] != blocks[0].Map.Dimensions[1] || b.Map.Dimensions[2] != blocks[0].Map.Dimensions[2]))
            throw new ArgumentException("Blocks of the same queries and keys were expected, [heads, queries, keys] each; given were "
                + $"{string.Join(", ", blocks.Select(b => b.Map.Shape))}.", nameof(blocks));
        _blocks = blocks;
        var (rows, columns) = ((int)blocks[0].Map.Dimensions[1], (int)blocks[0].Map.Dimensions[2]);
        var heads = blocks.Sum(b => b.Map.Dimensions[0]);
        while (Groups(rows) > MostTokens || Groups(columns) > MostTokens || heads * Groups(rows) * Groups(columns) > MostNumbers)
            _group++;
        (_rows, _columns) = ((int)Groups(rows), (int)Groups(columns));
        _queries = Named(queries, rows, nameof(queries));
        _keys = Named(keys ?? (rows == columns ? queries : null), columns, nameof(keys));
        _maps = [.. blocks.SelectMany(b => Grouped(b.Map, rows, columns))];

        long Groups(int count) => (count + _group) / (_group + 1);
    }

    /// <summary>What is shown.</summary>
    public string? Caption { get; init; }

    internal override PageParts Parts => PageParts.Attention;

    internal override void Write(HtmlWriter html)
    {
        var last = Mean(_blocks.Count - 1);
        var picture = new Heatmap(last, _rows, _columns, Options(Math.Max(_rows, _columns)));
        html.Open("figure", ("class", "attention")).Open("div", ("class", "still"));
        new Figure(picture.Draw(), $"The mean of the heads of {_blocks[^1].Name}: a row for each query, a column for each key",
            "Attention of the last block") { DisplayWidth = 360 }.Write(html);
        if (_maps.Length <= MostTiles)
            new Figure(TileSheet.Of([.. _maps.SelectMany(m => m)], _maps.Length, _rows, _columns, new()
            {
                Columns = (int)_blocks[0].Map.Dimensions[0], Heatmap = Options(Math.Max(_rows, _columns), 64),
            }), "All heads, a row for each block", "Attention of all heads").Write(html);
        html.Element("p", "Without scripts the page shows maps alone.", ("class", "note without-script")).Close()
            .Element("figcaption", (Caption ?? "Where each token looks.") + Told)
            .Open("script", ("type", "application/json"), ("class", "attention-data")).Trusted(Data()).Close().Close();
    }

    private string Told => _group == 0 ? "" : $" Too many tokens to show each: {_blocks[0].Map.Dimensions[1]:N0} queries and "
        + $"{_blocks[0].Map.Dimensions[2]:N0} keys are shown in groups of {_group + 1} neighbours, queries by their mean and keys by "
        + "their sum.";

    private static HeatmapOptions Options(int extent, int wanted = 360) =>
        new() { Colors = ColorMap.Sequential, Symmetric = false, Percentile = 100, Scale = TileSheet.ScaleFor(extent, wanted) };

    private string[] Named(IReadOnlyList<string>? names, int count, string parameter)
    {
        if (names is not null && names.Count != count)
            throw new ArgumentException($"A name for each of the {count} tokens was expected; {names.Count} were given.", parameter);
        return [.. Enumerable.Range(0, (count + _group) / (_group + 1)).Select(group =>
        {
            var (first, end) = (group * (_group + 1), Math.Min((group + 1) * (_group + 1), count));
            var name = names is null ? first + 1 == end ? $"{first}" : $"{first}–{end - 1}"
                : string.Join(' ', Enumerable.Range(first, end - first).Select(i => string.IsNullOrWhiteSpace(names[i]) ? "␣"
                    : names[i].Trim()));
            return name.Length > MostLetters ? string.Concat(name.AsSpan(0, MostLetters - 1), "…") : name;
        })];
    }

    // Queries of a group by their mean, keys by their sum.
    private IEnumerable<float[]> Grouped(Tensor map, int rows, int columns)
    {
        var numbers = map.ToDouble();
        for (var head = 0; head < map.Dimensions[0]; head++)
        {
            var grouped = new float[_rows * _columns];
            for (var row = 0; row < rows; row++)
            {
                var group = row / (_group + 1);
                var members = Math.Min(_group + 1, rows - group * (_group + 1));
                for (var column = 0; column < columns; column++)
                    grouped[group * _columns + column / (_group + 1)] +=
                        (float)(numbers[((long)head * rows + row) * columns + column] / members);
            }
            yield return grouped;
        }
    }

    private float[] Mean(int block)
    {
        var from = (int)_blocks.Take(block).Sum(b => b.Map.Dimensions[0]);
        var heads = (int)_blocks[block].Map.Dimensions[0];
        var mean = new float[_rows * _columns];
        for (var head = 0; head < heads; head++)
            for (var i = 0; i < mean.Length; i++)
                mean[i] += _maps[from + head][i] / heads;
        return mean;
    }

    // Texts of files are escaped down to ASCII without anything that could end the element.
    private string Data() => JsonSerializer.Serialize(new
    {
        blocks = _blocks.Select(b => new { name = b.Name.Length > MostLetters ? $"…{b.Name[^(MostLetters - 1)..]}" : b.Name,
            heads = b.Map.Dimensions[0] }),
        queries = _queries,
        keys = _keys,
        maps = _maps.Select(m => PackedNumbers.Of(Array.ConvertAll(m, v => (double)v))).Select(p => new { low = p.Low, step = p.Step,
            values = p.Values }),
        colors = PackedNumbers.Table(i => ColorMap.Sequential.At(i / 255.0)),
    }, Escaped);

    private static readonly JsonSerializerOptions Escaped = new() { Encoder = JavaScriptEncoder.Default };
}
