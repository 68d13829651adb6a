using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Imaging;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>Numbers as a page carries them for its script: sixteen bits between their extremes, of which the last is NaN.</summary>
/// <param name="Low">The smallest of the finite ones.</param>
/// <param name="Step">How far the next lies above it.</param>
/// <param name="Values">The sixteen bits of each, in base 64.</param>
internal readonly record struct PackedNumbers(double Low, double Step, string Values)
{
    private const int Colors = 256;

    /// <summary>Packs numbers; infinite ones become the extremes.</summary>
    public static PackedNumbers Of(IReadOnlyList<double> values)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values)
            if (double.IsFinite(value))
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high)
            (low, high) = (0, 0);
        var step = high > low ? (high - low) / (ushort.MaxValue - 1) : 1;
        var packed = new ushort[values.Count];
        for (var i = 0; i < packed.Length; i++)
            packed[i] = double.IsNaN(values[i]) ? ushort.MaxValue : (ushort)Math.Round((Math.Clamp(values[i], low, high) - low) / step);
        return new PackedNumbers(low, step, Convert.ToBase64String(MemoryMarshal.AsBytes(packed.AsSpan())));
    }

    /// <summary>The colours of a scale as the script reads them: the hexadecimal digits of 256.</summary>
    /// <param name="at">The colour of each.</param>
    public static string Table(Func<int, Rgb> at) => string.Concat(Enumerable.Range(0, Colors).Select(i => at(i).ToString()[1..]));
}
