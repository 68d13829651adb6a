using Microsoft.ML.Introspection.Text.Subwords;

namespace Microsoft.ML.Introspection.Text.Reading;

/// <summary>A part of what the network sees: a token that is added, or a text.</summary>
/// <param name="Special">The token; null for a text.</param>
/// <param name="Sequence">Which text.</param>
/// <param name="TypeId">Which part of the input it belongs to.</param>
internal readonly record struct TemplatePart(int? Special, int Sequence, int TypeId);

/// <summary>What stands around a text, or two.</summary>
/// <param name="Single">Around one.</param>
/// <param name="Pair">Around two.</param>
/// <param name="SecondType">Which part of the input a second text belongs to where nothing is added.</param>
internal sealed record Template(IReadOnlyList<TemplatePart> Single, IReadOnlyList<TemplatePart> Pair, int SecondType = 1)
{
    /// <summary>Nothing.</summary>
    public static Template Bare { get; } = new([new(null, 0, 0)], [new(null, 0, 0), new(null, 1, 1)]);

    /// <summary>A token in front, one behind, as far as they are given; between two texts as BERT has it.</summary>
    public static Template Bert(int begin, int end) => new(
        [new(begin, 0, 0), new(null, 0, 0), new(end, 0, 0)],
        [new(begin, 0, 0), new(null, 0, 0), new(end, 0, 0), new(null, 1, 1), new(end, 1, 1)]);

    /// <summary>RoBERTa's, and CLIP's: two tokens of the end between two texts.</summary>
    public static Template Roberta(int begin, int end) => new(
        [new(begin, 0, 0), new(null, 0, 0), new(end, 0, 0)],
        [new(begin, 0, 0), new(null, 0, 0), new(end, 0, 0), new(end, 0, 0), new(null, 1, 0), new(end, 0, 0)], SecondType: 0);

    /// <summary>The same around every text.</summary>
    public static Template Each(int? begin, int? end)
    {
        return new Template(Around(0), [.. Around(0), .. Around(1)]);

        List<TemplatePart> Around(int sequence) =>
        [
            .. begin is { } first ? [new TemplatePart(first, sequence, sequence)] : (TemplatePart[])[],
            new(null, sequence, sequence),
            .. end is { } last ? [new TemplatePart(last, sequence, sequence)] : (TemplatePart[])[],
        ];
    }

    /// <summary>How many tokens are added.</summary>
    public int Count(bool pair) => (pair ? Pair : Single).Count(p => p.Special is not null);

    /// <summary>Puts texts together with what stands around them.</summary>
    public IReadOnlyList<TextToken> Around(List<TextToken> first, List<TextToken>? second, Vocabulary vocabulary) =>
    [
        .. (second is null ? Single : Pair).SelectMany(part => part.Special is { } special
            ? [new TextToken(special, vocabulary.TokenOf(special), default, part.TypeId, null, null)]
            : (part.Sequence == 0 ? first : second ?? []).Select(t => t with { TypeId = part.TypeId })),
    ];
}

/// <summary>What goes where texts are too long.</summary>
internal static class Lengths
{
    /// <summary>Shortens texts.</summary>
    /// <param name="first">The tokens of the first.</param>
    /// <param name="second">Those of the second; null where there is none.</param>
    /// <param name="room">How many there may be.</param>
    /// <param name="how">What gives way.</param>
    /// <exception cref="ArgumentException">Not enough may go.</exception>
    public static void Shorten(List<TextToken> first, List<TextToken>? second, int room, Truncation how)
    {
        var (a, b) = (first.Count, second?.Count ?? 0);
        var over = a + b - room;
        if (over <= 0)
            return;
        if (room < 0)
            throw new ArgumentException($"The length leaves no room for a text: the tokens that are added alone are {-room} too many.");
        if (how == Truncation.LongestFirst)
            (a, b) = second is null ? (room, 0) : Halved(a, b, room);
        else if (how == Truncation.OnlyFirst && a > over)
            a -= over;
        else if (how == Truncation.OnlySecond && b > over)
            b -= over;
        else
            throw new ArgumentException(how == Truncation.None
                ? $"A text of at most {room} tokens (without those that are added) was expected; there are {a + b}."
                : $"{over} tokens must go, and the {(how == Truncation.OnlyFirst ? $"first text has {a}" : $"second text has {b}")}: "
                    + "it would become empty. Let the longest go first, or allow more tokens.");
        first.RemoveRange(a, first.Count - a);
        second?.RemoveRange(b, second.Count - b);
    }

    // What is odd goes to the longer one, to the second where both are equal.
    private static (int First, int Second) Halved(int first, int second, int room)
    {
        var (shorter, longer) = (Math.Min(first, second), 0);
        longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
            (shorter, longer) = (room / 2, room / 2 + room % 2);
        return first > second ? (longer, shorter) : (shorter, longer);
    }
}

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
