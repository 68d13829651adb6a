using System.Text;
using System.Text.Json;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>An image on an <see cref="ImagePage"/>: what the network saw, what it says, and why.</summary>
/// <param name="Name">Its name: the file.</param>
/// <param name="Picture">What the network saw.</param>
/// <param name="Maps">What each method says of it; coarser maps are stretched.</param>
public sealed record ExplainedImage(string Name, Raster Picture, IReadOnlyList<MethodMap> Maps)
{
    /// <summary>What it is said to show.</summary>
    public string? Label { get; init; }

    /// <summary>Classes with their probabilities, the likeliest first.</summary>
    public IReadOnlyList<(string Name, double Probability)> Classes { get; init; } = [];

    /// <summary>The explained score.</summary>
    public double? Score { get; init; }
}

/// <summary>
/// Images and what several methods say of them, a line each: one HTML file that loads nothing from elsewhere. Maps lie over the images; how
/// opaque they are and in which colours is chosen on the page, and a click tells the value of a place.
/// </summary>
/// <remarks>
/// Maps are carried in 16 bits between their extremes. All texts are escaped; the page's policy allows its own script alone.
/// </remarks>
/// <example><code>
/// new ImagePage("ResNet-18", [new ExplainedImage("cat.png", picture, [new MethodMap("grad-cam", map, 224, 224)])]).Save("images.html");
/// </code></example>
/// <param name="title">The heading.</param>
/// <param name="images">The images; one at least.</param>
public sealed class ImagePage(string title, IReadOnlyList<ExplainedImage> images)
{
    private const long MaximumCharacters = 1L << 28;
    private const int ShownSide = 224;

    // Diverging where a map has values below 0, else sequential.
    private const string Automatic = "automatic";

    private static readonly string[] Colors =
    [
        Automatic, "diverging", "sequential", "seismic", "bwr", "coolwarm", "RdBu_r", "viridis", "inferno", "magma", "turbo", "jet", "hot",
        "gray",
    ];

    /// <summary>A sentence under the heading: the model, how pictures were prepared.</summary>
    public string? Subtitle { get; init; }

    /// <summary>What else is to be known: files that were left out, images that are not shown.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>The colours at first; null to choose by each map's values.</summary>
    public string? ColorMap { get; init; }

    /// <summary>How opaque maps are at first, from 0 to 1.</summary>
    public double Opacity
    {
        get;
        init => field = value is >= 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Opacity), value, "An opacity from 0 to 1 was expected.");
    } = 0.6;

    /// <summary>What of a map's magnitudes lies in outliers, in per cent of their sum: they get the last colour.</summary>
    public double OutlierPercentage { get; init; } = 2;

    /// <summary>Writes the file, which appears whole or not at all.</summary>
    /// <exception cref="InvalidOperationException">It would be too large.</exception>
    public void Save(string path)
    {
        var html = Encoding.UTF8.GetBytes(ToHtml());
        AtomicFile.Write(path, stream => stream.Write(html));
    }

    /// <summary>The page.</summary>
    public string ToHtml()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(title);
        if (images is not { Count: > 0 })
            throw new ArgumentException("One image at least was expected.", nameof(images));
        return new PageFrame(title, Subtitle, PageParts.Images).Write(new HtmlWriter(MaximumCharacters), html =>
        {
            foreach (var remark in Remarks)
                html.Element("p", remark, ("class", "remark"));
            WriteControls(html);
            for (var i = 0; i < images.Count; i++)
                WriteImage(html, images[i], i);
        },
        html => html.Open("script", ("type", "application/json"), ("id", "images")).Trusted(Data()).Close());
    }

    private void WriteControls(HtmlWriter html)
    {
        html.Open("div", ("class", "controls"))
            .Open("label").Text("Opacity ")
            .Void("input", ("type", "range"), ("id", "opacity"), ("min", "0"), ("max", "100"),
                ("value", Numbers.Format(Math.Round(Opacity * 100)))).Close()
            .Open("label").Text("Colours ").Open("select", ("id", "colors"));
        foreach (var name in Named)
            html.Element("option", name, ("value", name), ("selected", name == Chosen ? "" : null));
        html.Close().Close().Element("output", "Click a map to see its value.", ("id", "told"), ("aria-live", "polite")).Close();
    }

    private static void WriteImage(HtmlWriter html, ExplainedImage image, int index)
    {
        html.Open("section", ("class", "image")).Element("h2", image.Name);
        if (image.Classes.Count > 0 || image.Label is { Length: > 0 })
        {
            html.Open("p", ("class", "classes"));
            if (image.Label is { Length: > 0 } label)
                html.Element("span", $"label {label}", ("class", "label"));
            foreach (var (name, probability) in image.Classes)
                html.Element("span", $"{name}: {Numbers.Format(Math.Round(probability * 100, 1))} %");
            html.Close();
        }
        var picture = PngWriter.Encode(image.Picture);
        var scale = Math.Max(1, ShownSide / Math.Max(image.Picture.Width, image.Picture.Height));
        var (width, height) = (image.Picture.Width * scale, image.Picture.Height * scale);
        html.Open("div", ("class", "gallery")).Open("figure", ("style", $"width:{width}px"));
        html.Image(picture, $"{image.Name}, as the network saw it", width, height, scale > 1 ? "sharp" : null)
            .Element("figcaption", "image").Close();
        for (var m = 0; m < image.Maps.Count; m++)
        {
            html.Open("figure", ("style", $"width:{width}px")).Open("div", ("class", "stack"));
            html.Image(picture, "", width, height, scale > 1 ? "sharp" : null)
                .Open("canvas", ("width", $"{image.Maps[m].Width}"), ("height", $"{image.Maps[m].Height}"), ("tabindex", "0"),
                    ("data-image", $"{index}"), ("data-map", $"{m}"), ("role", "img"),
                    ("aria-label", $"{image.Maps[m].Method} over {image.Name}")).Close()
                .Close().Open("figcaption").Element("span", image.Maps[m].Method, ("class", "method"));
            if (!string.IsNullOrWhiteSpace(image.Maps[m].Caption))
                html.Element("span", image.Maps[m].Caption, ("class", "aside"));
            html.Close().Close();
        }
        html.Close().Close();
    }

    private string Chosen => ColorMap ?? Automatic;

    private IEnumerable<string> Named => Colors.Contains(Chosen) ? Colors : Colors.Prepend(Chosen);

    // Base64 and numbers: nothing that could end the element.
    private string Data() => JsonSerializer.Serialize(new
    {
        colors = Named.Where(name => name != Automatic).ToDictionary(name => name, Table),
        images = images.Select(image => image.Maps.Select(Packed)),
    });

    private object Packed(MethodMap map)
    {
        var values = Array.ConvertAll(map.Values.ToArray(), v => (double)v);
        var packed = PackedNumbers.Of(values);
        var scaled = MapScaling.Captum(values, AttributionSign.AbsoluteValue, OutlierPercentage);
        var reach = values.Zip(scaled).Where(p => p.Second is > 0 and < 1).Select(p => Math.Abs(p.First) / p.Second).FirstOrDefault(
            values.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max());
        return new { low = packed.Low, step = packed.Step, reach, signed = packed.Low < 0, values = packed.Values };
    }

    private static string Table(string name)
    {
        var map = Imaging.ColorMap.Named(name);
        return PackedNumbers.Table(i => map.At((i + 0.5) / 256));
    }
}
