namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Where the arrays of an explanation lie.</summary>
/// <param name="Attributions">The attribution of each explained input.</param>
/// <param name="Target">The explained class.</param>
/// <param name="Score">The explained score.</param>
internal sealed record NpyPaths(IReadOnlyList<string> Attributions, string Target, string Score)
{
    /// <summary>All files.</summary>
    public IEnumerable<string> All => [.. Attributions, Target, Score];

    /// <summary>
    /// The attribution under the name given, the others beside it: <c>NAME.target.npy</c>, <c>NAME.score.npy</c>. With several
    /// explained inputs each has its own <c>NAME.INPUT.npy</c>.
    /// </summary>
    public static NpyPaths Beside(string output, string targetName, string scoreName, IReadOnlyList<string>? inputs)
    {
        var paths = new NpyPaths(
            inputs is { Count: > 1 } ? [.. inputs.Select(With)] : [output],
            With(targetName),
            With(scoreName));
        return paths.All.Distinct(StringComparer.OrdinalIgnoreCase).Count() == paths.All.Count()
            ? paths
            : throw new UsageException("Two of the arrays would lie in one file; give the target or the score another name (--target-name, --score-name).");

        string With(string name) => Path.ChangeExtension(output, $".{FileName(name)}.npy");
    }

    // A model may call its inputs whatever it likes; the file must stay in the folder of the output.
    private static string FileName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
}
