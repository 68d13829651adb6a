namespace Microsoft.ML.Introspection.Reports;

/// <summary>A scale of colours from 0 to 1: evenly spaced colours with straight lines between them.</summary>
/// <remarks>
/// The built-in scales were computed for this project as curves through the OKLab colour space. <see cref="Sequential"/> was
/// cut into pieces of equal length, so that equal steps in value are equal steps to the eye, and its lightness rises
/// throughout; it survives printing in gray and all common colour blindness. The halves of <see cref="Diverging"/> are
/// equally light.
/// </remarks>
public sealed class ColorMap
{
    private readonly Rgb[] _colors;

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

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The colours it runs through, evenly spaced.</summary>
    public IReadOnlyList<Rgb> Colors => Array.AsReadOnly(_colors);

    /// <summary>The colour at a position; positions outside 0 to 1 get the colour of the nearer end.</summary>
    /// <exception cref="ArgumentException">The position is not a number.</exception>
    public Rgb At(double position)
    {
        if (double.IsNaN(position))
            throw new ArgumentException("A position between 0 and 1 was expected; found NaN.", nameof(position));
        var place = Math.Clamp(position, 0, 1) * (_colors.Length - 1);
        var left = Math.Min((int)place, _colors.Length - 2);
        return Rgb.Mix(_colors[left], _colors[left + 1], place - left);
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static ColorMap Parse(string name, string colors) => new(name, [.. colors.Split(' ').Select(Rgb.Parse)]);
}
