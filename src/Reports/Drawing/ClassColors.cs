using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Colours that tell classes apart and have no order: on a page a class has one, whether it is an output or the truth, and no other class
/// has it. None is the red or the blue of what raises and lowers a score. Categories of features take what classes leave.
/// </summary>
internal sealed class ClassColors
{
    /// <summary>How many colours there are; what comes after is grey.</summary>
    public const int Count = 24;

    // Computed for this project in the OKLab colour space: twelve hues, then the same in another lightness.
    private const string Light =
        "C55F1D 049863 9C63C2 B7860D 1390A3 B559A3 56932B B86A0B 7970D5 989406 059488 C5547C "
        + "7B3606 045C3B 5F3979 755401 055764 703265 305A12 713F01 484286 615E06 085952 7B2E4B";
    private const string Dark =
        "F49665 5ACA94 CA99EF EBB854 15C6E1 E490D2 8CC36D EC9D53 A9A5FE C9C75C 1DCBBC F48CAE "
        + "B16D49 42926B 936FAD AE8942 1790A3 A56998 668E4F AB723C 7A77BA 959447 1B9388 B1667E";

    private readonly Dictionary<string, int> _places = [];

    public static string LightRules => Rules(Light);

    public static string DarkRules => Rules(Dark);

    /// <summary>All classes that have a colour, in the order of their colours.</summary>
    public IEnumerable<string> Names => _places.OrderBy(place => place.Value).Select(place => place.Key);

    /// <summary>How a drawing names the colour of a class, the same all over the page.</summary>
    public string Of(string name)
    {
        if (!_places.TryGetValue(name, out var place) && _places.Count < Count)
            _places.Add(name, place = _places.Count);
        return _places.ContainsKey(name) ? ClassOf(place) : ValueColors.None;
    }

    /// <summary>How a drawing names the colour of a feature's category: counted from the other end.</summary>
    public static string OfCategory(int place) => ClassOf(Count - 1 - place);

    private static string ClassOf(int number) => $"k{number}";

    private static string Rules(string colors) =>
        string.Concat(colors.Split(' ').Select((color, number) => $".k{number}{{--c:{Rgb.Parse(color)}}}"));
}
