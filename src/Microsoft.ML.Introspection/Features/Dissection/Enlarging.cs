using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Features;

/// <summary>
/// Where a map of one size is above a threshold once it is brought to another: only what lies beside a number above it is interpolated,
/// which of the few that are counts for little.
/// </summary>
internal sealed class Enlarging
{
    private readonly (int[] Low, int[] High, float[] Share) _rows, _columns;
    private readonly int _mapHeight, _mapWidth;

    // The columns of what it makes that a column of the map has a say in; the last is that behind them.
    private readonly (int First, int End)[] _reach;

    private Enlarging((int Height, int Width) map, double[] rows, double[] columns)
    {
        (_mapHeight, _mapWidth, _rows, _columns) = (map.Height, map.Width, Along(rows, map.Height), Along(columns, map.Width));
        _reach = new (int, int)[map.Width];
        Array.Fill(_reach, (Width, 0));
        for (var x = 0; x < Width; x++)
            foreach (var column in (int[])[_columns.Low[x], _columns.High[x]])
                _reach[column] = (Math.Min(_reach[column].First, x), x + 1);
    }

    /// <summary>The rows of what it makes.</summary>
    public int Height => _rows.Low.Length;

    /// <summary>Its columns.</summary>
    public int Width => _columns.Low.Length;

    /// <summary>How maps of a layer become as large as labels.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="height">Rows of the labels.</param>
    /// <param name="width">Columns of the labels.</param>
    /// <param name="how">The way.</param>
    public static Enlarging Of(Network network, MapLayer layer, int height, int width, MapEnlargement how)
    {
        int[] map = [.. Enumerable.Repeat(1, 2 - layer.Space.Count), .. layer.Space];
        int[] labels = [height, width];
        double[][] places = [.. Enumerable.Range(0, 2).Select(axis => how == MapEnlargement.ReceptiveFields
            ? Fields(network, layer, axis - (2 - layer.Space.Count), map[axis], labels[axis]) : Places(map[axis], labels[axis], how))];
        return new Enlarging((map[0], map[1]), places[0], places[1]);
    }

    /// <summary>The map in its new size.</summary>
    public float[] Apply(ReadOnlySpan<float> map)
    {
        var (large, line) = (new float[Height * Width], new float[_mapWidth]);
        for (var y = 0; y < Height; y++)
        {
            Mix(map, y, line);
            for (var x = 0; x < Width; x++)
                large[y * Width + x] = At(line, x);
        }
        return large;
    }

    /// <summary>The places above a threshold.</summary>
    /// <param name="map">The map, which is above the threshold somewhere.</param>
    /// <param name="threshold">The threshold.</param>
    /// <param name="mask">A bit for each place, all zero before.</param>
    /// <param name="line">Room for a row of the map.</param>
    /// <param name="active">Room for a number a row of the map.</param>
    /// <returns>The words of the mask outside of which all are zero still.</returns>
    public Range Mask(ReadOnlySpan<float> map, float threshold, Span<ulong> mask, Span<float> line, Span<float> active)
    {
        for (var row = 0; row < _mapHeight; row++)
            active[row] = TensorPrimitives.Max(map.Slice(row * _mapWidth, _mapWidth));
        var (first, end) = (mask.Length, 0);
        for (var y = 0; y < Height; y++)
        {
            if (active[_rows.Low[y]] <= threshold && active[_rows.High[y]] <= threshold)
                continue;
            Mix(map, y, line);
            // Between two numbers that are not above it nothing is.
            for (var (column, done) = (Next(line, 0, threshold), 0); column < line.Length; column = Next(line, column + 1, threshold))
            {
                var (from, to) = (Math.Max(_reach[column].First, done), _reach[column].End);
                for (var x = from; x < to; x++)
                {
                    if (!(At(line, x) > threshold))
                        continue;
                    var place = y * Width + x;
                    mask[place >> 6] |= 1UL << place;
                    (first, end) = (Math.Min(first, place >> 6), (place >> 6) + 1);
                }
                done = Math.Max(done, to);
            }
        }
        return first < end ? first..end : default;
    }

    // The next column above a threshold.
    private static int Next(ReadOnlySpan<float> line, int column, float threshold)
    {
        var bound = new Vector<float>(threshold);
        for (; column <= line.Length - Vector<float>.Count; column += Vector<float>.Count)
            if (Vector.GreaterThanAny(new Vector<float>(line[column..]), bound))
                break;
        for (; column < line.Length; column++)
            if (line[column] > threshold)
                return column;
        return column;
    }

    private float At(ReadOnlySpan<float> line, int x)
    {
        var low = line[_columns.Low[x]];
        return low + (line[_columns.High[x]] - low) * _columns.Share[x];
    }

    private void Mix(ReadOnlySpan<float> map, int y, Span<float> line)
    {
        var low = map.Slice(_rows.Low[y] * _mapWidth, _mapWidth);
        var high = map.Slice(_rows.High[y] * _mapWidth, _mapWidth);
        var (share, x) = (_rows.Share[y], 0);
        for (; x <= line.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            var from = new Vector<float>(low[x..]);
            (from + (new Vector<float>(high[x..]) - from) * share).CopyTo(line[x..]);
        }
        for (; x < line.Length; x++)
            line[x] = low[x] + (high[x] - low[x]) * share;
    }

    private static (int[] Low, int[] High, float[] Share) Along(double[] places, int extent)
    {
        int[] low = [.. places.Select(p => Math.Min((int)p, extent - 1))];
        return (low, [.. low.Select(l => Math.Min(l + 1, extent - 1))], [.. places.Zip(low, (p, l) => (float)(p - l))]);
    }

    // Where in the map each place of the labels lies.
    private static double[] Places(int map, int labels, MapEnlargement how) => [.. Enumerable.Range(0, labels).Select(i => Math.Clamp(
        how == MapEnlargement.AlignCorners ? labels == 1 ? 0 : (double)i * (map - 1) / (labels - 1) : (i + 0.5) * map / labels - 0.5,
        0, map - 1))];

    private static double[] Fields(Network network, MapLayer layer, int axis, int map, int labels)
    {
        if (axis < 0 || map == 1)
            return new double[labels];
        var input = network.Inputs.FirstOrDefault(i => i.Shape!.Rank == layer.Space.Count + 2) ?? throw new ArgumentException(
            $"No input of the network extends as the maps of '{layer.Name}' do; choose another way to enlarge them.", nameof(layer));
        var reduction = (double)input.Shape![axis + 2].Value / labels;
        double[] centres = [.. Enumerable.Range(0, map).Select(i =>
        {
            var place = new int[layer.Space.Count];
            place[axis] = i;
            var field = ReceptiveField.Of(network, layer.Name, place)[input.Name];
            return (field.First[axis] + (field.Last[axis] - field.First[axis] + 1) / 2) / reduction;
        })];
        return [.. Enumerable.Range(0, labels).Select(i =>
        {
            var above = Array.FindIndex(centres, c => c > i);
            return above switch
            {
                0 => 0,
                < 0 => map - 1,
                _ => above - 1 + (i - centres[above - 1]) / (centres[above] - centres[above - 1]),
            };
        })];
    }
}
