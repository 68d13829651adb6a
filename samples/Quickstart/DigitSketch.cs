namespace Quickstart;

/// <summary>Explained digits on the console, two characters a pixel.</summary>
internal static class DigitSketch
{
    private const string Shades = " .:-=+*#%@";
    private const float Strong = 0.5f;
    private const float Weak = 0.2f;

    public static void Print(IReadOnlyList<Digit> digits)
    {
        Console.WriteLine($"""
            Handwritten digits: {Percent.OfRight(digits.Select(digit => digit.IsRight))}, none of them seen in training.
            Beside the ink, where more of it would raise (+) or lower (-) the score of the digit that the network sees.

            """);
        Digit[] shown = [digits.First(digit => digit.IsRight), digits.First(digit => !digit.IsRight)];
        PrintLine(shown.Select(digit => $"a {digit.Label}, seen as {digit.Seen} ({Percent.Of(digit.Probability)})"));
        for (var y = 0; y < DigitImage.Side; y++)
            PrintLine(shown.Select(digit => $"|{Ink(digit, y)}|  |{Gradient(digit, y)}|"));
        Console.WriteLine();
    }

    private static void PrintLine(IEnumerable<string> parts) =>
        Console.WriteLine(("  " + string.Concat(parts.Select(part => part.PadRight(46)))).TrimEnd());

    private static string Ink(Digit digit, int y) =>
        string.Concat(Row(digit.Ink, y).Select(ink => new string(Shades[(int)(ink * (Shades.Length - 1))], 2)));

    private static string Gradient(Digit digit, int y)
    {
        var largest = digit.Saliency.Max(Math.Abs);
        return string.Concat(Row(digit.Saliency, y).Select(gradient => (gradient / largest) switch
        {
            > Strong => "++",
            > Weak => "+ ",
            < -Strong => "--",
            < -Weak => "- ",
            _ => "  ",
        }));
    }

    private static IEnumerable<float> Row(float[] pixels, int y) => pixels.Skip(y * DigitImage.Side).Take(DigitImage.Side);
}
