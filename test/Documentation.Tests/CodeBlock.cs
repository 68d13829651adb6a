using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Documentation.Tests;

/// <summary>A fenced block of a document, with what HTML comments right above it say.</summary>
/// <param name="File">The document.</param>
/// <param name="Line">The line of its first line of code, from 1.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Text">The code.</param>
internal sealed partial record CodeBlock(string File, int Line, string Language, string Text)
{
    private static readonly string[] Words = ["run", "continues", "context", "members of"];

    /// <summary>What is said of the block: <c>run</c>, <c>continues</c>, <c>context: NAME</c>, <c>members of: TYPE</c>.</summary>
    public required IReadOnlyDictionary<string, string> Said { get; init; }

    public bool Runs => Said.ContainsKey("run");

    /// <summary>Whether the names of the block of C# before it are known in it.</summary>
    public bool Continues => Said.ContainsKey("continues");

    public override string ToString() => $"{File}({Line})";

    public static IReadOnlyList<CodeBlock> In(string file) => [.. Read(file, System.IO.File.ReadAllText(Repository.At(file)))];

    public static IEnumerable<CodeBlock> Read(string file, string markdown)
    {
        var lines = markdown.ReplaceLineEndings("\n").Split('\n');
        var said = new Dictionary<string, string>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (Comment().Match(lines[i]) is { Success: true } comment)
            {
                foreach (var (word, value) in Parse(comment.Groups[1].Value, $"{file}({i + 1})"))
                    said.Add(word, value);
            }
            else if (Fence().Match(lines[i]) is { Success: true } fence)
            {
                var (indent, first) = (fence.Groups[1].Value, i + 1);
                do
                    i++;
                while (i < lines.Length && lines[i].Trim() != "```");
                if (i == lines.Length)
                    throw new InvalidDataException($"{file}({first}): the block has no end.");
                yield return new CodeBlock(file, first + 1, fence.Groups[2].Value,
                    string.Join('\n', lines[first..i].Select(line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..] : line)))
                {
                    Said = said,
                };
                said = [];
            }
            else if (lines[i].Length > 0 && said.Count > 0)
            {
                throw new InvalidDataException($"{file}({i + 1}): what is said above must stand right above a block of code.");
            }
        }
    }

    // "run, context: Trees"; the type of 'members of' may have commas of its own, so that it comes last.
    private static IEnumerable<(string Word, string Value)> Parse(string comment, string place)
    {
        foreach (Match part in Part().Matches(comment))
        {
            var word = part.Groups[1].Value;
            if (!Words.Contains(word))
                throw new InvalidDataException($"{place}: '{word}' is not known; a comment above code may say {string.Join(", ", Words)}.");
            yield return (word, part.Groups[2].Value.Trim());
        }
    }

    [GeneratedRegex(@"^\s*<!-- ((?:run|continues|context|members of)\b.*?) -->\s*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(\s*)```([\w#+-]*)\s*$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"\G(?:^|,\s*)(members of|\w+)(?::\s*((?<=members of:\s*).*|[^,]*))?")]
    private static partial Regex Part();
}
