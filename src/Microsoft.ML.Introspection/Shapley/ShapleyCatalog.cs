using System.Globalization;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>The methods of this room that a graph can hold, as a text interface offers them.</summary>
internal static class ShapleyCatalog
{
    private const string Automatic = "auto";
    private const string Means = "means";

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
        ["banzhaf"] = QiiMeasure.Banzhaf,
        ["unary"] = QiiMeasure.Unary,
    };

    private static readonly MethodOption Seed = new("seed", "Other samples for every seed.", null, "1");

    private static readonly MethodOption AgainstBackground = new(
        "baseline", "What the input is compared with: zero, a number, blur:SIGMA, or a .npy file of a row or of several, the background; several with commas between them are averaged over.", null, "zero");

    // What all games of features have in common.
    private static readonly MethodOption[] OfGames =
    [
        new("groups", "A .npy file of whole numbers of the shape of a row: the group of every element; the elements of a group play as one. Nothing for each by itself.", null, ""),
        new("spread", "With groups: whether every element gets an even share of what its group gets, in the place of one number for each group.", ["true", "false"], "false"),
        new("baseline", "Where the values of absent features come from: zero, a number, blur:SIGMA, means for those of each group, or a .npy file of a row or of several, the background; several with commas between them are averaged over.", null, "zero"),
    ];

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<MethodDescription> Methods { get; } =
    [
        Describe("exact-shap", $"Shapley values from all coalitions of up to {ExactShap.MaximumPlayers} features or groups (Shapley 1953).", _ => new ExactShap()),
        Describe("kernel-shap", "Shapley values by a weighted regression over coalitions of features (Lundberg, Lee 2017).",
            options => new KernelShap(options["samples"] == Automatic ? null : options.Integer("samples"), options.Integer("seed")),
            new MethodOption("samples", "How many coalitions are evaluated; auto for 2,048 and two for each feature.", null, Automatic), Seed),
        Describe("permutation-shap", "Shapley values as the mean gain when features join in random orders, forwards and backwards (Castro et al. 2009).",
            options => new PermutationShap(options.Integer("permutations"), options.Integer("seed")),
            new MethodOption("permutations", "How many orders are walked in both directions.", null, Default(new PermutationShap().Permutations)), Seed),
        Describe("sampling-shap", "The same with one background row for each order: for large backgrounds (Štrumbelj, Kononenko 2014).",
            options => new SamplingShap(options.Integer("samples"), options.Integer("seed")),
            new MethodOption("samples", "How many orders, each with a background row.", null, Default(new SamplingShap().Samples)), Seed),
        Describe("partition-shap", "Shapley values through a hierarchy of halves: of images, texts, and tables in their order (Owen 1977).",
            options => new PartitionShap(MaximumEvaluations: options.Integer("evaluations")),
            new MethodOption("evaluations", "How many coalitions are evaluated at most; coarse levels come first.", null, Default(new PartitionShap().MaximumEvaluations))),
        new("gradient-shap", "The gradient expected over ways from background rows, times the way: integrated gradients without a single baseline (Erion et al. 2021).",
            [
                new("samples", "How many gradients are taken; with quadrature how many for each background row.", null, Default(new GradientShap().Samples)),
                new("draws", "Where: spread evenly over rows and ways, drawn independently, or at all rows by Gauss and Legendre's rule.", [.. Draws.Keys], "stratified"),
                new("input-noise", "The standard deviation of noise that is added to the input in every sample.", null, "0"),
                AgainstBackground, Seed,
            ],
            options => new GradientShap(options.Integer("samples"), Draws[options["draws"]], options.Integer("seed"))
            {
                Baseline = options.Baseline("baseline"),
                Noise = options.Number("input-noise"),
            }),
        new("deep-shap", "DeepLIFT averaged over background rows (Lundberg, Lee 2017).",
            [AgainstBackground, AttributionCatalog.DeepLiftOption],
            options => new DeepShap { Baseline = options.Baseline("baseline"), Rule = AttributionCatalog.DeepLiftRules[options["rule"]] }),
        Describe("lime", "The weights of a linear model that follows the score as parts of the input come and go (Ribeiro et al. 2016).",
            options => new Lime(options.Integer("samples"), options.Integer("seed"))
            {
                Sampling = Samplings[options["sampling"]], KernelWidth = options.Number("kernel-width"), Ridge = options.Number("ridge"),
            },
            new MethodOption("samples", "How many samples.", null, Default(new Lime().Samples)),
            new MethodOption("sampling", "Who is left: a coin for each, as for images, or first how many, as for texts.", [.. Samplings.Keys], "coins"),
            new MethodOption("kernel-width", "How far the neighbourhood reaches, as a cosine distance.", null, "0.25"),
            new MethodOption("ridge", "The penalty of the weights.", null, "1"), Seed),
        Describe("qii", "Quantitative input influence: what the score loses when features are drawn anew, aggregated (Datta et al. 2016).",
            options => new Qii(Measures[options["measure"]], options.Integer("samples"), options.Integer("seed")),
            new MethodOption("measure", "The Shapley value, the Banzhaf index, or each feature alone.", [.. Measures.Keys], "shapley"),
            new MethodOption("samples", "How many orders or sets are drawn, unless all are no more.", null, Default(new Qii().Samples)), Seed),
    ];

    private static MethodDescription Describe(string name, string summary, Func<IReadOnlyDictionary<string, string>, CoalitionMethod> create, params IEnumerable<MethodOption> own) =>
        new(name, summary, [.. own, .. OfGames], options => create(options) with
        {
            Groups = options.IntegerTensor("groups"),
            Spread = options["spread"] == "true",
            Baseline = options["baseline"] == Means ? MeansOf(options.IntegerTensor("groups")) : options.Baseline("baseline"),
        });

    private static Baseline MeansOf(Tensor? groups) => groups is null
        ? throw new ArgumentException($"The baseline '{Means}' is that of groups: give the option 'groups'.")
        : Baseline.MeansOf(groups);

    private static string Default(int number) => number.ToString(CultureInfo.InvariantCulture);
}
