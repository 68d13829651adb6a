namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Colours that tell classes apart and have no order, equally light; drawings name them by class. After eight they come again.
/// </summary>
internal static class ClassColors
{
    private const string Light = "458ACE BF6F33 3A9C64 A76CB5 9E840A 03999F C66466 7F7ACE";
    private const string Dark = "6DB0F4 E5955D 66C189 CC91DA C3AA48 24C1C9 ED8B8B A3A0F3";

    public static string LightRules => Rules(Light);

    public static string DarkRules => Rules(Dark);

    public static string ClassOf(int number) => $"k{number % 8}";

    private static string Rules(string colors) =>
        string.Concat(colors.Split(' ').Select((color, number) => $".k{number}{{--c:{Rgb.Parse(color)}}}"));
}
