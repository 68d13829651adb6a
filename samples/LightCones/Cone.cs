using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Imaging;

/// <summary>A light-cone that is made up: smooth noise of the size of the signal, in mK.</summary>
internal static class Cone
{
    /// <summary>Pixels along each side of the sky, and along the line of sight.</summary>
    public const int Side = 140, Length = 2350;

    /// <summary>The colours of the epoch of reionisation, from −150 mK to 30: as 21cmFAST draws it.</summary>
    public static ColorMap Colors { get; } = ColorMap.FromStops("EoR", (0, Rgb.Parse("FFFFFF")), (0.21, Rgb.Parse("FFFF00")),
        (0.42, Rgb.Parse("FFA500")), (0.63, Rgb.Parse("FF0000")), (0.86, Rgb.Parse("000000")), (0.9, Rgb.Parse("0000FF")), (1, Rgb.Parse("00FFFF")));

    /// <summary>Noise on a coarse grid, with straight lines between its points; a part of the sky where not all is wanted.</summary>
    /// <param name="file">The noise, shape [x, y, line of sight].</param>
    /// <param name="side">Pixels wanted along each side of the sky.</param>
    /// <returns>side × side × 2350 numbers in mK.</returns>
    public static float[] Field(string file, int side)
    {
        var noise = NpyArray.Load(file);
        var (values, shape) = (noise.ToDoubles(), noise.Shape.ToArray());
        foreach (var (axis, extent) in ((int, int)[])[(0, Side), (1, Side), (2, Length)])
            (values, shape[axis]) = (Interpolated(values, shape, axis, extent), extent);
        var (left, top) = (Math.Min(40, Side - side), Math.Min(60, Side - side));
        var field = new float[side * side * Length];
        for (var i = 0; i < side * side; i++)
            for (var z = 0; z < Length; z++)
                field[i * Length + z] = (float)(-60 + 45 * values[((left + i / side) * Side + top + i % side) * Length + z]);
        return field;
    }

    private static double[] Interpolated(double[] from, int[] shape, int axis, int extent)
    {
        var (outer, inner) = (shape[..axis].Aggregate(1, (a, b) => a * b), shape[(axis + 1)..].Aggregate(1, (a, b) => a * b));
        var result = new double[outer * extent * inner];
        for (var o = 0; o < outer; o++)
            for (var i = 0; i < extent; i++)
            {
                var at = (double)i * (shape[axis] - 1) / (extent - 1);
                var below = Math.Min((int)at, shape[axis] - 2);
                for (var k = 0; k < inner; k++)
                {
                    var place = (o * shape[axis] + below) * inner + k;
                    result[(o * extent + i) * inner + k] = from[place] + (at - below) * (from[place + inner] - from[place]);
                }
            }
        return result;
    }
}
