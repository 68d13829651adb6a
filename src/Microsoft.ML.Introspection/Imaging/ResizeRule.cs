namespace Microsoft.ML.Introspection.Imaging;

/// <summary>Whose way of resizing is followed.</summary>
public enum ResizeRule
{
    /// <summary>
    /// Pillow's <c>Image.resize</c>: the kernel widens when an image shrinks (antialiasing), and every axis is rounded to 8 bits by itself.
    /// </summary>
    Pillow,

    /// <summary>OpenCV's <c>resize</c>: no antialiasing but with <see cref="ResizeFilter.Area"/>.</summary>
    OpenCv,

    /// <summary>PyTorch's <c>interpolate</c> with <c>align_corners=False</c>; with <see cref="Resizing.Antialias"/> or without.</summary>
    Torch,

    /// <summary>
    /// ML.NET's <c>ResizeImages</c> in releases 3.0 to 5.0 (SkiaSharp 2.88): mip maps and bilinear when an image shrinks, Mitchell's cubic
    /// when it grows.
    /// </summary>
    MlNet,

    /// <summary>
    /// TensorFlow's <c>resize_bilinear</c> of old, without antialiasing: the first pixels of both pictures lie upon each other,
    /// the last ones do not. ML.NET's ImageClassification prepares pictures so. Bilinear only.
    /// </summary>
    TensorFlow,
}

/// <summary>The kernel that pixels are weighed by.</summary>
public enum ResizeFilter
{
    /// <summary>The nearest pixel.</summary>
    Nearest,

    /// <summary>Weights that fall linearly.</summary>
    Bilinear,

    /// <summary>A cubic: a = −0.5 of Pillow and of PyTorch with antialiasing, else −0.75.</summary>
    Bicubic,

    /// <summary>The mean of a box. Pillow only.</summary>
    Box,

    /// <summary>A sinc in Hamming's window. Pillow only.</summary>
    Hamming,

    /// <summary>Lanczos' windowed sinc of three lobes. Pillow only.</summary>
    Lanczos,

    /// <summary>The mean over the area that a pixel covers. OpenCV only.</summary>
    Area,
}
