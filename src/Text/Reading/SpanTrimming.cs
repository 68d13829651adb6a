namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>Whether blanks at the ends of a token are no part of its span.</summary>
/// <param name="On">Whether they are not.</param>
/// <param name="PrefixSpace">Whether the first blank of all was put there.</param>
internal readonly record struct SpanTrimming(bool On, bool PrefixSpace)
{
    /// <summary>Blanks are part of the span.</summary>
    public static SpanTrimming None => default;

    /// <summary>Trims spans as Hugging Face's byte level does.</summary>
    public List<TextToken> Apply(List<TextToken> tokens)
    {
        var prefixed = PrefixSpace;
        return [.. tokens.Select((token, i) => token with { Span = Trimmed(token, i == 0, prefixed) })];
    }

    private static TextSpan Trimmed(TextToken token, bool isFirst, bool prefixed)
    {
        var leading = token.Text.TakeWhile(IsBlank).Count();
        var trailing = token.Text.Reverse().TakeWhile(IsBlank).Count();
        var (start, end) = (token.Span.Start, token.Span.End);
        if (leading > 0 && (isFirst || start == 0) && prefixed)
            leading--;
        start = Math.Min(start + leading, end);
        if (trailing > 0 && end >= trailing)
            end = Math.Max(end - trailing, start);
        return new TextSpan(start, end);
    }

    private static bool IsBlank(char letter) => letter == 'Ġ' || Normalizing.CodePoints.IsSpace(letter);
}
