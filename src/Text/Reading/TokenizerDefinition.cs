using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Introspection.Text.Splitting;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>What a tokenizer's file says, and how texts go through it.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>What kind it is, for people.</summary>
    public required string Kind { get; init; }

    /// <summary>Its tokens.</summary>
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>Cuts pieces into tokens.</summary>
    public required ISubwords Subwords { get; init; }

    /// <summary>Tokens that are looked for in the text itself.</summary>
    public AddedTokens Added { get; init; } = AddedTokens.None;

    /// <summary>Writes a text otherwise; null for as it is.</summary>
    public Normalizer? Normalizer { get; init; }

    /// <summary>Cuts it into pieces; null for one.</summary>
    public Splitter? Splitter { get; init; }

    /// <summary>What stands around a text, or two.</summary>
    public Template Template { get; init; } = Template.Bare;

    /// <summary>Whether blanks at the ends of a token are no part of its span.</summary>
    public SpanTrimming Trimming { get; init; }

    /// <summary>The number of padding.</summary>
    public int PaddingId { get; init; }

    /// <summary>The number of what is unknown; null where nothing is.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Cuts a text, or two.</summary>
    public TokenizedText Encode(string first, string? second, EncodingOptions options)
    {
        var a = Cut(first, 0);
        var b = second is null ? null : Cut(second, 1);
        var template = options.AddSpecialTokens ? Template : Template.Bare with { SecondType = Template.SecondType };
        if (options.MaximumLength is { } most)
            Lengths.Shorten(a, b, most - template.Count(b is not null), options.Truncation);
        return new TokenizedText(first, second, template.Around(a, b, Vocabulary));
    }

    private List<TextToken> Cut(string text, int sequence)
    {
        var (tokens, found, word) = (new List<TextToken>(), new List<Subword>(), 0);
        foreach (var (part, added) in Parts(text))
        {
            if (added is { } known)
                tokens.Add(new TextToken(known.Id, known.Content, part.SpanOf(0, part.Count), 0, sequence, word++));
            else
                foreach (var piece in Splitter is null ? [part] : Splitter(part))
                {
                    found.Clear();
                    Subwords.Cut(piece, found);
                    tokens.AddRange(found.Select(s => new TextToken(s.Id, s.Text, s.Span, 0, sequence, word)));
                    word++;
                }
        }
        return Trimming == SpanTrimming.None ? tokens : Trimming.Apply(tokens);
    }

    // Some tokens are looked for in the text as it is, the others in what it is written as.
    private IEnumerable<(AlignedText Part, AddedToken? Added)> Parts(string text)
    {
        foreach (var (part, added) in Added.Find(AlignedText.Of(text, 0, text.Length), normalized: false))
        {
            if (added is not null)
            {
                yield return (part, added);
                continue;
            }
            Normalizer?.Invoke(part);
            foreach (var inner in Added.Find(part, normalized: true))
                if (inner.Part.Count > 0 || Normalizer is null)
                    yield return inner;
        }
    }
}
