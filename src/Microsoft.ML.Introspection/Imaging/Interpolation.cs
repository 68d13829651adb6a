namespace Microsoft.ML.Introspection.Imaging;

/// <summary>How a map or an image grows.</summary>
public enum Interpolation
{
    /// <summary>Every pixel takes the nearest one's value: sharp squares.</summary>
    Nearest,

    /// <summary>Every pixel takes a weighted mean of the four around it: smooth.</summary>
    Bilinear,

    /// <summary>
    /// Every pixel takes a cubic of the sixteen around it (a = −0.75, as PyTorch and OpenCV have it): smoother, it may overshoot.
    /// </summary>
    Bicubic,
}
