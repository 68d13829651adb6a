using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>What partition SHAP keeps together.</summary>
public enum FeatureHierarchy
{
    /// <summary>
    /// Pixels of images by halving them across the longer side; features by correlation where that can be told, else by their order.
    /// </summary>
    Auto,

    /// <summary>Features that are correlated over the background.</summary>
    Correlation,

    /// <summary>Features that stand side by side.</summary>
    Order,
}

/// <summary>
/// How a model is explained: an algorithm by its name, or a method with options of its own. Every face asks this and none decides by
/// itself.
/// </summary>
public sealed record AlgorithmChoice
{
    /// <summary>How many features or groups all coalitions are taken of where nothing else is asked: 1,024 coalitions.</summary>
    public const int ExactUpTo = 10;

    /// <summary>Those that ask nothing of a model but scores, for messages.</summary>
    internal const string ForAnyModel = "exact, kernel, permutation, sampling or partition";

    /// <summary>What suits the model.</summary>
    public static AlgorithmChoice Auto { get; } = new();

    /// <summary>The algorithm.</summary>
    public ShapAlgorithm Algorithm
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Algorithm), value, "There is no such algorithm.");
    }

    /// <summary>
    /// The algorithm with options of its own, such as <c>new KernelShap(Samples: 5000)</c>: any <see cref="CoalitionMethod"/>; for networks
    /// <see cref="DeepShap"/> and <see cref="GradientShap"/> too. Its baseline is replaced by the background. Null for the algorithm's
    /// defaults.
    /// </summary>
    public AttributionMethod? Method { get; init; }

    /// <summary>What <see cref="ShapAlgorithm.Auto"/> takes where all coalitions are too many.</summary>
    public PermutationShap ForMany { get; init => field = value ?? throw new ArgumentNullException(nameof(ForMany)); } = new();

    /// <summary>How linear models take features that depend on each other; its background is replaced.</summary>
    public LinearShapOptions Linear { get; init => field = value ?? throw new ArgumentNullException(nameof(Linear)); } = new();

    /// <summary>What partition SHAP keeps together, unless its method says it or there are groups.</summary>
    public FeatureHierarchy Hierarchy { get; init; } = FeatureHierarchy.Order;

    /// <summary>The name of the algorithm, or of the method in its place.</summary>
    public string Name =>
        Method is not null && Algorithm == ShapAlgorithm.Auto ? Method.GetType().Name : Algorithm.ToString().ToLowerInvariant();

    /// <summary>Whether it asks nothing of a model but scores.</summary>
    public bool IsForAnyModel => Method is CoalitionMethod
        || Method is null && Algorithm is ShapAlgorithm.Auto or (>= ShapAlgorithm.Exact and <= ShapAlgorithm.Partition);

    /// <summary>Whether the choice is left to us.</summary>
    internal bool IsAuto => Method is null && Algorithm == ShapAlgorithm.Auto;

    /// <summary>Whether it leaves it to a kind of model to be explained by its own algorithm.</summary>
    /// <param name="own"><see cref="ShapAlgorithm.Tree"/> or <see cref="ShapAlgorithm.Linear"/>.</param>
    public bool Leaves(ShapAlgorithm own) => Method is null && (Algorithm == ShapAlgorithm.Auto || Algorithm == own);

    /// <summary>The method for a model that can only be asked for scores.</summary>
    /// <param name="players">Who plays.</param>
    /// <param name="model">What the model is, for messages: "the pipeline".</param>
    /// <exception cref="ArgumentException">It is not for such a model.</exception>
    internal CoalitionMethod ForScores(Players players, string model) => Named(players.Count) is CoalitionMethod method
        ? Grouped(method, players)
        : throw new ArgumentException(
            $"The algorithm {Name} {(Named(1) is DeepShap or GradientShap ? "looks into networks" : "is for other models")}; {model} can "
                + "only be asked for scores. " +
            $"Take a method of coalitions: {ForAnyModel}.");

    /// <summary>The method for a network, which can be looked into.</summary>
    /// <param name="players">Who plays.</param>
    /// <param name="background">Rows of the explained input, [B, row…].</param>
    /// <exception cref="ArgumentException">It is not for networks, or not for groups.</exception>
    public AttributionMethod ForNetwork(Players players, Baseline background)
    {
        ArgumentNullException.ThrowIfNull(players);
        AttributionMethod method = Named(players.Count) switch
        {
            CoalitionMethod coalitions => Grouped(coalitions, players) with { Baseline = background },
            DeepShap deep => deep with { Baseline = background },
            GradientShap gradient => gradient with { Baseline = background },
            null => throw new ArgumentException($"A network is neither made of trees nor linear; the algorithm {Name} cannot explain it."),
            var other => throw new ArgumentException($"{other} gives no Shapley values. Take it by its own name "
                + "(mlContext.Transforms.Attribution, introspect explain)."),
        };
        return players.Of is null || method is CoalitionMethod ? method
            : throw new ArgumentException($"The algorithm {Name} explains every feature by itself. Groups are for {ForAnyModel}: leave "
                + "them out and add up the features' values.");
    }

    /// <summary>Puts features together for partition SHAP, where neither its method nor groups say how.</summary>
    /// <param name="method">The method.</param>
    /// <param name="scorer">The model.</param>
    /// <param name="background">The background rows.</param>
    /// <param name="shape">The extents of a row; null where it has but one.</param>
    /// <param name="channels">Which of them is that of the channels.</param>
    internal CoalitionMethod InHierarchy(CoalitionMethod method, IScorer scorer, float[] background, IReadOnlyList<int>? shape,
        int channels = 0)
    {
        if (method is not PartitionShap { Hierarchy: null, Groups: null } partition || Hierarchy == FeatureHierarchy.Order)
            return method;
        if (Hierarchy == FeatureHierarchy.Auto && shape is { Count: > 1 })
            return partition with { Hierarchy = Partition.Image(channels, [.. shape.Select(e => (long)e)]) };
        var features = scorer.FeatureNames.Count;
        if (features <= FeatureClustering.MaximumFeatures && background.Length / features > 1
            && Array.TrueForAll(background, float.IsFinite) && !Enumerable.Range(0, features).Any(scorer.IsCategorical))
            return partition with { Hierarchy = FeatureClustering.ByCorrelation(background, features) };
        return Hierarchy == FeatureHierarchy.Auto ? method : throw new ArgumentException(
            $"Features can be put together by correlation where they are numbers, at most {FeatureClustering.MaximumFeatures:N0}, none "
                + "missing, and the background has several rows. " +
            "Take the hierarchy order.");
    }

    private AttributionMethod? Named(int players) => Method ?? Algorithm switch
    {
        ShapAlgorithm.Auto => players <= ExactUpTo ? new ExactShap() : ForMany,
        ShapAlgorithm.Exact => new ExactShap(),
        ShapAlgorithm.Kernel => new KernelShap(),
        ShapAlgorithm.Permutation => new PermutationShap(),
        ShapAlgorithm.Sampling => new SamplingShap(),
        ShapAlgorithm.Partition => new PartitionShap(),
        ShapAlgorithm.Deep => new DeepShap(),
        ShapAlgorithm.Gradient => new GradientShap(),
        _ => null,
    };

    private static CoalitionMethod Grouped(CoalitionMethod method, Players players) => players.Tensor is { } groups
        ? method is { GroupNames: null, Spread: false } && method.Groups == groups ? method
        : method with { Groups = groups, GroupNames = null, Spread = false }
        : method.Groups is null ? method
        : throw new ArgumentException($"Groups are given as players, where they have names, not with the method ({method}).");
}
