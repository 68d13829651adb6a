// Draws build/icon.png, the icon of the packages, in the colours of our own pictures: what speaks for a prediction, and what against it.
// Usage: dotnet run build/icon.cs
#:project ../src/Reports/Microsoft.ML.Introspection.Reports.csproj
using System.Runtime.CompilerServices;
using Microsoft.ML.Introspection.Reports;

const int Size = 128, Oversampling = 2, Large = Size * Oversampling;
(double From, double To)[] bars = [(0.50, 0.86), (0.50, 0.72), (0.27, 0.50), (0.50, 0.61), (0.38, 0.50)];
var ground = Rgb.Parse("15203A");

var picture = Raster.Create(Large, Large, (x, y) =>
{
    var (across, down) = ((x + 0.5) / Large, (y + 0.5) / Large);
    var bar = (int)Math.Floor((down - 0.14) / 0.15);
    if (bar >= 0 && bar < bars.Length && down - 0.14 - bar * 0.15 < 0.11 && across >= bars[bar].From && across < bars[bar].To)
        return ColorMap.Diverging.At(bars[bar].From < 0.5 ? 0.28 : 0.74);
    return Math.Abs(across - 0.5) < 0.008 && down is > 0.1 and < 0.9 ? ColorMap.Diverging.At(0.5) : ground;
});
PngWriter.Save(picture.Resize(Size, Size), Path.Combine(Path.GetDirectoryName(Here())!, "icon.png"));

static string Here([CallerFilePath] string path = "") => path;
