using Microsoft.ML.Introspection.Text.Normalizing;

namespace Microsoft.ML.Introspection.Text.Splitting;

/// <summary>Cuts a piece of text into pieces.</summary>
internal delegate IEnumerable<AlignedText> Splitter(AlignedText text);

/// <summary>What becomes of what a text is split at.</summary>
internal enum SplitBehavior
{
    /// <summary>It is gone.</summary>
    Removed,

    /// <summary>It is a piece of its own.</summary>
    Isolated,

    /// <summary>It ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>It begins the piece behind it.</summary>
    MergedWithNext,

    /// <summary>Neighbours are one piece.</summary>
    Contiguous,
}

/// <summary>The pre-tokenizers of Hugging Face's tokenizers.</summary>
internal static class Splitters
{
    /// <summary>GPT-2's pattern.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Words and what is none, of the letters of Unicode: .NET's own <c>\w</c> leaves out marks that take room.</summary>
    public const string Words = @"[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200C\u200D]+|[^\s\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200C\u200D]+";

    /// <summary>CLIP's pattern.</summary>
    public const string Clip = @"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    /// <summary>BERT's: at white space, and around punctuation.</summary>
    public static IEnumerable<AlignedText> Bert(AlignedText text) =>
        At(CodePoints.IsSpace, SplitBehavior.Removed)(text)
            .SelectMany(word => At(CodePoints.IsBertPunctuation, SplitBehavior.Isolated)(word));

    /// <summary>At code points of a kind.</summary>
    public static Splitter At(Func<int, bool> isDelimiter, SplitBehavior behavior) => text => Split(text,
        Enumerable.Range(0, text.Count).Where(i => isDelimiter(text[i])).Select(i => (i, i + 1)), behavior);

    /// <summary>At what matches; with <paramref name="inverted"/> every match is a piece, and what lies between is split at.</summary>
    public static Splitter At(Pattern pattern, SplitBehavior behavior, bool inverted = false) => text =>
        Split(text, pattern.Matches(text), behavior, inverted);

    /// <summary>One splitter after the other.</summary>
    public static Splitter Sequence(IReadOnlyList<Splitter> all) => text =>
        all.Aggregate((IEnumerable<AlignedText>)[text], (pieces, splitter) => pieces.SelectMany(piece => splitter(piece)));

    /// <summary>SentencePiece's: blanks become marks, and each begins a piece.</summary>
    /// <param name="mark">What stands for a blank.</param>
    /// <param name="prepend">Whether the text begins with a mark where it has none.</param>
    /// <param name="split">Whether it is cut at all.</param>
    public static Splitter Metaspace(int mark, Func<AlignedText, bool> prepend, bool split) => text =>
    {
        var piece = text.Slice(0, text.Count);
        piece.Map(code => [code == ' ' ? mark : code]);
        if (piece.Count > 0 && piece[0] != mark && prepend(text))
            piece.Prepend([mark]);
        return split ? At(code => code == mark, SplitBehavior.MergedWithNext)(piece) : [piece];
    };

    /// <summary>A blank in front of a text that does not begin with one.</summary>
    public static IEnumerable<AlignedText> PrefixSpace(AlignedText text)
    {
        var piece = text.Slice(0, text.Count);
        if (piece.Count > 0 && piece[0] != ' ')
            piece.Prepend([' ']);
        return [piece];
    }

    private static List<AlignedText> Split(
        AlignedText text, IEnumerable<(int Start, int End)> matches, SplitBehavior behavior, bool inverted = false)
    {
        var (cuts, from) = (new List<(int Start, int End, bool IsDelimiter)>(), 0);
        foreach (var (start, end) in matches)
        {
            if (start > from)
                cuts.Add((from, start, inverted));
            cuts.Add((start, end, !inverted));
            from = end;
        }
        if (text.Count > from)
            cuts.Add((from, text.Count, inverted));
        return [.. Joined(cuts, behavior).Select(cut => cut == (0, text.Count) ? text : text.Slice(cut.Start, cut.End))];
    }

    private static List<(int Start, int End)> Joined(List<(int Start, int End, bool IsDelimiter)> cuts, SplitBehavior behavior)
    {
        var joined = new List<(int Start, int End)>();
        for (var i = 0; i < cuts.Count; i++)
        {
            var (start, end, isDelimiter) = cuts[i];
            var joins = i > 0 && behavior switch
            {
                SplitBehavior.MergedWithPrevious => isDelimiter && !cuts[i - 1].IsDelimiter,
                SplitBehavior.MergedWithNext => !isDelimiter && cuts[i - 1].IsDelimiter,
                SplitBehavior.Contiguous => isDelimiter == cuts[i - 1].IsDelimiter,
                _ => false,
            };
            if (behavior == SplitBehavior.Removed && isDelimiter)
                continue;
            if (joins)
                joined[^1] = (joined[^1].Start, end);
            else
                joined.Add((start, end));
        }
        return joined;
    }
}
