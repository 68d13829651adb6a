using System.Globalization;
using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>The methods of this room that a graph can hold, as a text interface offers them.</summary>
internal static class ShapleyCatalog
{
    private const string Automatic = "auto";

    private static readonly MethodOption Seed = new("seed", "Other samples for every seed.", null, "1");

    // What all games of features have in common.
    private static readonly MethodOption[] OfGames =
    [
        new("groups", "A .npy file of whole numbers of the shape of a row: the group of every element; the elements of a group play as one. Nothing for each by itself.", null, ""),
        new("spread", "With groups: whether every element gets an even share of what its group gets, in the place of one number for each group.", ["true", "false"], "false"),
        new("baseline", "Where the values of absent features come from: zero, a number, blur:SIGMA, or a .npy file of a row or of several, the background; several with commas between them are averaged over.", null, "zero"),
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
    ];

    private static MethodDescription Describe(string name, string summary, Func<IReadOnlyDictionary<string, string>, CoalitionMethod> create, params IEnumerable<MethodOption> own) =>
        new(name, summary, [.. own, .. OfGames], options => create(options) with
        {
            Groups = options.IntegerTensor("groups"),
            Spread = options["spread"] == "true",
            Baseline = options.Baseline("baseline"),
        });

    private static string Default(int number) => number.ToString(CultureInfo.InvariantCulture);
}
