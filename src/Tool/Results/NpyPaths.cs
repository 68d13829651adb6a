using Microsoft.ML.Introspection.Attribution;

namespace Microsoft.ML.Introspection.Tool.Results;

/// <summary>Where the arrays of an explanation lie.</summary>
/// <param name="Attributions">The attribution of each explained input.</param>
/// <param name="Gaps">The completeness gap of each, where there are any.</param>
/// <param name="Target">The explained class.</param>
/// <param name="Score">The explained score.</param>
internal sealed record NpyPaths(IReadOnlyList<string> Attributions, IReadOnlyList<string> Gaps, string Target, string Score)
{
    /// <summary>All files.</summary>
    public IEnumerable<string> All => [.. Attributions, .. Gaps, Target, Score];

    /// <summary>
    /// The attribution under the name given, the others beside it: <c>NAME.target.npy</c>, <c>NAME.score.npy</c>, and
    /// <c>NAME.gap.npy</c> where it is asked for. With several explained inputs each has its own <c>NAME.INPUT.npy</c>.
    /// </summary>
    public static NpyPaths Beside(string output, ExplanationOptions options)
    {
        var several = options.Inputs is { Count: > 1 } inputs ? inputs : null;
        var paths = new NpyPaths(
            several is null ? [output] : [.. several.Select(With)],
            options.GapName is not { } gap ? [] : several is null || options.Several != SeveralInputs.EachAlone ? [With(gap)] : [.. several.Select(input => With($"{gap}_{input}"))],
            With(options.TargetName!),
            With(options.ScoreName!));
        return paths.All.Distinct(StringComparer.OrdinalIgnoreCase).Count() == paths.All.Count()
            ? paths
            : throw new UsageException("Two of the arrays would lie in one file; give the target, the score or the gap another name (--target-name, --score-name, --gap-name).");

        string With(string name) => Path.ChangeExtension(output, $".{FileName(name)}.npy");
    }

    // A model may call its inputs whatever it likes; the file must stay in the folder of the output.
    private static string FileName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
}
