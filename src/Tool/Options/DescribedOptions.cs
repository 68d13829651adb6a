using Microsoft.ML.Introspection.Catalog;
using System.CommandLine;
using System.CommandLine.Completions;

namespace Microsoft.ML.Introspection.Tool.Options;

/// <summary>Options that the library describes, of which one may belong to several methods.</summary>
internal sealed class DescribedOptions
{
    // What is longer would push the descriptions off the screen; the list of methods has it in full.
    private const int LongestHelpName = 60;

    private readonly Option<string>[] _all;

    /// <summary>Makes an option of each name.</summary>
    /// <param name="described">The options with what they belong to.</param>
    /// <param name="further">What is to be said of an option beside.</param>
    public DescribedOptions(IEnumerable<(string Of, MethodOption Option)> described, params (string Name, string Says)[] further) => _all =
    [
        .. described.GroupBy(pair => pair.Option.Name).Select(same => new Option<string>($"--{same.Key}")
        {
            HelpName =
                string.Join('|',
                    same.SelectMany(pair => pair.Option.Values ?? ["VALUE"]).Distinct()) is { Length: <= LongestHelpName } values ? values
                        : "VALUE",
            Description = string.Join(" ", same.GroupBy(pair => (pair.Option.Summary, Default: Default(pair.Option)))
                .Select(alike => $"{string.Join(", ", alike.Select(pair => pair.Of))}: {alike.Key.Summary}{alike.Key.Default}")
                .Concat(further.Where(f => f.Name == same.Key).Select(f => f.Says))),
            CompletionSources = { _ => same.SelectMany(pair => pair.Option.Values ?? []).Distinct().Select(v => new CompletionItem(v)) },
        }),
    ];

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All => _all;

    /// <summary>The values that are given, by the names of the options without dashes.</summary>
    public Dictionary<string, string> Read(ParseResult parsed)
    {
        var given = new Dictionary<string, string>();
        foreach (var option in _all)
            if (parsed.GetValue(option) is { } value)
                given[option.Name[2..]] = value;
        return given;
    }

    /// <summary>A method or algorithm as lists have it: with the names of its options.</summary>
    public static IEnumerable<string> Lines(string name, string summary, IReadOnlyList<MethodOption> options) =>
        options.Count == 0 ? [$"{name}  {summary}"] : [$"{name}  {summary}", $"    {string.Join(" ", options.Select(o => $"--{o.Name}"))}"];

    /// <summary>An option as the help of its method has it.</summary>
    public static string Line(MethodOption option)
    {
        var values = string.Join('|', option.Values ?? ["VALUE"]);
        // With blanks a line can be folded.
        values = values.Length > LongestHelpName ? values.Replace("|", " | ", StringComparison.Ordinal) : values;
        return $"--{option.Name} {values}  {option.Summary}{Default(option)}";
    }

    private static string Default(MethodOption option) => option.Default.Length > 0 ? $" [default: {option.Default}]" : "";
}
