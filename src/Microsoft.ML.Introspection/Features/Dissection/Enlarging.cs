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

    private Enlarging((int Height, int Width) map, double[] rows, double[] columns) =>
        (_mapHeight, _mapWidth, _rows, _columns) = (map.Height, map.Width, Along(rows, map.Height), Along(columns, map.Width));

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
    /// <param name="map">The map.</param>
    /// <param name="threshold">The threshold.</param>
    /// <param name="mask">A bit for each place, all zero before.</param>
    /// <param name="line">Room for a row of the map.</param>
    /// <param name="active">Room for a number a row of the map.</param>
    /// <returns>Whether there is any.</returns>
    public bool Mask(ReadOnlySpan<float> map, float threshold, Span<ulong> mask, Span<float> line, Span<float> active)
    {
        if (TensorPrimitives.Max(map) <= threshold)
            return false;
        for (var row = 0; row < _mapHeight; row++)
            active[row] = TensorPrimitives.Max(map.Slice(row * _mapWidth, _mapWidth));
        var any = false;
        for (var y = 0; y < Height; y++)
        {
            if (active[_rows.Low[y]] <= threshold && active[_rows.High[y]] <= threshold)
                continue;
            Mix(map, y, line);
            var place = y * Width;
            for (var x = 0; x < Width; x++, place++)
            {
                if (!(At(line, x) > threshold))
                    continue;
                mask[place >> 6] |= 1UL << place;
                any = true;
            }
        }
        return any;
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
        var share = _rows.Share[y];
        for (var x = 0; x < line.Length; x++)
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
