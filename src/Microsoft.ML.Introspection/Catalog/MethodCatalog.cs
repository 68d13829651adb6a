using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection;

/// <summary>The one list of methods, those of all rooms, from which the command line and the documentation take theirs.</summary>
public static class MethodCatalog
{
    private static readonly Dictionary<string, SmoothForm> SmoothForms = new()
    {
        ["mean"] = SmoothForm.Mean,
        ["square"] = SmoothForm.Square,
        ["variance"] = SmoothForm.Variance,
    };

    /// <summary>All methods.</summary>
    public static IReadOnlyList<MethodDescription> All { get; } = [.. AttributionCatalog.Methods, .. ShapleyCatalog.Methods];

    /// <summary>
    /// Options that every method has, for they wrap it: <c>smooth</c> samples of it under noise. A method that has an option of
    /// the same name (a seed) shares its value.
    /// </summary>
    public static IReadOnlyList<MethodOption> Common { get; } =
    [
        new("smooth", "How many samples under noise to take of the method (SmoothGrad, Smilkov et al. 2017); 0 for the method itself.", null, "0"),
        new("noise", "With smooth: the noise's standard deviation as a share of each row's range.", null, "0.15"),
        new("smooth-form", "With smooth: what is kept; the mean, the mean of squares (SquareGrad), or the variance (VarGrad).", [.. SmoothForms.Keys], "mean"),
        new("seed", "With smooth: other noise for every seed.", null, "1"),
    ];

    /// <summary>Makes a method from its name and some of its options; the others take their defaults.</summary>
    /// <exception cref="ArgumentException">There is no such method, option, or value; the message lists those there are.</exception>
    public static AttributionMethod Create(string name, IReadOnlyDictionary<string, string>? options = null)
    {
        var method = All.FirstOrDefault(m => m.Name == name)
            ?? throw new ArgumentException($"There is no method '{name}'; there are {string.Join(", ", All.Select(m => m.Name))}.", nameof(name));
        options ??= new Dictionary<string, string>();
        MethodOption[] all = [.. method.Options, .. Common.ExceptBy(method.Options.Select(o => o.Name), o => o.Name)];
        foreach (var (option, value) in options)
        {
            var known = Array.Find(all, o => o.Name == option)
                ?? throw new ArgumentException($"The method {name} has no option '{option}'; it has {string.Join(", ", all.Select(o => o.Name))}.", nameof(options));
            if (known.Values is { } values && !values.Contains(value))
                throw new ArgumentException($"The option '{option}' of {name} takes {string.Join(", ", values)}; '{value}' was given.", nameof(options));
        }
        var chosen = all.ToDictionary(o => o.Name, o => options.GetValueOrDefault(o.Name, o.Default));
        var made = method.Create(chosen);
        return chosen.Integer("smooth") == 0
            ? made
            : new Smooth(made, chosen.Integer("smooth"), chosen.Number("noise"), SmoothForms[chosen["smooth-form"]], chosen.Integer("seed"));
    }
}
