using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>The methods of this folder as a text interface offers them.</summary>
internal static class ShapleyCatalog
{
    private static readonly Dictionary<string, GradientShapDraws> Draws = new()
    {
        ["stratified"] = GradientShapDraws.Stratified,
        ["independent"] = GradientShapDraws.Independent,
        ["quadrature"] = GradientShapDraws.Quadrature,
    };

    private static readonly Dictionary<string, LimeSampling> Samplings = new()
    {
        ["coins"] = LimeSampling.Coins,
        ["counts"] = LimeSampling.Counts,
    };

    private static readonly Dictionary<string, QiiMeasure> Measures = new()
    {
        ["shapley"] = QiiMeasure.Shapley,
        ["unary"] = QiiMeasure.Unary,
        ["banzhaf"] = QiiMeasure.Banzhaf,
    };

    private static readonly MethodOption Spread = new("spread", "With groups: whether every element gets an even share of what its group gets.", ["true", "false"], "false");

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<MethodDescription> Methods { get; } =
    [
        OfCoalitions("kernel-shap", "Shapley values by a weighted regression over coalitions of features (Lundberg, Lee 2017).",
            options => new KernelShap(options["samples"].Length == 0 ? null : options.Integer("samples"), options.Integer("seed")) { Selection = SelectionOf(options) },
            new("samples", "How many coalitions are asked; nothing for 2,048 and two for each feature.", null, ""),
            Seed("coalitions"),
            new("selection", "Which features get a value: none to leave out none, a number of them, aic or bic. Not in a graph, where it cannot be told beforehand.", null, "none")),
        OfCoalitions("permutation-shap", "Shapley values as means over orders in which features join, each walked forwards and backwards (Mitchell et al. 2022).",
            options => new PermutationShap(options.Integer("permutations"), options.Integer("seed")),
            new("permutations", "How many orders.", null, "10"),
            Seed("orders")),
        OfCoalitions("sampling-shap", "Shapley values from orders drawn along with single background rows (Štrumbelj, Kononenko 2014).",
            options => new SamplingShap(options.Integer("samples"), options.Integer("seed")),
            new("samples", "How many draws.", null, "200"),
            Seed("draws")),
        OfCoalitions("exact-shap", "Shapley values from all coalitions of up to 16 features or groups.", _ => new ExactShap()),
        OfCoalitions("partition-shap", "Owen values: shared out between halves of the features, and halves of these, that keep together (Owen 1977).",
            options => new PartitionShap(MaximumEvaluations: options.Integer("evaluations")),
            new MethodOption("evaluations", "How many coalitions are asked at most.", null, "500")),
        new("gradient-shap", "Expected gradients: integrated gradients averaged over baselines (Erion et al. 2021).",
            [
                new("samples", "How many gradients are taken; with quadrature, from every baseline.", null, "200"),
                new("draws", "Which baselines and which points of the way.", [.. Draws.Keys], "stratified"),
                new("input-noise", "The standard deviation of noise added to the input in every sample, in its unit.", null, "0"),
                Seed("draws"),
                AttributionCatalog.AgainstBaseline,
            ],
            options => new GradientShap(options.Integer("samples"), Draws[options["draws"]], options.Integer("seed"))
            {
                Noise = options.Number("input-noise"),
                Baseline = options.Baseline("baseline"),
            }),
        new("deep-shap", "DeepLIFT averaged over baselines (Lundberg, Lee 2017).",
            [AttributionCatalog.AgainstBaseline, AttributionCatalog.ByRule],
            options => new DeepShap { Baseline = options.Baseline("baseline"), Rule = AttributionCatalog.RuleOf(options) }),
        OfCoalitions("lime", "LIME: a linear model of which features, or groups of them, are there (Ribeiro et al. 2016).",
            options => new Lime(options.Integer("samples"), options.Integer("seed"))
            {
                Sampling = Samplings[options["sampling"]],
                KernelWidth = options.Number("kernel-width"),
                Ridge = options.Number("ridge"),
            },
            new("samples", "How many samples around a row.", null, "1000"),
            new("sampling", "What is taken away: a coin for each, as with images, or first how many, as with texts.", [.. Samplings.Keys], "coins"),
            new("kernel-width", "How far the neighbourhood reaches, as a cosine distance.", null, "0.25"),
            new("ridge", "The penalty of the weights.", null, "1"),
            Seed("samples")),
        OfCoalitions("qii", "Quantitative input influence: what the score loses when features are drawn anew (Datta et al. 2016).",
            options => new Qii(Measures[options["measure"]], options.Integer("samples"), options.Integer("seed")),
            new("measure", "How influences along with others become one number.", [.. Measures.Keys], "shapley"),
            new("samples", "How many orders or sets are drawn.", null, "50"),
            Seed("draws")),
    ];

    // What all methods of coalitions take.
    private static MethodDescription OfCoalitions(
        string name, string summary, Func<IReadOnlyDictionary<string, string>, CoalitionMethod> create, params MethodOption[] own) =>
        new(name, summary, [.. own, AttributionCatalog.InGroups, Spread, AttributionCatalog.AgainstBaseline], options => create(options) with
        {
            Groups = options.IntegerTensor("groups"),
            Spread = options["spread"] == "true",
            Baseline = options.Baseline("baseline"),
        });

    private static MethodOption Seed(string what) => new("seed", $"Other {what} for every seed.", null, "1");

    private static Selection SelectionOf(IReadOnlyDictionary<string, string> options)
    {
        try
        {
            return Selection.Parse(options["selection"]);
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"The option 'selection': {e.Message}", e);
        }
    }
}
