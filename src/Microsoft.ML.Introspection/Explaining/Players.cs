using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>Who gets a value: every feature by itself, or groups of features that are there or not there as a whole. Immutable.</summary>
public sealed class Players
{
    private readonly int[] _first;
    private readonly string?[] _names;

    private Players(int features, int[]? of, string?[] names)
    {
        (FeatureCount, Of, _names, _first) = (features, of, names, new int[names.Length]);
        Tensor = of is null ? null : Tensor.Vector<long>([.. of.Select(p => (long)p)]);
        for (var feature = features - 1; feature >= 0; feature--)
            _first[of?[feature] ?? feature] = feature;
    }

    /// <summary>How many features there are.</summary>
    public int FeatureCount { get; }

    /// <summary>How many players there are.</summary>
    public int Count => _names.Length;

    /// <summary>The player of every feature, numbered from 0 without gaps; null where each is one.</summary>
    public IReadOnlyList<int>? Of { get; }

    /// <summary>Every feature by itself.</summary>
    public static Players Each(int features) => new(features, null, new string?[features]);

    /// <summary>Groups by name; features in none of them stay by themselves.</summary>
    /// <param name="features">How many features there are.</param>
    /// <param name="groups">The groups, each with its features.</param>
    /// <param name="groupsFirst">Whether groups come before all other features; else players stand where their first feature does.</param>
    /// <exception cref="ArgumentException">A feature is not there, or in two groups.</exception>
    public static Players Named(int features, IEnumerable<(string Name, IReadOnlyList<int> Features)> groups, bool groupsFirst = true)
    {
        (string Name, IReadOnlyList<int> Features)[] all = [.. groups];
        var owner = new int[features];
        Array.Fill(owner, -1);
        foreach (var (number, (name, members)) in all.Index())
        {
            foreach (var feature in members)
            {
                if (feature < 0 || feature >= features)
                    throw new ArgumentException(
                        $"The group '{name}' names feature {feature}; there are {features} features, 0 to {features - 1}.", nameof(groups));
                if (owner[feature] >= 0)
                    throw new ArgumentException($"Feature {feature} is in the group '{all[owner[feature]].Name}' and in '{name}'; a "
                        + "feature belongs to one.", nameof(groups));
                owner[feature] = number;
            }
        }
        var (of, names, place) = (new int[features], new List<string?>(), new int[all.Length]);
        Array.Fill(place, -1);
        for (var group = 0; groupsFirst && group < all.Length; group++)
            place[group] = Next(all[group].Name);
        for (var feature = 0; feature < features; feature++)
            of[feature] = owner[feature] is >= 0 and var own ? place[own] >= 0 ? place[own] : place[own] = Next(all[own].Name) : Next(null);
        return new Players(features, of, [.. names]);

        int Next(string? name)
        {
            names.Add(name);
            return names.Count - 1;
        }
    }

    /// <summary>Groups in the order of their numbers, named after their features.</summary>
    /// <param name="numbers">The group of every feature: any whole numbers.</param>
    public static Players Numbered(ReadOnlySpan<long> numbers)
    {
        var places = numbers.ToArray().Distinct().Order().Index().ToDictionary(g => g.Item, g => g.Index);
        return new Players(numbers.Length, [.. numbers.ToArray().Select(n => places[n])], new string?[places.Count]);
    }

    /// <summary>The players' names.</summary>
    /// <param name="features">A name for every feature.</param>
    public IReadOnlyList<string> Names(IReadOnlyList<string> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.Count != FeatureCount)
            throw new ArgumentException($"{features.Count} names were given for {FeatureCount} features.", nameof(features));
        // Groups that nobody has named are called after what their features have in common.
        var made = Tensor is { } groups && Array.Exists(_names, n => n is null) ? new ExactShap { Groups = groups }.Names(features) : null;
        return [.. _names.Select((name, player) => name ?? made?[player] ?? features[_first[player]])];
    }

    /// <summary>The players as methods of coalitions take them; null where each feature is one.</summary>
    internal Tensor? Tensor { get; }

    /// <summary>Adds up what the features of a player get.</summary>
    /// <param name="features">Rows of a number for every feature.</param>
    /// <param name="players">Where to write, rows of a number for every player.</param>
    internal void Add(ReadOnlySpan<double> features, Span<double> players)
    {
        players.Clear();
        for (var i = 0; i < features.Length; i++)
            players[i / FeatureCount * Count + Of![i % FeatureCount]] += features[i];
    }
}
