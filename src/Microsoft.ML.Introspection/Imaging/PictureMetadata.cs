namespace Microsoft.ML.Introspection.Imaging;

/// <summary>The keys under which files say how pictures are prepared: two of ONNX's own document, and how they are resized.</summary>
internal static class PictureMetadata
{
    public const string Range = "Image.NominalPixelRange", Format = "Image.BitmapPixelFormat", Resizing = "Image.Resizing";
}
