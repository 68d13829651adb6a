using Microsoft.ML.Introspection.Catalog;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>An algorithm for Shapley values as the command line offers it. Those of the library's catalog are taken from there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Options">Its options.</param>
/// <param name="Method">The method of the catalog that it is; null for what the catalog does not have.</param>
internal sealed record ShapAlgorithm(string Name, string Summary, IReadOnlyList<MethodOption> Options, MethodDescription? Method = null)
{
    /// <summary>How many features or groups all coalitions are taken of where nothing else is asked.</summary>
    public const int ExactUpTo = 10;

    /// <summary>The name of the option that says what keeps together.</summary>
    public const string HierarchyName = "hierarchy";

    private const string SelectionName = "selection";

    private const string Suffix = "-shap";

    // The command has its own words for these.
    private static readonly string[] SaidOtherwise = ["baseline", "groups", "spread"];

    private static readonly MethodOption Hierarchy = new(HierarchyName,
        "What keeps together: features that are correlated over the background, those that stand side by side, or whichever is possible; pixels of images are halved across the longer side.",
        ["auto", "correlation", "order"], "auto");

    private static readonly MethodOption Selected = new(SelectionName, "Which features get a value, the others 0: none to leave out none, a number of them, aic or bic.", null, "none");

    private static readonly DescribedRecord OfLinearModels = new(typeof(LinearShapOptions));

    /// <summary>What suits the model.</summary>
    public static ShapAlgorithm Auto { get; } = new("auto",
        $"Trees: tree. Networks and pipelines: exact for up to {ExactUpTo} features or groups of them, else permutation.", OfCatalog("permutation").Options);

    /// <summary>The algorithm of trees.</summary>
    public static ShapAlgorithm Tree { get; } = new("tree",
        "Exact Shapley values of trees, path-dependent, or against a background where one is given (Lundberg et al. 2020). Of ML.NET's pipelines: of the slots of the model's feature column.", []);

    /// <summary>The algorithm of linear models.</summary>
    public static ShapAlgorithm Linear { get; } = new("linear",
        "Exact Shapley values of linear models (Lundberg, Lee 2017). Of ML.NET's pipelines: of the slots of the model's feature column.",
        OfLinearModels.Options);

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<ShapAlgorithm> All { get; } =
    [
        Auto, Tree, Linear,
        .. MethodCatalog.All.Where(m => m.Name.EndsWith(Suffix, StringComparison.Ordinal)).Select(m => OfCatalog(m.Name[..^Suffix.Length])),
    ];

    /// <summary>Whether it asks nothing of a model but scores.</summary>
    public bool IsForAnyModel => this == Auto || Method is not null && MethodCatalog.Create(Method.Name) is CoalitionMethod;

    /// <summary>Those that ask nothing of a model but scores, for messages.</summary>
    public static string ListOfThoseForAnyModel => string.Join(", ", All.Where(a => a != Auto && a.IsForAnyModel).Select(a => a.Name));

    /// <summary>Finds one and checks the options.</summary>
    /// <exception cref="ArgumentException">There is no such algorithm, option or value.</exception>
    public static ShapAlgorithm Find(string name, IReadOnlyDictionary<string, string> options)
    {
        var algorithm = All.FirstOrDefault(a => a.Name == name)
            ?? throw new ArgumentException($"There is no algorithm '{name}'; there are {string.Join(", ", All.Select(a => a.Name))}.");
        foreach (var (option, value) in options)
        {
            var known = algorithm.Options.FirstOrDefault(o => o.Name == option) ?? throw new ArgumentException(
                $"The algorithm {name} has no option '{option}'{(algorithm.Options.Count == 0 ? "" : $"; it has {string.Join(", ", algorithm.Options.Select(o => o.Name))}")}. " +
                $"It belongs to {string.Join(", ", All.Where(a => a.Options.Any(o => o.Name == option)).Select(a => a.Name))}.");
            if (known.Values is { } values && !values.Contains(value))
                throw new ArgumentException($"The option '{option}' of {name} takes {string.Join(", ", values)}; '{value}' was given.");
        }
        // What the method refuses is refused here, before any file is read.
        _ = algorithm.Method is not null || algorithm == Auto ? algorithm.Make(options) : null;
        _ = algorithm == Linear ? OfLinear(options) : null;
        return algorithm;
    }

    /// <summary>The method of the catalog.</summary>
    /// <param name="options">The options that are given.</param>
    /// <param name="players">How many features or groups there are; where the algorithm depends on it.</param>
    public AttributionMethod Make(IReadOnlyDictionary<string, string> options, int players = int.MaxValue)
    {
        var method = Method ?? (players <= ExactUpTo ? OfCatalog("exact") : OfCatalog("permutation")).Method!;
        var made = MethodCatalog.Create(method.Name, options.Where(o => method.Options.Any(m => m.Name == o.Key)).ToDictionary());
        return made is KernelShap kernel && options.TryGetValue(SelectionName, out var selection) ? kernel with { Selection = Selection.Parse(selection) } : made;
    }

    /// <summary>The options of <see cref="Linear"/>.</summary>
    public static LinearShapOptions OfLinear(IReadOnlyDictionary<string, string> options)
    {
        return (LinearShapOptions)OfLinearModels.Create(Linear.Options.ToDictionary(o => o.Name, o => options.GetValueOrDefault(o.Name, o.Default)));
    }

    private static ShapAlgorithm OfCatalog(string name)
    {
        var method = MethodCatalog.All.Single(m => m.Name == name + Suffix);
        // What depends on the rows that are explained, or on the background, is no option of a graph.
        MethodOption[] further = name switch
        {
            "kernel" => [Selected],
            "partition" => [Hierarchy],
            _ => [],
        };
        return new(name, method.Summary, [.. method.Options.Where(o => !SaidOtherwise.Contains(o.Name)), .. further], method);
    }
}
