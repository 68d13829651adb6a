using System.Globalization;
using Microsoft.ML.Introspection.Differentiation.Relevance;

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

    private static readonly Dictionary<string, DeepLiftRule> DeepLiftRules = new()
    {
        ["rescale"] = DeepLiftRule.Rescale,
        ["reveal-cancel"] = DeepLiftRule.RevealCancel,
    };

    /// <summary>All methods.</summary>
    public static IReadOnlyList<MethodDescription> All { get; } =
    [
        new("saliency", "The gradient of the score by the input (Simonyan et al. 2013).",
            [new("form", "What is kept of the gradient.", [.. Forms.Keys], "signed")],
            options => new Saliency(Forms[options["form"]])),
        new("input-x-gradient", "The input times the gradient: first-order shares in the score (Shrikumar et al. 2016).",
            [], _ => new InputXGradient()),
        new("lrp", "Layer-wise relevance propagation: the score shared out layer by layer (Bach et al. 2015).",
            [
                new("composite", "Which layers follow which rule.", [.. RelevanceComposites.ByName.Keys], "epsilon-plus"),
                new("epsilon", "The ε of the ε-rule.", null, "1e-6"),
                new("gamma", "The γ of the γ-rule.", null, "0.25"),
                new("low", "The smallest value an input may take, for the box rule.", null, "0"),
                new("high", "The largest value an input may take, for the box rule.", null, "1"),
            ],
            options => new LayerwiseRelevance(RelevanceComposites.ByName[options["composite"]](new RelevanceSettings(
                Number(options, "epsilon"), Number(options, "gamma"), Number(options, "low"), Number(options, "high"))))),
        new("deep-lift", "DeepLIFT: what the differences from a baseline do to the score (Shrikumar et al. 2017).",
            [
                new("baseline", "Every element of the baseline: zero, or a number.", null, "zero"),
                new("rule", "How activations are taken; reveal-cancel is for those behind dense layers.", [.. DeepLiftRules.Keys], "rescale"),
            ],
            options => new DeepLift(options["baseline"] == "zero" ? 0 : Number(options, "baseline")) { Rule = DeepLiftRules[options["rule"]] }),
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

    private static double Number(IReadOnlyDictionary<string, string> options, string name) =>
        double.TryParse(options[name], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new ArgumentException($"The option '{name}' takes a number; '{options[name]}' was given.", nameof(options));
}
