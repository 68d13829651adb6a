using System.Text;

namespace Microsoft.ML.Introspection.Documentation.Tests;

/// <summary>A line of a shell block, with those that it goes on in.</summary>
/// <param name="Place">Document and line.</param>
/// <param name="Words">The words, without quotation marks; a comment is left out.</param>
internal sealed record CommandLine(string Place, IReadOnlyList<string> Words)
{
    public static IEnumerable<CommandLine> In(CodeBlock block)
    {
        if (block.Language is not ("" or "sh" or "bash" or "shell" or "console"))
            yield break;
        var lines = block.Text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var (first, line) = (i, lines[i]);
            while (line.EndsWith('\\') && i + 1 < lines.Length)
                line = line[..^1] + lines[++i];
            if (Split(line) is { Count: > 0 } words)
                yield return new CommandLine($"{block.File}({block.Line + first})", words);
        }
    }

    /// <summary>Splits as a shell does, as far as documents go: quotation marks, a prompt, and comments.</summary>
    public static IReadOnlyList<string> Split(string line)
    {
        var (words, word, quote) = (new List<string>(), (StringBuilder?)null, '\0');
        foreach (var letter in line)
        {
            if (quote != '\0' ? letter == quote : letter is '"' or '\'')
                (quote, word) = (quote == '\0' ? letter : '\0', word ?? new());
            else if (quote == '\0' && letter == '#' && word is null)
                break;
            else if (quote == '\0' && char.IsWhiteSpace(letter))
                Finish();
            else
                (word ??= new()).Append(letter);
        }
        Finish();
        return words is ["$", ..] ? words[1..] : words;

        void Finish()
        {
            if (word is not null)
                words.Add(word.ToString());
            word = null;
        }
    }
}
