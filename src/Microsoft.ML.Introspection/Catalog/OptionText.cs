using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Catalog;

/// <summary>The values of options as texts.</summary>
internal static partial class OptionText
{
    // The baseline that consists of the means of groups, which another option tells.
    private const string Means = "means";
    private const string Groups = "groups";

    /// <summary>A name in kebab case: <c>KernelWidth</c> is <c>kernel-width</c>.</summary>
    public static string Kebab(string name) => WordStart().Replace(name, "-$1").ToLowerInvariant();

    /// <summary>The texts of all values of a type; null where any text may do.</summary>
    public static IReadOnlyList<string>? ValuesOf(Type type) => type == typeof(bool) ? ["true", "false"]
        : type.IsEnum ? [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(NameOf)]
        : null;

    /// <summary>The texts of all options: what is given, checked, and defaults for the others.</summary>
    /// <param name="of">Whose options they are: "method saliency".</param>
    /// <param name="options">The options.</param>
    /// <param name="given">The texts that are given, by name.</param>
    /// <param name="advice">What else is said of an option that is not there.</param>
    /// <exception cref="ArgumentException">There is no such option or value; the message lists those there are.</exception>
    public static Dictionary<string, string> All(string of, IReadOnlyList<MethodOption> options, IReadOnlyDictionary<string, string> given,
        Func<string, string>? advice = null)
    {
        foreach (var (option, value) in given)
        {
            var known = options.FirstOrDefault(o => o.Name == option) ?? throw new ArgumentException(
                $"The {of} has no option "
                    + $"'{option}'{(options.Count == 0 ? "" : $"; it has {string.Join(", ", options.Select(o => o.Name))}")}."
                    + advice?.Invoke(option), nameof(given));
            if (known.Values is { } values && !values.Contains(value))
                throw new ArgumentException($"The option '{option}' of {of[(of.IndexOf(' ') + 1)..]} takes {string.Join(", ", values)}; "
                    + $"'{value}' was given.", nameof(given));
        }
        return options.ToDictionary(o => o.Name, o => given.GetValueOrDefault(o.Name, o.Default));
    }

    /// <summary>The text of a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="absent">What stands for null.</param>
    public static string Of(object? value, string? absent) => value switch
    {
        null => absent ?? "",
        bool flag => flag ? "true" : "false",
        Enum choice => NameOf(choice.GetType().GetField(choice.ToString())!),
        Baseline baseline when baseline == Baseline.Zero => "zero",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>Reads the text of an option.</summary>
    /// <param name="texts">All options' texts, by name.</param>
    /// <param name="name">The option.</param>
    /// <param name="type">The type of its value.</param>
    /// <param name="absent">What stands for null.</param>
    /// <exception cref="ArgumentException">It is no value of that type.</exception>
    public static object? Read(IReadOnlyDictionary<string, string> texts, string name, Type type, string? absent)
    {
        var text = texts[name];
        if (text == absent)
            return null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
            return Enum.Parse(type, type.GetFields(BindingFlags.Public | BindingFlags.Static).First(f => NameOf(f) == text).Name);
        return type == typeof(int) ? Integer(name, text)
            : type == typeof(double) ? Number(name, text)
            : type == typeof(bool) ? text == "true"
            : type == typeof(string) ? text
            : type == typeof(IReadOnlyList<int>) ? Integers(name, text)
            : type == typeof(Tensor) ? IntegerTensor(name, text)
            : type == typeof(Baseline)
            ? text == Means && texts.TryGetValue(Groups, out var groups) ? MeansOf(groups) : BaselineOf(name, text)
            : throw new NotSupportedException($"The option '{name}' is a {type.Name}, of which texts know nothing.");
    }

    private static int Integer(string name, string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new ArgumentException($"The option '{name}' takes a whole number; '{text}' was given.");

    private static double Number(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new ArgumentException($"The option '{name}' takes a number; '{text}' was given.");

    private static int[] Integers(string name, string text) =>
    [
        .. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArgumentException(
                $"The option '{name}' takes whole numbers with commas between them, such as 8,8; '{text}' was given.")),
    ];

    private static Baseline BaselineOf(string name, string text)
    {
        try
        {
            return Baseline.Parse(text);
        }
        catch (Exception e) when (e is FormatException or IOException or ArgumentOutOfRangeException)
        {
            throw new ArgumentException($"The option '{name}': {e.Message}", e);
        }
    }

    private static Baseline MeansOf(string groups) => groups.Length > 0 ? Baseline.MeansOf(IntegerTensor(Groups, groups))
        : throw new ArgumentException($"The baseline '{Means}' is that of groups: give the option '{Groups}'.");

    private static Tensor IntegerTensor(string name, string file)
    {
        try
        {
            var array = NpyArray.Load(file);
            return Tensor.From(array.ToInt64s(), [.. array.Shape.Select(d => (long)d)]);
        }
        catch (Exception e) when (e is FormatException or IOException or InvalidOperationException or OverflowException)
        {
            throw new ArgumentException($"The option '{name}' takes a .npy file of whole numbers. {e.Message}", e);
        }
    }

    private static string NameOf(FieldInfo value) => value.GetCustomAttribute<OptionAttribute>()?.Name ?? Kebab(value.Name);

    [GeneratedRegex("(?<=.)([A-Z])")]
    private static partial Regex WordStart();
}
