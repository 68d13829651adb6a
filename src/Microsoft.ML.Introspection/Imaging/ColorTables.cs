using System.Globalization;

namespace Microsoft.ML.Introspection.Imaging;

/// <summary>The tables of matplotlib and OpenCV: from <c>colormaps.txt</c>, which tells how they are written.</summary>
internal static class ColorTables
{
    // Each channel by itself: places and values with straight lines between them.
    private static readonly Dictionary<string, (double[] Places, double[] Values)[]> Segments = new()
    {
        ["jet"] =
        [
            ([0, 0.35, 0.66, 0.89, 1], [0, 0, 1, 1, 0.5]),
            ([0, 0.125, 0.375, 0.64, 0.91, 1], [0, 0, 1, 1, 0, 0]),
            ([0, 0.11, 0.34, 0.65, 1], [0.5, 1, 1, 0, 0]),
        ],
        ["hot"] =
        [
            ([0, 0.365079, 1], [0.0416, 1, 1]),
            ([0, 0.365079, 0.746032, 1], [0, 0, 1, 1]),
            ([0, 0.746032, 1], [0, 0, 1]),
        ],
    };

    private static readonly Lazy<Dictionary<string, string[]>> Lines = new(Read);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names => [.. Lines.Value.Keys.Concat(Segments.Keys).Order(StringComparer.Ordinal)];

    /// <summary>A map by its name; null where there is none.</summary>
    public static ColorMap? Find(string name)
    {
        if (Segments.TryGetValue(name, out var channels))
            return new ColorMap(name, Interleaved([.. channels.Select(c => Along(c.Places, c.Values))]));
        return !Lines.Value.TryGetValue(name, out var line) ? null : new ColorMap(name, line[1] switch
        {
            "table" => [.. line.Skip(2).Select(n => int.Parse(n, CultureInfo.InvariantCulture) / 1e6)],
            "line" => Between([.. line.Skip(2).Select(n => double.Parse(n, CultureInfo.InvariantCulture))]),
            _ => [.. Convert.FromHexString(line[2]).Select(b => b / 255.0)],
        });
    }

    /// <summary>A table between evenly spaced colours.</summary>
    /// <param name="colors">Red, green and blue of each.</param>
    public static double[] Between(double[] colors)
    {
        var count = colors.Length / 3;
        // The arithmetic of NumPy's linspace, to the last bit.
        var step = 1.0 / (count - 1);
        return Between([.. Enumerable.Range(0, count).Select(i => i == count - 1 ? 1 : i * step)], colors);
    }

    /// <summary>A table between colours at given places, which rise from 0 to 1.</summary>
    public static double[] Between(double[] places, double[] colors) => Interleaved([.. Enumerable.Range(0, 3).Select(c =>
        Along(places, [.. Enumerable.Range(0, places.Length).Select(i => colors[3 * i + c])]))]);

    private static double[] Along(double[] places, double[] values)
    {
        const int Last = ColorMap.TableSize - 1;
        var table = new double[ColorMap.TableSize];
        (table[0], table[Last]) = (values[0], values[^1]);
        for (var i = 1; i < Last; i++)
        {
            var place = Last * (i * (1.0 / Last));
            var right = 1;
            while (places[right] * Last < place)
                right++;
            var share = (place - places[right - 1] * Last) / (places[right] * Last - places[right - 1] * Last);
            table[i] = Math.Clamp(share * (values[right] - values[right - 1]) + values[right - 1], 0, 1);
        }
        return table;
    }

    private static double[] Interleaved(double[][] channels) =>
        [.. Enumerable.Range(0, ColorMap.TableSize).SelectMany(i => channels.Select(c => c[i]))];

    private static Dictionary<string, string[]> Read()
    {
        using var reader = new StreamReader(typeof(ColorTables).Assembly.GetManifestResourceStream("colormaps.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')
            .Select(line => line.Split(' ')).ToDictionary(line => line[0]);
    }
}
