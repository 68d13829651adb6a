using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>What the command line says of features that are explained as one.</summary>
/// <param name="File">A .npy file with the group of every feature, or <see cref="OneHot"/>; null for none.</param>
/// <param name="Named">Groups by name, each with its features.</param>
internal sealed record GroupRequest(string? File, IReadOnlyList<(string Name, string Features)> Named)
{
    /// <summary>The word for the one-hot blocks that a pipeline knows itself.</summary>
    public const string OneHot = "one-hot";

    /// <summary>Reads the groups.</summary>
    /// <param name="features">The names of the features.</param>
    /// <param name="blocks">The model's own one-hot blocks; null where it knows none.</param>
    /// <exception cref="InvalidDataException">The groups do not fit the features.</exception>
    public Players Read(IReadOnlyList<string> features, OneHotBlocks? blocks) => File switch
    {
        null => Players.Named(features.Count, Members(features), groupsFirst: false),
        OneHot => Players.Numbered(blocks is null
            ? throw new InvalidDataException(
                $"--groups {OneHot}: the model says of no features that they are one-hot blocks. Name groups with --group NAME=A,B,….")
            : [.. Enumerable.Range(0, blocks.SlotCount).Select(slot => (long)blocks.FeatureOf(slot))]),
        var file => Players.Numbered(Load(file, features.Count)),
    };

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

    private List<(string, IReadOnlyList<int>)> Members(IReadOnlyList<string> features)
    {
        var header = new CsvHeader("the model", [.. features], features.Count);
        var (owner, groups) = (new string?[features.Count], new List<(string, IReadOnlyList<int>)>());
        foreach (var (name, list) in Named)
        {
            int[] members = [.. CsvOptions.SplitNames(list).SelectMany(f => header.Range(f, $"--group {name}"))];
            foreach (var feature in members)
                owner[feature] = owner[feature] is not { } other ? name
                    : throw new InvalidDataException($"--group {name}: the feature '{features[feature]}' is in "
                        + $"{(other == name ? "it twice" : $"the group '{other}', too")}.");
            groups.Add((name, members));
        }
        return groups;
    }
}
