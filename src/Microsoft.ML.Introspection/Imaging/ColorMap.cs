namespace Microsoft.ML.Introspection.Imaging;

/// <summary>A scale of colours from 0 to 1: evenly spaced colours with straight lines between them, or a table of 256.</summary>
/// <remarks>
/// <see cref="Sequential"/> and <see cref="Diverging"/> were computed for this project as curves through the OKLab colour space.
/// <see cref="Sequential"/> was cut into pieces of equal length, so that equal steps in value are equal steps to the eye, and its
/// lightness rises throughout; it survives printing in gray and all common colour blindness. The halves of <see cref="Diverging"/> are
/// equally light. <see cref="Named"/> has the tables of matplotlib and OpenCV, to the last bit.
/// </remarks>
public sealed class ColorMap
{
    /// <summary>How many colours a table has.</summary>
    public const int TableSize = 256;

    private readonly Rgb[] _colors;

    // Red, green, blue of each entry, from 0 to 1; null where colours lie on lines.
    private readonly double[]? _table;

    /// <summary>A scale of one's own.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="colors">Two colours at least, evenly spaced from 0 to 1.</param>
    public ColorMap(string name, params IReadOnlyList<Rgb> colors)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(colors);
        if (colors.Count < 2)
            throw new ArgumentException($"The colour map '{name}' needs two colours at least; {colors.Count} given.", nameof(colors));
        (Name, _colors) = (name, [.. colors]);
    }

    internal ColorMap(string name, double[] table)
    {
        (Name, _table, _colors) = (name, table, new Rgb[TableSize]);
        for (var i = 0; i < TableSize; i++)
            _colors[i] = new Rgb((byte)(table[3 * i] * 255), (byte)(table[3 * i + 1] * 255), (byte)(table[3 * i + 2] * 255));
    }

    /// <summary>From night blue over magenta and orange to pale yellow: for magnitudes.</summary>
    public static ColorMap Sequential { get; } = Parse("sequential",
        "0C091F 120C2D 180F3B 20114A 281358 321465 3E1671 4B187A 591A81 671C86 761E89 84208A 932388 A12685 AF2A80 BC2F7B C83676 " +
        "D33E70 DD486A E65363 ED5E5C F36A55 F8774F FB844B FD9248 FF9F49 FFAD4E FFBB54 FFC85C FFD669 FDE282 FCED9C FCF7B5");

    /// <summary>Blue for what speaks against, white for nothing, red for what speaks in favour.</summary>
    public static ColorMap Diverging { get; } = Parse("diverging",
        "15387D 174696 1955AE 1D66C5 2D78D4 428ADF 599CE6 71ADEE 89BEF4 A4CFF9 BFDEFC DDECFC FAFAFA " +
        "FEE4DD FFCDC0 FEB7A5 FA9F8C F38875 EA705F DE584B CF3F39 BC292B A41A23 8C131F 740D1A");

    /// <summary>Black to white.</summary>
    public static ColorMap Gray { get; } = Parse("gray", "000000 FFFFFF");

    /// <summary>The names that <see cref="Named"/> knows; each with <c>_r</c> behind it is the map turned round.</summary>
    public static IReadOnlyList<string> Names => ["sequential", "diverging", .. ColorTables.Names];

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The colours it runs through, evenly spaced; of a table all 256.</summary>
    public IReadOnlyList<Rgb> Colors => Array.AsReadOnly(_colors);

    /// <summary>
    /// A map by its name: <c>sequential</c>, <c>diverging</c>, matplotlib's by matplotlib's names, OpenCV's with <c>cv2_</c>.
    /// </summary>
    /// <param name="name">The name; <c>_r</c> behind it turns the map round.</param>
    /// <exception cref="ArgumentException">There is no such map.</exception>
    public static ColorMap Named(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var turned = name.EndsWith("_r", StringComparison.Ordinal);
        var own = turned ? name[..^2] : name;
        ColorMap? map = own switch { "sequential" => Sequential, "diverging" => Diverging, _ => ColorTables.Find(own) };
        if (map is null)
            throw new ArgumentException($"There is no colour map '{name}'; there are {string.Join(", ", Names)}, "
                + "each also with _r behind it (turned round).", nameof(name));
        return turned ? map.Turned(name) : map;
    }

    /// <summary>A table between evenly spaced colours, as matplotlib's <c>LinearSegmentedColormap.from_list</c> makes it.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="colors">Two colours at least: red, green, blue from 0 to 1.</param>
    public static ColorMap FromList(string name, params IReadOnlyList<(double Red, double Green, double Blue)> colors)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(colors);
        if (colors.Count < 2 || colors.Any(c => !(c is { Red: >= 0 and <= 1, Green: >= 0 and <= 1, Blue: >= 0 and <= 1 })))
            throw new ArgumentException($"The colour map '{name}' needs two colours at least, with parts from 0 to 1.", nameof(colors));
        return new ColorMap(name, ColorTables.Between([.. colors.SelectMany(c => new[] { c.Red, c.Green, c.Blue })]));
    }

    /// <summary>A table between colours at given places, as matplotlib's <c>from_list</c> makes it of pairs.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="stops">Two colours at least; their places rise from 0 to 1.</param>
    public static ColorMap FromStops(string name, params IReadOnlyList<(double At, Rgb Color)> stops)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(stops);
        if (stops.Count < 2 || stops[0].At != 0 || stops[^1].At != 1
            || !stops.Zip(stops.Skip(1)).All(pair => pair.First.At < pair.Second.At))
            throw new ArgumentException($"The colour map '{name}' needs two colours at least, at places that rise from 0 to 1; given were "
                + $"the places {FormattableString.Invariant($"[{string.Join("; ", stops.Select(s => s.At))}]")}.", nameof(stops));
        return new ColorMap(name, ColorTables.Between([.. stops.Select(s => s.At)],
            [.. stops.SelectMany(s => new[] { s.Color.Red / 255.0, s.Color.Green / 255.0, s.Color.Blue / 255.0 })]));
    }

    /// <summary>The colour at a position; positions outside 0 to 1 get the colour of the nearer end.</summary>
    /// <exception cref="ArgumentException">The position is not a number.</exception>
    public Rgb At(double position)
    {
        if (double.IsNaN(position))
            throw new ArgumentException("A position between 0 and 1 was expected; found NaN.", nameof(position));
        if (_table is not null)
            return _colors[Entry(position)];
        var (left, share) = Place(position);
        return Rgb.Mix(_colors[left], _colors[left + 1], share);
    }

    /// <summary>
    /// The colour at a position, not rounded to bytes. Of a table the entry is the whole part of 256 times the position; positions
    /// outside 0 to 1 get the nearer end; NaN is transparent black.
    /// </summary>
    public (double Red, double Green, double Blue, double Alpha) Exactly(double position)
    {
        if (double.IsNaN(position))
            return default;
        if (_table is not null && Entry(position) is var entry)
            return (_table[3 * entry], _table[3 * entry + 1], _table[3 * entry + 2], 1);
        var (left, share) = Place(position);
        var (from, to) = (_colors[left], _colors[left + 1]);
        return (Between(from.Red, to.Red), Between(from.Green, to.Green), Between(from.Blue, to.Blue), 1);

        double Between(byte a, byte b) => (a + (b - a) * share) / 255;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private (int Left, double Share) Place(double position)
    {
        var place = Math.Clamp(position, 0, 1) * (_colors.Length - 1);
        var left = Math.Min((int)place, _colors.Length - 2);
        return (left, place - left);
    }

    private static int Entry(double position) => (int)Math.Clamp(Math.Floor(position * TableSize), 0, TableSize - 1);

    private ColorMap Turned(string name) => _table is null ? new ColorMap(name, [.. _colors.Reverse()])
        : new ColorMap(name, [.. _table.Chunk(3).Reverse().SelectMany(color => color)]);

    private static ColorMap Parse(string name, string colors) => new(name, [.. colors.Split(' ').Select(Rgb.Parse)]);
}
