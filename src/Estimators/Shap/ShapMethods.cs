using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Which method the options mean.</summary>
internal static class ShapMethods
{
    // 1,024 coalitions.
    private const int ExactPlayers = 10;

    /// <summary>The method for a model that can only be asked for scores.</summary>
    /// <exception cref="ArgumentException">The options mean none of these.</exception>
    public static CoalitionMethod ForScores(ShapOptions options, ShapPlayers players, string model)
    {
        var method = options.Method switch
        {
            CoalitionMethod own => own,
            null => Named(options.Algorithm, players.Count) as CoalitionMethod
                ?? throw new ArgumentException($"{model} can only be asked for scores, which {nameof(ShapAlgorithm)}.{options.Algorithm} cannot do with. Choose Exact, Kernel, Permutation, Sampling or Partition.", nameof(options)),
            var other => throw new ArgumentException($"{model} can only be asked for scores, which {other} cannot do with. Choose a method of coalitions, such as {nameof(KernelShap)}.", nameof(options)),
        };
        return Grouped(method, players);
    }

    /// <summary>The method for a network.</summary>
    /// <param name="options">The options.</param>
    /// <param name="players">Who plays.</param>
    /// <param name="background">Rows of the explained input, [B, row…].</param>
    /// <exception cref="ArgumentException">The options mean none for networks.</exception>
    public static AttributionMethod ForNetwork(ShapOptions options, ShapPlayers players, Baseline background)
    {
        AttributionMethod method = (options.Method ?? Named(options.Algorithm, players.Count)) switch
        {
            CoalitionMethod coalitions => Grouped(coalitions, players) with { Baseline = background },
            DeepShap deep => deep with { Baseline = background },
            GradientShap gradient => gradient with { Baseline = background },
            null => throw new ArgumentException($"A network is neither made of trees nor linear; {nameof(ShapAlgorithm)}.{options.Algorithm} cannot explain it.", nameof(options)),
            var other => throw new ArgumentException($"{other} gives no Shapley values. Take it by its own name (mlContext.Transforms.Attribution).", nameof(options)),
        };
        return players.Groups is null || method is CoalitionMethod ? method
            : throw new ArgumentException("Groups of slots can be one feature of methods of coalitions (Exact, Kernel, Permutation, Sampling, Partition) only. Leave the groups out and add up the slots' values.", nameof(options));
    }

    /// <summary>Whether the options leave it to trees and linear models to be explained exactly.</summary>
    public static bool IsExact(ShapOptions options, ShapAlgorithm kind) => options.Method is null && (options.Algorithm == ShapAlgorithm.Auto || options.Algorithm == kind);

    private static AttributionMethod? Named(ShapAlgorithm algorithm, int players) => algorithm switch
    {
        ShapAlgorithm.Auto => players <= ExactPlayers ? new ExactShap() : new PermutationShap(),
        ShapAlgorithm.Exact => new ExactShap(),
        ShapAlgorithm.Kernel => new KernelShap(),
        ShapAlgorithm.Permutation => new PermutationShap(),
        ShapAlgorithm.Sampling => new SamplingShap(),
        ShapAlgorithm.Partition => new PartitionShap(),
        ShapAlgorithm.Deep => new DeepShap(),
        ShapAlgorithm.Gradient => new GradientShap(),
        _ => null,
    };

    private static CoalitionMethod Grouped(CoalitionMethod method, ShapPlayers players) => players.AsTensor is { } groups
        ? method with { Groups = groups, GroupNames = null, Spread = false }
        : method.Groups is null ? method : throw new ArgumentException($"Groups are given with {nameof(ShapOptions)}.{nameof(ShapOptions.Groups)}, where they have names, not with the method.", nameof(method));
}
