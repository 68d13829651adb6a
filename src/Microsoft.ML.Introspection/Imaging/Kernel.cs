namespace Microsoft.ML.Introspection.Imaging;

/// <summary>A kernel of a resampling, and how far from its middle it reaches.</summary>
internal sealed record Kernel(double Reach, Func<double, double> At)
{
    /// <summary>The kernels of Pillow.</summary>
    public static Kernel Of(ResizeFilter filter) => filter switch
    {
        ResizeFilter.Box => new(0.5, x => x is > -0.5 and <= 0.5 ? 1 : 0),
        ResizeFilter.Bilinear => new(1, x => Math.Max(0, 1 - Math.Abs(x))),
        ResizeFilter.Hamming => new(1, Hamming),
        ResizeFilter.Bicubic => new(2, x => Cubic(x, -0.5)),
        ResizeFilter.Lanczos => new(3, x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "It has no kernel."),
    };

    /// <summary>Keys' cubic convolution.</summary>
    public static double Cubic(double x, double a)
    {
        x = Math.Abs(x);
        return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double Hamming(double x)
    {
        x = Math.Abs(x);
        return x == 0 ? 1 : x >= 1 ? 0 : Sinc(x) * (0.54 + 0.46 * Math.Cos(x * Math.PI));
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
