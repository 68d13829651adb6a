using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Reports;

namespace Pictures;

/// <summary>A drawn picture, and what it shows.</summary>
internal sealed class Scene
{
    private const int Width = 320;
    private const int Height = 240;
    private const int Reach = 44;
    private const int Stripe = 11;

    private static readonly string[] Shapes = ["disc", "board", "stripes"];

    /// <summary>The file.</summary>
    public string Path { get; set; } = "";

    /// <summary>The shape that it shows.</summary>
    public string Label { get; set; } = "";

    /// <summary>Pictures with one shape each.</summary>
    public static List<Scene> Draw(string folder, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var random = new Random(i);
        return Save(folder, $"{i:00}", Shapes[i % Shapes.Length], random,
            [(Shapes[i % Shapes.Length], random.Next(Reach, Width - Reach), random.Next(Reach, Height - Reach))]);
    })];

    /// <summary>Pictures with all shapes side by side, in any order.</summary>
    public static List<Scene> DrawTogether(string folder, int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var random = new Random(1000 + i);
        return Save(folder, $"scene{i}", "", random, [.. Shapes.OrderBy(_ => random.Next()).Select((shape, place) =>
            (shape, Width * (2 * place + 1) / 6, random.Next(Reach, Height - Reach)))]);
    })];

    private static Scene Save(string folder, string name, string label, Random random, (string Shape, int X, int Y)[] shapes)
    {
        var (sky, ground) = (Color(random, 150), Color(random, 60));
        var horizon = random.Next(Height / 3, Height * 2 / 3);
        var colors = shapes.Select(_ => (Color(random, 190), Color(random, 0))).ToArray();
        var picture = Raster.Create(Width, Height, (x, y) =>
        {
            foreach (var ((shape, left, top), (light, dark)) in shapes.Zip(colors))
                if (Inside(shape, x - left, y - top, out var isLight))
                    return isLight ? light : dark;
            return Rgb.Mix(y < horizon ? sky : ground, new Rgb(255, 255, 255), y < horizon ? y / (2.0 * Height) : 0);
        });
        Directory.CreateDirectory(folder);
        var scene = new Scene { Path = System.IO.Path.Combine(folder, name + ".png"), Label = label };
        PngWriter.Save(picture, scene.Path);
        return scene;
    }

    private static bool Inside(string shape, int x, int y, out bool isLight)
    {
        isLight = shape switch
        {
            "board" => (x + Reach) / Stripe % 2 == (y + Reach) / Stripe % 2,
            "stripes" => (y + Reach) / Stripe % 2 == 0,
            _ => true,
        };
        return shape == "disc" ? x * x + y * y < Reach * Reach : Math.Abs(x) < Reach && Math.Abs(y) < Reach;
    }

    private static Rgb Color(Random random, int least) =>
        new((byte)random.Next(least, least + 60), (byte)random.Next(least, least + 60), (byte)random.Next(least, least + 60));
}

/// <summary>What comes out of a picture.</summary>
internal sealed class Explained
{
    /// <summary>The likeliest shape.</summary>
    public long Class { get; set; }

    /// <summary>Where that is.</summary>
    public byte[] Why { get; set; } = [];

    /// <summary>Where the disc is.</summary>
    [Microsoft.ML.Data.ColumnName("disc")]
    public byte[] Disc { get; set; } = [];

    /// <summary>Where the board is.</summary>
    [Microsoft.ML.Data.ColumnName("board")]
    public byte[] Board { get; set; } = [];

    /// <summary>Where the stripes are.</summary>
    [Microsoft.ML.Data.ColumnName("stripes")]
    public byte[] Stripes { get; set; } = [];
}
