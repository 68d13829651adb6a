using System.Globalization;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Arguments of the form <c>NAME=VALUE</c>.</summary>
internal static class Assignment
{
    /// <summary>Splits at the last '=': names in models hold about any character, the values here none.</summary>
    public static (string Name, string Value) Split(string text, string option, string example)
    {
        var at = text.LastIndexOf('=');
        return at > 0 && at < text.Length - 1
            ? (text[..at], text[(at + 1)..])
            : throw new UsageException($"{option} takes {example}; '{text}' was given.");
    }

    /// <summary>Many of them by name.</summary>
    public static Dictionary<string, T> ToDictionary<T>(IEnumerable<string> texts, string option, string example, Func<string, T?> parse)
        where T : class
    {
        var result = new Dictionary<string, T>();
        foreach (var text in texts)
        {
            var (name, value) = Split(text, option, example);
            if (!result.TryAdd(name, parse(value) ?? throw new UsageException($"{option} takes {example}; '{text}' was given.")))
                throw new UsageException($"{option} is given twice for '{name}'.");
        }
        return result;
    }

    /// <summary>A number, numbers with commas between them, or an array in a file; null where the text is something else.</summary>
    public static Tensor? Numbers(string text)
    {
        if (text.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            var array = NpyArray.Load(text);
            return Tensor.From(array.ToDoubles(), [.. array.Shape.Select(d => (long)d)]);
        }
        var parts = text.Split(',');
        var numbers = new double[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
        return numbers is [var only] ? Tensor.Scalar(only) : Tensor.Vector<double>(numbers);
    }

    /// <summary>Positive whole numbers with commas between them; null where the text is something else.</summary>
    public static long[]? Extents(string text)
    {
        var extents = Array.ConvertAll(text.Split(','), part =>
            long.TryParse(part, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture,
                out var extent) ? extent : 0);
        return Array.TrueForAll(extents, e => e > 0) ? extents : null;
    }
}
