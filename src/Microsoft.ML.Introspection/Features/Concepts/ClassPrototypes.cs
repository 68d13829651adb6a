using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Numerics;

namespace Microsoft.ML.Introspection.Features;

/// <summary>How prototypes are found.</summary>
public sealed record PrototypeOptions
{
    /// <summary>The most prototypes of a class; a class has one for each five of its rows at most.</summary>
    public int Count
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Count), value, "A number from 1 was expected.");
    } = 4;

    /// <summary>How many of the nearest rows stand for a prototype.</summary>
    public int Nearest
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Nearest), value, "A number from 1 was expected.");
    } = 8;

    /// <summary>What is drawn.</summary>
    public int Seed { get; init; }
}

/// <summary>A typical way in which a class comes about in a layer.</summary>
/// <param name="Class">The class.</param>
/// <param name="Number">Its number in the class, the most frequent first.</param>
/// <param name="Share">The share of the class's rows.</param>
/// <param name="Centre">How relevant each channel is in it.</param>
/// <param name="Rows">The rows of the class that come from it.</param>
/// <param name="Nearest">Of these the rows nearest to the centre, nearest first.</param>
public sealed record ClassPrototype(
    int Class, int Number, double Share, IReadOnlyList<double> Centre, IReadOnlyList<int> Rows, IReadOnlyList<int> Nearest);

/// <summary>
/// Prototypes of classes (PCX: Dreyer et al. 2024, arXiv:2311.16681): the relevance of a layer's channels in the rows of a class as a
/// mixture of Gaussians. A row far from all prototypes of its class was judged in an unusual way.
/// </summary>
public sealed class ClassPrototypes
{
    private const int RowsOfOne = 5;

    private readonly Dictionary<int, GaussianMixture> _mixtures = [];

    private ClassPrototypes(string layer, int rows) =>
        (Layer, Distances, LogLikelihoods, Numbers) = (layer, new double[rows], new double[rows], new int[rows]);

    /// <summary>The layer.</summary>
    public string Layer { get; }

    /// <summary>The prototypes, class by class.</summary>
    public IReadOnlyList<ClassPrototype> All { get; private set; } = [];

    /// <summary>The prototype of its class that each row comes from.</summary>
    public int[] Numbers { get; }

    /// <summary>How far each row is from the nearest prototype of its class.</summary>
    public double[] Distances { get; }

    /// <summary>The logarithm of each row's density in its class: the lower, the more unusual.</summary>
    public double[] LogLikelihoods { get; }

    /// <summary>Finds prototypes.</summary>
    /// <param name="relevances">How relevant channels are, as <see cref="ChannelReferences.Relevances"/> gives it.</param>
    /// <param name="classes">The class of each row.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">Counts differ, or relevances are not finite.</exception>
    public static ClassPrototypes Of(LayerActivations relevances, IReadOnlyList<int> classes, PrototypeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(relevances);
        ArgumentNullException.ThrowIfNull(classes);
        options ??= new();
        if (classes.Count != relevances.Rows)
            throw new ArgumentException($"A class for each of {relevances.Rows} rows was expected; {classes.Count} were given.",
                nameof(classes));
        if (relevances.Values.AsSpan().IndexOfAnyExceptInRange(double.MinValue, double.MaxValue) is >= 0 and var bad)
            throw new ArgumentException($"Finite relevances were expected; row {bad / relevances.Width} holds {relevances.Values[bad]}.",
                nameof(relevances));
        var found = new ClassPrototypes(relevances.Layer, relevances.Rows);
        found.All = [.. Enumerable.Range(0, classes.Count).GroupBy(r => classes[r]).OrderBy(g => g.Key)
            .SelectMany(g => found.OfClass(g.Key, [.. g], relevances, options))];
        return found;
    }

    /// <summary>How far another row is from the nearest prototype of a class, and the logarithm of its density there.</summary>
    /// <param name="relevance">How relevant each channel is in it.</param>
    /// <param name="of">The class.</param>
    /// <exception cref="ArgumentException">The class has no prototypes, or there are more or fewer channels.</exception>
    public (double Distance, double LogLikelihood) Score(ReadOnlySpan<double> relevance, int of)
    {
        if (!_mixtures.TryGetValue(of, out var mixture) || mixture.Means.Length != relevance.Length * mixture.Weights.Length)
            throw new ArgumentException($"There are prototypes of the classes {string.Join(", ", _mixtures.Keys)}, of as many channels as "
                + $"'{Layer}' has; asked was for class {of} and {relevance.Length} channels.", nameof(of));
        return (Apart(mixture, relevance), mixture.LogLikelihoods(relevance)[0]);
    }

    private IEnumerable<ClassPrototype> OfClass(int of, int[] rows, LayerActivations relevances, PrototypeOptions options)
    {
        var width = relevances.Width;
        double[] own = [.. rows.SelectMany(r => relevances.Row(r).ToArray())];
        var mixture = _mixtures[of] = GaussianMixture.Fit(own, width, Math.Clamp(rows.Length / RowsOfOne, 1, options.Count), options.Seed);
        var likelihoods = mixture.LogLikelihoods(own);
        int[] component = [.. rows.Select(r => TensorPrimitives.IndexOfMax<double>(mixture.SharesOf(relevances.Row(r))))];
        int[] order = [.. Enumerable.Range(0, mixture.Weights.Length).OrderByDescending(k => mixture.Weights[k]).ThenBy(k => k)];
        foreach (var (place, row) in rows.Index())
            (Distances[row], LogLikelihoods[row], Numbers[row]) = (Apart(mixture, relevances.Row(row)), likelihoods[place],
                Array.IndexOf(order, component[place]));
        return order.Select((k, number) =>
        {
            var centre = mixture.Means[(k * width)..((k + 1) * width)];
            int[] members = [.. rows.Where((_, i) => component[i] == k)];
            return new ClassPrototype(of, number, mixture.Weights[k], centre, members, [.. members
                .OrderBy(r => TensorPrimitives.Distance(relevances.Row(r), centre)).ThenBy(r => r).Take(options.Nearest)]);
        });
    }

    private static double Apart(GaussianMixture mixture, ReadOnlySpan<double> relevance)
    {
        var least = double.PositiveInfinity;
        for (var k = 0; k < mixture.Weights.Length; k++)
            least = Math.Min(least, TensorPrimitives.Distance(relevance, mixture.Means.AsSpan(k * relevance.Length, relevance.Length)));
        return least;
    }
}
