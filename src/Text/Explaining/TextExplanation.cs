namespace Microsoft.ML.Introspection.Text;

/// <summary>A word of a text and its share in a score.</summary>
/// <param name="Text">The word, as it is written.</param>
/// <param name="Span">Where it stands in its text.</param>
/// <param name="Sequence">Which text: 0 or 1.</param>
/// <param name="Score">How much it speaks for the score.</param>
/// <param name="IsSeen">
/// Whether a token of it reached the network: not of what is cut off for length, or taken out by the tokenizer.
/// </param>
public readonly record struct WordScore(string Text, TextSpan Span, int Sequence, double Score, bool IsSeen);

/// <summary>The scores of tokens, spread over the words of the text.</summary>
/// <remarks>
/// The score of a token is spread evenly over the characters of its span that are no white space; a word has the sum of its characters'.
/// What has no such character stays apart: tokens that were added, padding, mere blanks. Words and rest sum to the total.
/// </remarks>
public sealed record TextExplanation
{
    private TextExplanation(TokenizedText text, double[] tokens, IReadOnlyList<WordScore> words) =>
        (Text, TokenScores, Words, Total) = (text, tokens, words, tokens.Length > 0 ? tokens.Sum() : words.Sum(w => w.Score));

    /// <summary>The text with its tokens.</summary>
    public TokenizedText Text { get; }

    /// <summary>The score of each token as the network saw them, padding included; none where words themselves were played with.</summary>
    public IReadOnlyList<double> TokenScores { get; }

    /// <summary>The words, in order.</summary>
    public IReadOnlyList<WordScore> Words { get; }

    /// <summary>What the tokens have that were added where a text begins or ends.</summary>
    public double Added { get; private init; }

    /// <summary>What the padding has.</summary>
    public double Padding { get; private init; }

    /// <summary>What tokens have that stand for blanks alone, or for nothing in the text.</summary>
    public double Blank { get; private init; }

    /// <summary>What is no word's.</summary>
    public double Rest => Added + Padding + Blank;

    /// <summary>The sum over all tokens, or over all words where there are no scores of tokens.</summary>
    public double Total { get; }

    /// <summary>The explained class; null where nobody says it.</summary>
    public int? Target { get; init; }

    /// <summary>The explained score; null where nobody says it.</summary>
    public double? Score { get; init; }

    /// <summary>Spreads scores over words.</summary>
    /// <param name="text">The text with its tokens.</param>
    /// <param name="scores">A score for each token; those behind the last token are padding's.</param>
    /// <param name="units">What gets a score.</param>
    /// <exception cref="ArgumentException">There are fewer scores than tokens.</exception>
    public static TextExplanation Of(TokenizedText text, ReadOnlySpan<double> scores, TextUnits units = TextUnits.Words)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (scores.Length < text.Tokens.Count)
            throw new ArgumentException($"A score for each of the {text.Tokens.Count} tokens was expected; there are {scores.Length}.",
                nameof(scores));
        double[][] characters = [new double[text.First.Length], new double[text.Second?.Length ?? 0]];
        bool[][] seen = [new bool[text.First.Length], new bool[text.Second?.Length ?? 0]];
        var (added, padding, blank) = (0.0, 0.0, 0.0);
        for (var i = 0; i < scores.Length; i++)
            if (i >= text.Tokens.Count)
                padding += scores[i];
            else if (text.Tokens[i].Sequence is not { } sequence)
                added += scores[i];
            else
            {
                var letters = Letters(text.Tokens[i].Span, sequence == 0 ? text.First : text.Second!);
                if (letters.Count == 0)
                    blank += scores[i];
                foreach (var place in letters)
                {
                    characters[sequence][place] += scores[i] / letters.Count;
                    seen[sequence][place] = true;
                }
            }
        return new TextExplanation(text, scores.ToArray(), [.. Words(0), .. text.Second is null ? [] : Words(1)])
        {
            Added = added,
            Padding = padding,
            Blank = blank,
        };

        IEnumerable<WordScore> Words(int sequence)
        {
            var whole = sequence == 0 ? text.First : text.Second!;
            return WordRule.Spans(text, sequence, units).Select(span =>
            {
                var sum = 0.0;
                for (var i = span.Start; i < span.End; i++)
                    sum += characters[sequence][i];
                return new WordScore(span.Of(whole).ToString(), span, sequence, sum,
                    seen[sequence].AsSpan(span.Start, span.Length).Contains(true));
            });
        }
    }

    /// <summary>Spreads scores over words, of tokens that nothing is known of but where they stand.</summary>
    /// <param name="text">The text.</param>
    /// <param name="spans">Where each token stands; empty for what stands for nothing.</param>
    /// <param name="scores">A score for each token.</param>
    /// <param name="units">What gets a score; pieces are not known then.</param>
    /// <exception cref="ArgumentException">A token stands outside the text, or pieces are asked for.</exception>
    public static TextExplanation Of(
        string text, ReadOnlySpan<TextSpan> spans, ReadOnlySpan<double> scores, TextUnits units = TextUnits.Words)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sequences = new int?[spans.Length];
        for (var i = 0; i < sequences.Length; i++)
            sequences[i] = spans[i].IsEmpty ? null : 0;
        return Of(text, null, spans, sequences, scores, units);
    }

    /// <summary>Spreads scores over the words of two texts, of tokens that nothing is known of but where they stand.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second; null for none.</param>
    /// <param name="spans">Where each token stands in its text; empty for what stands for nothing.</param>
    /// <param name="sequences">Which text each token stands in, 0 or 1; null for what was added.</param>
    /// <param name="scores">A score for each token.</param>
    /// <param name="units">What gets a score; pieces are not known then.</param>
    /// <exception cref="ArgumentException">A token stands outside its text, or pieces are asked for.</exception>
    public static TextExplanation Of(string first, string? second, ReadOnlySpan<TextSpan> spans, ReadOnlySpan<int?> sequences,
        ReadOnlySpan<double> scores, TextUnits units = TextUnits.Words)
    {
        ArgumentNullException.ThrowIfNull(first);
        if (units == TextUnits.Pieces)
            throw new ArgumentException("Which pieces tokens are of is not known; take words or characters.", nameof(units));
        if (sequences.Length != spans.Length)
            throw new ArgumentException($"A text for each of the {spans.Length} tokens was expected; there are {sequences.Length}.",
                nameof(sequences));
        var tokens = new TextToken[spans.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            var length = sequences[i] switch
            {
                null => 0,
                0 => first.Length,
                1 when second is not null => second.Length,
                var other => throw new ArgumentException(
                    $"Token {i} stands in text {other}; {(second is null ? "0, or none," : "0, 1, or none")} was expected.",
                    nameof(sequences)),
            };
            tokens[i] = sequences[i] is null || spans[i].Start >= 0 && spans[i].End <= length
                ? new TextToken(0, "", spans[i], sequences[i] ?? 0, sequences[i], null)
                : throw new ArgumentException($"Token {i} stands at {spans[i].Start} to {spans[i].End} in a text of {length} "
                    + "characters: its place is that in another text.", nameof(spans));
        }
        return Of(new TokenizedText(first, second, tokens), scores, units);
    }

    /// <summary>Takes scores that words have themselves.</summary>
    internal static TextExplanation OfWords(TokenizedText text, IReadOnlyList<WordScore> words) => new(text, [], words);

    private static List<int> Letters(TextSpan span, string text) =>
        [.. Enumerable.Range(span.Start, Math.Max(span.Length, 0)).Where(i => !char.IsWhiteSpace(text[i]))];
}
