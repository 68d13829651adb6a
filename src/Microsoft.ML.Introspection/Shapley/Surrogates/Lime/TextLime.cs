using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Scores some texts.</summary>
/// <param name="texts">The texts.</param>
/// <param name="scores">Where to write, shape [N, outputs].</param>
/// <param name="cancellation">Stops the work.</param>
public delegate void TextScoreFunction(IReadOnlyList<string> texts, Span<double> scores, CancellationToken cancellation);

/// <summary>
/// LIME for texts: words are taken out at random (first how many is drawn, then which), and a linear model that counts texts with more of
/// them left more follows the scores by which words are there. Ribeiro, Singh, Guestrin 2016, arXiv:1602.04938.
/// </summary>
/// <param name="outputNames">The names of the scores.</param>
/// <param name="score">Scores texts: a fitted pipeline, or a tokenizer and a network.</param>
/// <param name="options">How to explain.</param>
public sealed class TextLime(IReadOnlyList<string> outputNames, TextScoreFunction score, TextLimeOptions? options = null)
{
    private const int Together = 256;

    // What a hostile text may cost a pattern that goes back and forth.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string[] _outputs = outputNames is { Count: > 0 } ? [.. outputNames]
        : throw new ArgumentException("At least one score is needed.", nameof(outputNames));
    private readonly TextScoreFunction _score = score ?? throw new ArgumentNullException(nameof(score));
    private readonly TextLimeOptions _options = options ?? new TextLimeOptions();
    private readonly Regex _words = new(options?.WordPattern ?? new TextLimeOptions().WordPattern, RegexOptions.CultureInvariant, Patience);

    /// <summary>Explains a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="output">The score to explain; null for the highest of this text.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">There is no word in the text, or no such output.</exception>
    public LimeExplanation Explain(string text, int? output = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (words, places) = Words(text);
        if (words.Count == 0)
            throw new ArgumentException($"There is no word in the text '{(text.Length > 60 ? text[..60] + "…" : text)}' by the pattern "
                + $"{_options.WordPattern}.", nameof(text));
        var neighbourhood =
            new LimeNeighbourhood(words.Count, _options.Samples, LimeSampling.Counts, _options.KernelWidth / 100, _options.Seed);
        var own = Scores([text], cancellation);
        var explained = SurrogateScores.Choose(own, output);
        var scores = Scores([.. neighbourhood.Coalitions.Select(kept => Without(text, places, kept))], cancellation);
        var fit = neighbourhood.Surrogate().Fit(SurrogateScores.Vector(own, scores, explained), _options.Features, _options.Selection,
            _options.Ridge);
        return LimeExplanation.Of(_outputs[explained], fit, word => words[word], own[explained]);
    }

    // The words that are features, and where each stands.
    private (List<string> Words, List<(int Start, int Length, int Word)> Places) Words(string text)
    {
        var (words, places, known) = (new List<string>(), new List<(int, int, int)>(), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var match in _words.EnumerateMatches(text))
        {
            if (match.Length == 0)
                continue;
            var word = text.Substring(match.Index, match.Length);
            if (_options.ByPosition || !known.TryGetValue(word, out var number))
            {
                number = words.Count;
                words.Add(word);
                known[word] = number;
            }
            places.Add((match.Index, match.Length, number));
        }
        return (words, places);
    }

    private string Without(string text, List<(int Start, int Length, int Word)> places, Coalition kept)
    {
        var (left, from) = (new StringBuilder(text.Length), 0);
        foreach (var (start, length, word) in places)
        {
            left.Append(text, from, start - from);
            if (kept.Contains(word))
                left.Append(text, start, length);
            else
                left.Append(_options.Replacement);
            from = start + length;
        }
        return left.Append(text, from, text.Length - from).ToString();
    }

    private double[] Scores(string[] texts, CancellationToken cancellation)
    {
        var scores = new double[texts.Length * _outputs.Length];
        for (var start = 0; start < texts.Length; start += Together)
        {
            cancellation.ThrowIfCancellationRequested();
            var portion = Math.Min(Together, texts.Length - start);
            _score(new ArraySegment<string>(texts, start, portion), scores.AsSpan(start * _outputs.Length, portion * _outputs.Length),
                cancellation);
        }
        SurrogateScores.CheckFinite(scores, _outputs);
        return scores;
    }
}
