using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>What the command line says of features that are explained as one.</summary>
/// <param name="File">A .npy file with the group of every feature, or <see cref="OneHot"/>; null for none.</param>
/// <param name="Named">Groups by name, each with its features.</param>
internal sealed record GroupRequest(string? File, IReadOnlyList<(string Name, string Features)> Named)
{
    /// <summary>The word for the one-hot blocks that a pipeline knows itself.</summary>
    public const string OneHot = "one-hot";
}

/// <summary>Features that are explained as one.</summary>
/// <param name="Of">The group of every feature, numbered from 0 without gaps.</param>
/// <param name="Names">The groups' names.</param>
internal sealed record PlayerGroups(IReadOnlyList<int> Of, IReadOnlyList<string> Names)
{
    /// <summary>The groups as the library's methods take them.</summary>
    public Tensor Tensor => Tensor.From([.. Of.Select(g => (long)g)], Of.Count);

    /// <summary>Reads groups.</summary>
    /// <param name="request">What the command line says; null for no groups.</param>
    /// <param name="features">The names of the features.</param>
    /// <param name="oneHot">The group of every feature by the model's own one-hot blocks; null where it knows none.</param>
    /// <exception cref="InvalidDataException">The groups do not fit the features.</exception>
    public static PlayerGroups? Read(GroupRequest? request, IReadOnlyList<string> features, IReadOnlyList<int>? oneHot = null) => request switch
    {
        null => null,
        { File: GroupRequest.OneHot } => Numbered(oneHot?.Select(g => (long)g).ToArray() ?? throw new InvalidDataException(
            $"--groups {GroupRequest.OneHot}: the model says of no features that they are one-hot blocks. Name groups with --group NAME=A,B,…."), features),
        { File: { } file } => Numbered(Load(file, features.Count), features),
        _ => Named(request.Named, features),
    };

    /// <summary>Groups in the order of their numbers, named after their features.</summary>
    public static PlayerGroups Numbered(long[] numbers, IReadOnlyList<string> features)
    {
        var places = numbers.Distinct().Order().Index().ToDictionary(g => g.Item, g => g.Index);
        int[] of = [.. numbers.Select(n => places[n])];
        var named = new ExactShap { Groups = Tensor.From([.. of.Select(g => (long)g)], of.Length) };
        return new PlayerGroups(of, named.Names(features));
    }

    private static long[] Load(string file, int count)
    {
        var array = NpyArray.Load(file);
        long[] numbers;
        try
        {
            numbers = array.ToInt64s();
        }
        catch (Exception e) when (e is InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"'{file}' should hold the group of every feature, as whole numbers. {e.Message}", e);
        }
        return numbers.Length == count
            ? numbers
            : throw new InvalidDataException($"'{file}' holds {numbers.Length} group numbers; the model has {count} features.");
    }

    // Groups, and features by themselves, in the order in which they begin.
    private static PlayerGroups Named(IReadOnlyList<(string Name, string Features)> groups, IReadOnlyList<string> features)
    {
        var header = new CsvHeader("the model", [.. features], features.Count);
        var owner = new string?[features.Count];
        foreach (var (name, list) in groups)
        {
            foreach (var feature in CsvOptions.SplitNames(list).SelectMany(f => header.Range(f, $"--group {name}")))
            {
                if (owner[feature] is { } other)
                    throw new InvalidDataException($"--group {name}: the feature '{features[feature]}' is in {(other == name ? "it twice" : $"the group '{other}', too")}.");
                owner[feature] = name;
            }
        }
        var (names, of) = (new List<string>(), new int[features.Count]);
        var places = new Dictionary<string, int>();
        for (var feature = 0; feature < of.Length; feature++)
        {
            if (owner[feature] is { } name && places.TryGetValue(name, out of[feature]))
                continue;
            of[feature] = names.Count;
            names.Add(owner[feature] ?? features[feature]);
            if (owner[feature] is { } begun)
                places.Add(begun, of[feature]);
        }
        return new PlayerGroups(of, names);
    }
}
