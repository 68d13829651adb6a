using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Which features are explained together: the groups that the user has named come first, then every other feature by itself.</summary>
internal sealed class ShapPlayers
{
    private readonly int[] _first;
    private readonly string[] _groupNames;

    private ShapPlayers(int[]? groups, string[] groupNames, int count)
    {
        (Groups, _groupNames, Count) = (groups, groupNames, count);
        _first = new int[count];
        for (var feature = (groups?.Length ?? count) - 1; feature >= 0; feature--)
            _first[groups?[feature] ?? feature] = feature;
    }

    /// <summary>The player of every feature; null where each is one.</summary>
    public int[]? Groups { get; }

    /// <summary>How many players there are.</summary>
    public int Count { get; }

    /// <summary>The groups as methods take them.</summary>
    public Tensor? AsTensor => Groups is null ? null : Tensor.Vector<long>([.. Groups.Select(g => (long)g)]);

    /// <summary>Reads the options.</summary>
    /// <param name="features">How many features there are.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">A group names a feature that is not there.</exception>
    public static ShapPlayers Of(int features, ShapOptions options)
    {
        if (options.Groups is not { } named)
            return new ShapPlayers(null, [], features);
        var groups = new int[features];
        Array.Fill(groups, -1);
        foreach (var ((name, slots), number) in named.Select((g, i) => (g, i)))
        {
            foreach (var slot in slots)
                groups[slot >= 0 && slot < features ? slot
                    : throw new ArgumentException($"The group '{name}' names slot {slot}; there are {features} features, 0 to {features - 1}.", nameof(options))] = number;
        }
        var next = named.Count;
        for (var i = 0; i < features; i++)
            if (groups[i] < 0)
                groups[i] = next++;
        return new ShapPlayers(groups, [.. named.Keys], next);
    }

    /// <summary>The players' names.</summary>
    /// <param name="features">A name for every feature.</param>
    public IReadOnlyList<string> Names(IReadOnlyList<string> features) =>
        [.. _groupNames, .. Enumerable.Range(_groupNames.Length, Count - _groupNames.Length).Select(player => features[_first[player]])];
}
