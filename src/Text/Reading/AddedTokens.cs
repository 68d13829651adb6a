using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>A token that is looked for in a text before anything else.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Content">How it is written.</param>
/// <param name="SingleWord">Whether it must stand alone.</param>
/// <param name="TakesLeft">Whether it takes the white space before it along.</param>
/// <param name="TakesRight">Whether it takes that behind it along.</param>
/// <param name="Normalized">Whether it is looked for once the text has been normalised.</param>
internal sealed record AddedToken(
    int Id, string Content, bool SingleWord = false, bool TakesLeft = false, bool TakesRight = false, bool Normalized = false);

/// <summary>The tokens that are looked for in a text.</summary>
internal sealed class AddedTokens
{
    private readonly IReadOnlyList<AddedToken> _asIs, _normalized;
    private readonly PieceIndex _asIsIndex, _normalizedIndex;

    /// <summary>Sorts tokens.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="normalizer">How those are written that are looked for in what is normalised.</param>
    public AddedTokens(IEnumerable<AddedToken> tokens, Normalizer? normalizer = null)
    {
        var all = tokens.Where(t => t.Content.Length > 0).ToList();
        (_asIs, _normalized) = ([.. all.Where(t => !t.Normalized)], [.. all.Where(t => t.Normalized)]);
        (_asIsIndex, _normalizedIndex) = (Index(_asIs, t => t.Content), Index(_normalized, t =>
        {
            var content = AlignedText.Of(t.Content, 0, t.Content.Length);
            normalizer?.Invoke(content);
            return content.ToString();
        }));
    }

    /// <summary>No token at all.</summary>
    public static AddedTokens None { get; } = new([]);

    /// <summary>Cuts a text at the tokens in it; of several that begin at a place the longest counts.</summary>
    public IEnumerable<(AlignedText Part, AddedToken? Token)> Find(AlignedText text, bool normalized)
    {
        var (tokens, index) = normalized ? (_normalized, _normalizedIndex) : (_asIs, _asIsIndex);
        if (tokens.Count == 0)
            return [(text, null)];
        var (parts, done) = (new List<(AlignedText, AddedToken?)>(), 0);
        var shown = text.ToString();
        for (var (place, unit) = (0, 0); place < text.Count;)
        {
            if (index.Beginning(shown.AsSpan(unit)) is not [.., var longest])
            {
                unit += text[place++] >= 0x10000 ? 2 : 1;
                continue;
            }
            var token = tokens[longest.Value];
            var end = place + shown.AsSpan(unit, longest.Length).ToString().EnumerateRunes().Count();
            unit += longest.Length;
            if (token.SingleWord && (place > 0 && IsWord(text[place - 1]) || end < text.Count && IsWord(text[end])))
            {
                place = end;
                continue;
            }
            var start = place;
            while (token.TakesLeft && start > done && CodePoints.IsSpace(text[start - 1]))
                start--;
            for (; token.TakesRight && end < text.Count && CodePoints.IsSpace(text[end]); end++)
                unit++;
            if (start > done)
                parts.Add((text.Slice(done, start), null));
            parts.Add((text.Slice(start, end), token));
            place = done = end;
        }
        if (done == 0)
            return [(text, null)];
        if (done < text.Count)
            parts.Add((text.Slice(done, text.Count), null));
        return parts;
    }

    private static bool IsWord(int code) => CodePoints.CategoryOf(code) is <= System.Globalization.UnicodeCategory.DecimalDigitNumber
        or System.Globalization.UnicodeCategory.ConnectorPunctuation;

    private static PieceIndex Index(IReadOnlyList<AddedToken> tokens, Func<AddedToken, string> content) =>
        new(tokens.Select((t, i) => KeyValuePair.Create(content(t), i)).DistinctBy(t => t.Key));
}
