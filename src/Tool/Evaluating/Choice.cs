using System.Globalization;
using Microsoft.ML.Introspection.Catalog;

namespace Microsoft.ML.Introspection.Tool.Evaluating;

/// <summary>A method or metric with options, as the command line takes several of them: <c>name:option=value:option=value</c>.</summary>
/// <param name="Text">All of it.</param>
/// <param name="Name">The name.</param>
/// <param name="Options">The options.</param>
internal sealed record Choice(string Text, string Name, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Reads lists with commas; a part that is no name of its own goes on the value before it (8,8).</summary>
    public static IReadOnlyList<Choice> Parse(string[]? texts, string[] usual)
    {
        var parts = new List<string>();
        foreach (var part in texts is { Length: > 0 } ? texts.SelectMany(t => t.Split(',', StringSplitOptions.TrimEntries)) : usual)
            if (parts.Count > 0 && part.Length > 0 && !char.IsLetter(part[0]) && parts[^1].Contains('='))
                parts[^1] += "," + part;
            else
                parts.Add(part);
        var choices = parts.Select(One).ToList();
        return choices.GroupBy(c => c.Text).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new ArgumentException($"'{twice.Key}' is named twice.") : choices;
    }

    /// <summary>The options, and the seed where there is one and none is given.</summary>
    public IReadOnlyDictionary<string, string> WithSeed(IReadOnlyList<MethodOption> known, int seed) =>
        Options.ContainsKey("seed") || known.All(o => o.Name != "seed") ? Options
            : new Dictionary<string, string>(Options) { ["seed"] = seed.ToString(CultureInfo.InvariantCulture) };

    private static Choice One(string text)
    {
        var (parts, options) = (text.Split(':'), new Dictionary<string, string>());
        foreach (var option in parts.Skip(1))
            if (option.Split('=', 2) is not [{ Length: > 0 } name, var value] || !options.TryAdd(name, value))
                throw new ArgumentException($"'{text}': options are given as name:option=value, each once; '{option}' is none.");
        return new Choice(text, parts[0], options);
    }
}
