using System.Globalization;

namespace Microsoft.ML.Introspection.Imaging;

/// <summary>A colour in sRGB.</summary>
/// <param name="Red">0 to 255.</param>
/// <param name="Green">0 to 255.</param>
/// <param name="Blue">0 to 255.</param>
public readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    /// <summary>Relative brightness as seen by the eye (Rec. 601 weights), 0 to 255.</summary>
    public byte Luma => (byte)Math.Round(0.299 * Red + 0.587 * Green + 0.114 * Blue);

    /// <summary>Reads six hexadecimal digits, with or without a leading #.</summary>
    public static Rgb Parse(string hex)
    {
        ArgumentNullException.ThrowIfNull(hex);
        var digits = hex.StartsWith('#') ? hex[1..] : hex;
        return digits.Length == 6 && int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? new Rgb((byte)(value >> 16), (byte)(value >> 8), (byte)value)
            : throw new FormatException($"'{hex}' is no colour: six hexadecimal digits such as #1D66C5 were expected.");
    }

    /// <summary>The colour on the way from <paramref name="from"/> (0) to <paramref name="to"/> (1).</summary>
    public static Rgb Mix(Rgb from, Rgb to, double amount) =>
        new(Mix(from.Red, to.Red, amount), Mix(from.Green, to.Green, amount), Mix(from.Blue, to.Blue, amount));

    /// <summary>As CSS writes it: <c>#1d66c5</c>.</summary>
    public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";

    private static byte Mix(byte from, byte to, double amount) => (byte)Math.Round(from + (to - from) * amount);
}
