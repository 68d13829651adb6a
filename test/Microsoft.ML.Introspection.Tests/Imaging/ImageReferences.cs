using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Tests.Imaging;

/// <summary>Pictures under <c>test/data/images</c>, and what established libraries make of them.</summary>
internal sealed class ImageReferences
{
    private static readonly Dictionary<string, Lazy<ImageReferences>> Opened = new[] { "resize", "mlnet", "overlay", "colormaps", "decoded" }
        .ToDictionary(name => name, name => new Lazy<ImageReferences>(() => new(Load(Path.Combine(Folder, name + ".npz")))));

    private readonly IReadOnlyDictionary<string, NpyArray> _arrays;

    private ImageReferences(IReadOnlyDictionary<string, NpyArray> arrays) => _arrays = arrays;

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "data", "images");

    public static ImageReferences Resizing => Opened["resize"].Value;

    public static ImageReferences MlNet => Opened["mlnet"].Value;

    public static ImageReferences Overlays => Opened["overlay"].Value;

    public static ImageReferences ColorMaps => Opened["colormaps"].Value;

    public static ImageReferences Decoded => Opened["decoded"].Value;

    public IEnumerable<string> Names => _arrays.Keys.Order(StringComparer.Ordinal);

    public NpyArray this[string name] => _arrays[name];

    public double[] Numbers(string name) => _arrays[name].ToDoubles();

    private static Dictionary<string, NpyArray> Load(string path)
    {
        using var archive = NpzArchive.Open(path);
        return archive.Names.ToDictionary(name => name, archive.Read);
    }

    /// <summary>Bytes of shape H, W, 3 or 4.</summary>
    public Raster Picture(string name)
    {
        var array = _arrays[name];
        byte[] pixels = [.. array.ToInt64s().Select(v => (byte)v)];
        return new Raster(array.Shape[1], array.Shape[0], (PixelFormat)array.Shape[2], pixels);
    }
}
