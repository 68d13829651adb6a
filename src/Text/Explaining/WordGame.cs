using System.Text;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Text;

/// <summary>Plays with the words of texts: LIME, or Shapley values of coalitions of words.</summary>
internal sealed class WordGame : IDisposable
{
    // Lengths are rounded up, so that a few networks serve all variants of a text.
    private const int Step = 8;

    private readonly TextNetwork _network;
    private readonly CoalitionMethod _method;
    private readonly TextExplainerOptions _options;
    private readonly string _replacement;
    private readonly Dictionary<int, NetworkScorer> _scorers = [];

    public WordGame(TextNetwork network, CoalitionMethod method, TextExplainerOptions options)
    {
        (_network, _method, _options) = (network, method, options);
        _replacement = options.Replacement ?? (network.Tokenizer.MaskId is { } mask ? network.Tokenizer.TokenOf(mask) : "");
    }

    /// <summary>Explains a text.</summary>
    public TextExplanation Explain(TokenizedText text, CancellationToken cancellation)
    {
        var places = Places(text);
        if (places.Count == 0)
            return TextExplanation.OfWords(text, []);
        var (values, target, score) = Values(text, places, cancellation);
        return TextExplanation.OfWords(text, [.. places.Select((p, i) =>
            new WordScore(p.Span.Of(Whole(text, p.Sequence)).ToString(), p.Span, p.Sequence, values[i], IsSeen: true))]) with
        {
            Target = target,
            Score = score,
        };
    }

    public void Dispose()
    {
        foreach (var scorer in _scorers.Values)
            scorer.Dispose();
    }

    private IReadOnlyList<string> OutputNames => ScorerFor(_network.FixedLength ?? Step).OutputNames;

    private List<(TextSpan Span, int Sequence)> Places(TokenizedText text) =>
    [
        .. WordRule.Spans(text, 0, _options.Units).Select(s => (s, 0)),
        .. text.Second is null ? [] : WordRule.Spans(text, 1, _options.Units).Select(s => (s, 1)),
    ];

    private (double[] Values, int Target, double Score) Values(TokenizedText text, List<(TextSpan Span, int Sequence)> places,
        CancellationToken cancellation)
    {
        var scorer = new FunctionScorer([.. places.Select((_, i) => $"word {i}")], OutputNames, (rows, scores) =>
        {
            var variants = new List<(string, string?)>();
            for (var start = 0; start < rows.Length; start += places.Count)
            {
                var kept = rows.Slice(start, places.Count).ToArray();
                variants.Add(Variant(text, places, word => kept[word] > 0.5f));
            }
            Score(variants, scores, cancellation);
        });
        using var explainer = Explainer.For(scorer, new ExplainerOptions
        {
            Algorithm = AlgorithmChoice.Auto with { Method = _method },
            Outputs = new OutputChoice(_options.Target),
            Background = new Background(new float[places.Count], "against a text without its words"),
            ModelName = "the network",
        });
        var found = explainer.Room(1);
        var whole = new float[places.Count];
        Array.Fill(whole, 1);
        explainer.Explain(whole, found, cancellation: cancellation);
        return (found.ValuesOf(0).ToArray(), found.Outputs[0], found.Scores[0]);
    }

    private static string Whole(TokenizedText text, int sequence) => sequence == 0 ? text.First : text.Second!;

    private (string First, string? Second) Variant(TokenizedText text, List<(TextSpan Span, int Sequence)> places, Func<int, bool> isKept)
    {
        return (Written(text.First, 0), text.Second is null ? null : Written(text.Second, 1));

        string Written(string whole, int sequence)
        {
            var (written, done) = (new StringBuilder(whole.Length), 0);
            for (var i = 0; i < places.Count; i++)
                if (places[i].Sequence == sequence && !isKept(i))
                {
                    written.Append(whole, done, places[i].Span.Start - done).Append(_replacement);
                    done = places[i].Span.End;
                }
            return written.Append(whole, done, whole.Length - done).ToString();
        }
    }

    private void Score(IReadOnlyList<(string First, string? Second)> texts, Span<double> scores, CancellationToken cancellation)
    {
        var tokens = texts.Select(t => _network.Encode(t.First, t.Second, _options)).ToList();
        var longest = tokens.Max(t => t.Tokens.Count);
        var length = _network.FixedLength ?? _options.Length ?? (longest + Step - 1) / Step * Step;
        ScorerFor(length).Score(_network.Rows(_network.Tokenizer.Batch(tokens, length)), scores, cancellation);
    }

    private NetworkScorer ScorerFor(int length)
    {
        if (!_scorers.TryGetValue(length, out var scorer))
            _scorers[length] = scorer =
                _network.Tried(length, () => new NetworkScorer(_network.Of(length), _options.Output, _options.Runtime));
        return scorer;
    }
}
