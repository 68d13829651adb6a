using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>One image under many methods, side by side: the image, then for each method its name, its map and its scale.</summary>
/// <example><code>
/// new MethodGallery(image, [new("Saliency", saliency, 32, 32), new("LRP", relevance, 32, 32, "ε-plus")], new() { OverImage = true })
/// </code></example>
public sealed class MethodGallery : ReportSection
{
    private readonly Raster _image;
    private readonly MethodMap[] _maps;
    private readonly MethodGalleryOptions _options;

    /// <summary>Takes the maps as they are; coarse ones are stretched to the image's size.</summary>
    /// <param name="image">What the network saw.</param>
    /// <param name="maps">One map at least.</param>
    /// <param name="options">How they stand side by side.</param>
    public MethodGallery(Raster image, IEnumerable<MethodMap> maps, MethodGalleryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(maps);
        (_image, _maps, _options) = (image, [.. maps], options ?? new());
        if (_maps.Length == 0)
            throw new ArgumentException("The map of one method at least was expected.", nameof(maps));
    }

    /// <summary>What the network saw, under the image.</summary>
    public string ImageCaption
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(ImageCaption));
    } = "";

    /// <summary>What the pictures show together.</summary>
    public string? Caption { get; init; }

    internal override void Write(HtmlWriter html)
    {
        HeatmapScale? common = _options.CommonScale
            ? HeatmapScale.Of(_maps.SelectMany(map => map.Values.ToArray()), _options.Heatmap)
            : null;

        html.Open("figure", ("class", "methods")).Open("div", ("class", "gallery"));
        new Figure(_image, ImageCaption, "The image that is explained") { Heading = "Input", DisplayWidth = _options.PictureWidth }.Write(
            html);
        foreach (var map in _maps)
            Picture(map, common).Write(html);
        html.Close().Element("figcaption", Caption ?? DefaultCaption).Close();
    }

    private string DefaultCaption => _options.CommonScale ? "All methods have the same scale." : "Each method has its own scale.";

    private Figure Picture(MethodMap map, HeatmapScale? scale)
    {
        var heatmap = new Heatmap(map.Values.Span, map.Height, map.Width, _options.Heatmap, scale);
        var image = _options.OverImage ? heatmap.DrawOver(_image) : heatmap.Draw();
        var alt = _options.OverImage ? $"{map.Method} over the image" : $"{map.Method} as a heatmap";
        return new Figure(image, map.Caption ?? "", alt, heatmap) { Heading = map.Method, DisplayWidth = _options.PictureWidth };
    }
}
