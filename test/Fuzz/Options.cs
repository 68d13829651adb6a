using System.Globalization;

namespace Microsoft.ML.Introspection.Fuzz;

/// <summary>What is tried, and for how long.</summary>
/// <param name="Count">How many files.</param>
/// <param name="Seconds">For how long at most.</param>
/// <param name="Seed">What everything is drawn from.</param>
/// <param name="Kinds">Which kinds of files.</param>
/// <param name="Corpus">A folder with further files to begin from.</param>
/// <param name="Keep">Where the files go on which something went wrong.</param>
/// <param name="Child">The number of the first file, where this process is the one that tries.</param>
internal sealed record Options(
    int Count, double Seconds, int Seed, IReadOnlyList<string> Kinds, string? Corpus, string Keep, int? Child)
{
    /// <summary>All kinds: whole models of Keras in HDF5, archives, weights beside a description; SavedModels, frozen graphs; rows.</summary>
    public const string AllKinds = "model,tree,array,csv,pipeline,hdf5,keras,architecture,savedmodel,graph,arrow,parquet,packed,jsonl";

    public static Options Of(string[] arguments)
    {
        var given = arguments.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        int? Number(string name) => given.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : null;
        return new(
            Number("--count") ?? (Number("--only") + 1 ?? int.MaxValue), Number("--seconds") ?? (given.ContainsKey("--count") ? 1e9 : 60),
            Number("--seed") ?? 1, given.GetValueOrDefault("--kinds", AllKinds).Split(','),
            given.GetValueOrDefault("--corpus"), given.GetValueOrDefault("--keep", Path.Combine(Path.GetTempPath(), "introspect-fuzz")),
            Number("--child") ?? Number("--only"));
    }

    /// <summary>The same for a process that begins at a file.</summary>
    public IEnumerable<string> ForChild(int first)
    {
        string[] all =
            ["--count", $"{Count}", "--seed", $"{Seed}", "--kinds", string.Join(',', Kinds), "--keep", Keep, "--child", $"{first}"];
        return Corpus is null ? all : [.. all, "--corpus", Corpus];
    }
}
