namespace Microsoft.ML.Introspection.Attribution;

/// <summary>An option of a method as a text interface offers it.</summary>
/// <param name="Name">The option's name in kebab case, without dashes before it.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Values">The values it takes; null where any text may do.</param>
/// <param name="Default">The value where it is not given.</param>
public sealed record MethodOption(string Name, string Summary, IReadOnlyList<string>? Values, string Default);

/// <summary>A method as a text interface offers it.</summary>
/// <param name="Name">The method's name in kebab case.</param>
/// <param name="Summary">What it gives, in one line.</param>
/// <param name="Options">Its options.</param>
/// <param name="Create">Makes the method from the values of its options, by name; all are given.</param>
public sealed record MethodDescription(
    string Name, string Summary, IReadOnlyList<MethodOption> Options, Func<IReadOnlyDictionary<string, string>, AttributionMethod> Create);

/// <summary>The one list of methods, from which the command line and the documentation take theirs.</summary>
public static class MethodCatalog
{
    private static readonly Dictionary<string, SaliencyForm> Forms = new()
    {
        ["signed"] = SaliencyForm.Signed,
        ["absolute"] = SaliencyForm.Absolute,
        ["channel-maximum"] = SaliencyForm.ChannelMaximum,
    };

    /// <summary>All methods.</summary>
    public static IReadOnlyList<MethodDescription> All { get; } =
    [
        new("saliency", "The gradient of the score by the input (Simonyan et al. 2013).",
            [new("form", "What is kept of the gradient.", [.. Forms.Keys], "signed")],
            options => new Saliency(Forms[options["form"]])),
        new("input-x-gradient", "The input times the gradient: first-order shares in the score (Shrikumar et al. 2016).",
            [], _ => new InputXGradient()),
        new("guided-backprop", "The gradient, of which each ReLU hands back only the positive part where it was active (Springenberg et al. 2014).",
            [], _ => new GuidedBackprop()),
        new("deconvnet", "The score sent back through the transposed network, each ReLU applied to what comes back (Zeiler, Fergus 2013).",
            [], _ => new DeconvNet()),
        .. ActivationMapCatalog.Methods,
    ];

    /// <summary>Makes a method from its name and some of its options; the others take their defaults.</summary>
    /// <exception cref="ArgumentException">There is no such method, option, or value; the message lists those there are.</exception>
    public static AttributionMethod Create(string name, IReadOnlyDictionary<string, string>? options = null)
    {
        var method = All.FirstOrDefault(m => m.Name == name)
            ?? throw new ArgumentException($"There is no method '{name}'; there are {string.Join(", ", All.Select(m => m.Name))}.", nameof(name));
        options ??= new Dictionary<string, string>();
        foreach (var (option, value) in options)
        {
            var known = method.Options.FirstOrDefault(o => o.Name == option)
                ?? throw new ArgumentException($"The method {name} has no option '{option}'{(method.Options.Count == 0 ? "" : $"; it has {string.Join(", ", method.Options.Select(o => o.Name))}")}.", nameof(options));
            if (known.Values is { } values && !values.Contains(value))
                throw new ArgumentException($"The option '{option}' of {name} takes {string.Join(", ", values)}; '{value}' was given.", nameof(options));
        }
        return method.Create(method.Options.ToDictionary(o => o.Name, o => options.GetValueOrDefault(o.Name, o.Default)));
    }
}
