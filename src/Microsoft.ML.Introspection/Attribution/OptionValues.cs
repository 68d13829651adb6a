using System.Globalization;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Attribution;

/// <summary>Reads the values of options, which arrive as texts.</summary>
internal static class OptionValues
{
    /// <summary>A whole number.</summary>
    public static int Integer(this IReadOnlyDictionary<string, string> options, string name) =>
        int.TryParse(options[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArgumentException($"The option '{name}' takes a whole number; '{options[name]}' was given.");

    /// <summary>A number.</summary>
    public static double Number(this IReadOnlyDictionary<string, string> options, string name) =>
        double.TryParse(options[name], NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArgumentException($"The option '{name}' takes a number; '{options[name]}' was given.");

    /// <summary>Whole numbers with commas between them; null for an empty text.</summary>
    public static int[]? Integers(this IReadOnlyDictionary<string, string> options, string name) => options[name].Length == 0 ? null
        : [.. options[name].Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArgumentException($"The option '{name}' takes whole numbers with commas between them, such as 8,8; '{options[name]}' was given."))];

    /// <summary>A baseline.</summary>
    public static Baseline Baseline(this IReadOnlyDictionary<string, string> options, string name)
    {
        try
        {
            return Attribution.Baseline.Parse(options[name]);
        }
        catch (Exception e) when (e is FormatException or IOException or ArgumentOutOfRangeException)
        {
            throw new ArgumentException($"The option '{name}': {e.Message}", e);
        }
    }

    /// <summary>A tensor of whole numbers from a <c>.npy</c> file; null for an empty text.</summary>
    public static Tensor? IntegerTensor(this IReadOnlyDictionary<string, string> options, string name)
    {
        if (options[name].Length == 0)
            return null;
        try
        {
            var array = NpyArray.Load(options[name]);
            return Tensor.From(array.ToInt64s(), [.. array.Shape.Select(d => (long)d)]);
        }
        catch (Exception e) when (e is FormatException or IOException or InvalidOperationException or OverflowException)
        {
            throw new ArgumentException($"The option '{name}' takes a .npy file of whole numbers. {e.Message}", e);
        }
    }
}
