using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Catalog;

/// <summary>An algorithm for Shapley values as a text interface offers it.</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Options">Its options.</param>
public sealed record AlgorithmDescription(ShapAlgorithm Algorithm, string Summary, IReadOnlyList<MethodOption> Options)
{
    /// <summary>Its name.</summary>
    public string Name => Algorithm.ToString().ToLowerInvariant();
}

/// <summary>
/// The one list of algorithms for Shapley values of any model. Those that are methods for networks too are taken from
/// <see cref="MethodCatalog"/>.
/// </summary>
public static class AlgorithmCatalog
{
    private const string Suffix = "-shap", Selected = "selection", Hierarchical = "hierarchy";

    // Whoever asks for rows of numbers has other words for these.
    private static readonly string[] SaidOtherwise = ["baseline", "groups", "spread"];

    private static readonly DescribedRecord OfLinearModels = new(typeof(LinearShapOptions));

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<AlgorithmDescription> All { get; } =
    [
        new(ShapAlgorithm.Auto,
            $"Trees: tree. Networks and pipelines: exact for up to {AlgorithmChoice.ExactUpTo} features or groups of them, else "
                + "permutation.", OptionsOf(ShapAlgorithm.Permutation)),
        new(ShapAlgorithm.Tree,
            "Exact Shapley values of trees, path-dependent, or against a background where one is given (Lundberg et al. 2020). Of "
                + "ML.NET's pipelines: of the slots of the model's feature column.", []),
        new(ShapAlgorithm.Linear,
            "Exact Shapley values of linear models (Lundberg, Lee 2017). Of ML.NET's pipelines: of the slots of the model's feature "
                + "column.",
            OfLinearModels.Options),
        .. MethodCatalog.All.Where(m => m.Name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(m => (Algorithm: Enum.Parse<ShapAlgorithm>(m.Name[..^Suffix.Length], ignoreCase: true), m.Summary))
            .Select(m => new AlgorithmDescription(m.Algorithm, m.Summary, OptionsOf(m.Algorithm))),
    ];

    /// <summary>Makes the choice from an algorithm's name and some of its options; the others take their defaults.</summary>
    /// <exception cref="ArgumentException">There is no such algorithm, option or value; the message lists those there are.</exception>
    public static AlgorithmChoice Create(string name, IReadOnlyDictionary<string, string>? options = null)
    {
        options ??= new Dictionary<string, string>();
        var described = All.FirstOrDefault(a => a.Name == name)
            ?? throw new ArgumentException($"There is no algorithm '{name}'; there are {string.Join(", ", All.Select(a => a.Name))}.",
                nameof(name));
        var all = OptionText.All($"algorithm {name}", described.Options, options,
            option => $" It belongs to {string.Join(", ", All.Where(a => a.Options.Any(o => o.Name == option)).Select(a => a.Name))}.");
        return described.Algorithm switch
        {
            ShapAlgorithm.Auto => new AlgorithmChoice { ForMany = (PermutationShap)Method(ShapAlgorithm.Permutation, options) },
            ShapAlgorithm.Tree => new AlgorithmChoice { Algorithm = ShapAlgorithm.Tree },
            ShapAlgorithm.Linear =>
                new AlgorithmChoice { Algorithm = ShapAlgorithm.Linear, Linear = (LinearShapOptions)OfLinearModels.Create(all) },
            var algorithm => new AlgorithmChoice
            {
                Algorithm = algorithm,
                Method = Method(algorithm, options) switch
                {
                    KernelShap kernel => kernel with { Selection = Selection.Parse(all[Selected]) },
                    var method => method,
                },
                Hierarchy = all.ContainsKey(Hierarchical)
                    ? (FeatureHierarchy)OptionText.Read(all, Hierarchical, typeof(FeatureHierarchy), null)! : FeatureHierarchy.Order,
            },
        };
    }

    private static MethodDescription Described(ShapAlgorithm algorithm) =>
        MethodCatalog.All.Single(m => m.Name == algorithm.ToString().ToLowerInvariant() + Suffix);

    private static AttributionMethod Method(ShapAlgorithm algorithm, IReadOnlyDictionary<string, string> options)
    {
        var method = Described(algorithm);
        return MethodCatalog.Create(method.Name, options.Where(o => method.Options.Any(m => m.Name == o.Key)).ToDictionary());
    }

    // What depends on the rows that are explained, or on the background, is no option of a graph.
    private static IReadOnlyList<MethodOption> OptionsOf(ShapAlgorithm algorithm) =>
    [
        .. Described(algorithm).Options.Where(o => !SaidOtherwise.Contains(o.Name)),
        .. algorithm switch
        {
            ShapAlgorithm.Kernel => [new(Selected, "Which features get a value, the others 0: none to leave out none, a number of them, "
                + "aic or bic.", null, "none")],
            ShapAlgorithm.Partition => [new(Hierarchical,
                "What keeps together: features that are correlated over the background, those that stand side by side, or whichever is "
                    + "possible; pixels of images are halved across the longer side.",
                OptionText.ValuesOf(typeof(FeatureHierarchy)), "auto")],
            _ => (MethodOption[])[],
        },
    ];
}
