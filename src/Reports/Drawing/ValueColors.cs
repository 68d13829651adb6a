using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// The colours of dots and lines: blue for what is low, over violet, to red for what is high; grey for what has no place on the
/// scale. All are equally light, so that none stands out, lighter on a dark page. Drawings name them by class.
/// </summary>
/// <remarks>Computed for this project as arcs of hue in the OKLab colour space, from 256° to 386°.</remarks>
internal static class ValueColors
{
    /// <summary>The number of colours.</summary>
    public const int Steps = 16;

    /// <summary>The class of what is missing or has no order.</summary>
    public const string None = "vx";

    /// <summary>The class where colour says nothing.</summary>
    public const string Plain = "vs";

    private const string Light =
        "1C7DEE 4677F0 5F71F0 746BEE 8566E9 9460E1 A25BD8 AF56CD BA51C0 C44DB2 CC4AA2 D44792 D94580 DE456E E1465A E24945";
    private const string Dark =
        "569FFF 6E9AFE 8095FF 908FFF A089FC AE84F5 BB7FEC C77AE2 D176D6 DA73C8 E270BA E86EAA ED6C9A F16C89 F36D78 F46F66";

    /// <summary>Classes of the scale on a light page.</summary>
    public static string LightRules => Rules(Light);

    /// <summary>The same on a dark page.</summary>
    public static string DarkRules => Rules(Dark);

    /// <summary>The class of a step, 0 to 15; <see cref="None"/> for those below.</summary>
    public static string ClassOf(int step) => step < 0 ? None : $"v{step}";

    private static string Rules(string colors) =>
        string.Concat(colors.Split(' ').Select((color, step) => $".v{step}{{--c:{Rgb.Parse(color)}}}"));
}

/// <summary>Which values of a feature get the first and the last colour.</summary>
internal readonly record struct ValueRange(double Low, double High)
{
    /// <summary>Whether there is a scale at all.</summary>
    public bool IsEmpty => !(Low <= High);

    /// <summary>
    /// From the 5th percentile to the 95th, so that a few far-out values do not take all colours; from end to end where that is but a
    /// single value.
    /// </summary>
    public static ValueRange Of(IEnumerable<float> column)
    {
        float[] sorted = [.. column.Where(float.IsFinite).Order()];
        if (sorted.Length == 0)
            return new ValueRange(double.NaN, double.NaN);
        var (low, high) = (At(0.05), At(0.95));
        if (low == high)
            (low, high) = (At(0.01), At(0.99));
        return low == high ? new ValueRange(sorted[0], sorted[^1]) : new ValueRange(low, high);

        float At(double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
    }

    /// <summary>The step of the colour scale that a value gets: 0 to 15; −1 if it is missing.</summary>
    public int StepOf(double value)
    {
        if (double.IsNaN(value) || IsEmpty)
            return -1;
        var share = Low == High ? 0.5 : Math.Clamp((value - Low) / (High - Low), 0, 1);
        return Math.Min((int)(share * ValueColors.Steps), ValueColors.Steps - 1);
    }
}
