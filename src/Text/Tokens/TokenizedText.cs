namespace Microsoft.ML.Introspection.Text;

/// <summary>A text, or two, with its tokens.</summary>
public sealed class TokenizedText
{
    internal TokenizedText(string first, string? second, IReadOnlyList<TextToken> tokens) =>
        (First, Second, Tokens) = (first, second, tokens);

    /// <summary>The text.</summary>
    public string First { get; }

    /// <summary>The text that goes with it; null where there is none.</summary>
    public string? Second { get; }

    /// <summary>The tokens, in the order in which the network sees them.</summary>
    public IReadOnlyList<TextToken> Tokens { get; }

    /// <summary>The numbers of the tokens.</summary>
    public IReadOnlyList<int> Ids => [.. Tokens.Select(t => t.Id)];

    /// <summary>What a token stands for in its own text; empty for what was added.</summary>
    public string TextOf(TextToken token) => token.Sequence switch
    {
        0 => token.Span.Of(First).ToString(),
        1 => token.Span.Of(Second!).ToString(),
        _ => "",
    };
}
