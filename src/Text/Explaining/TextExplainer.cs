using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Text;

/// <summary>Explains a network of texts word by word.</summary>
/// <remarks>
/// Methods of gradients and relevance run at the embedding of the tokens, one number for each, which is spread over the words. LIME and the
/// methods of coalitions play with words themselves: they are replaced in the text, and the text is cut into tokens anew.
/// </remarks>
/// <example><code>
/// var tokenizer = TextTokenizer.Load("vocab.txt");
/// using var explainer = new TextExplainer(TextNetwork.Load("sentiment.onnx", tokenizer),
///     new IntegratedGradients { Baseline = Baseline.Token(tokenizer.PaddingId) });
/// foreach (var word in explainer.Explain("not bad at all").Words)
///     Console.WriteLine($"{word.Score:+0.00;-0.00} {word.Text}");
/// </code></example>
public sealed class TextExplainer : IDisposable
{
    private const string Attributions = "attribution", Targets = "target", Scores = "score";

    private readonly TextNetwork _network;
    private readonly AttributionMethod _method;
    private readonly TextExplainerOptions _options;
    private readonly WordGame? _game;
    private (int Length, ModelSession Session)? _session;

    /// <summary>Prepares an explanation.</summary>
    /// <param name="network">The network with its tokenizer.</param>
    /// <param name="method">How to explain.</param>
    /// <param name="options">What is explained.</param>
    public TextExplainer(TextNetwork network, AttributionMethod method, TextExplainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(method);
        (_network, _method, _options) = (network, method, options ?? new TextExplainerOptions());
        if (_options.Length is { } length && network.FixedLength is { } known && length != known)
            throw new ArgumentException($"The network takes {known} tokens; a length of {length} was asked for.", nameof(options));
        _game = method is CoalitionMethod game ? new WordGame(network, game, _options) : null;
    }

    /// <summary>Explains a text.</summary>
    /// <inheritdoc cref="Explain(IReadOnlyList{string}, CancellationToken)"/>
    public TextExplanation Explain(string text, CancellationToken cancellation = default) => Explain([text], cancellation)[0];

    /// <summary>Explains texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The method cannot attribute to tokens.</exception>
    public IReadOnlyList<TextExplanation> Explain(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Explain([.. texts.Select(text => _network.Encode(text, null, _options))], cancellation);
    }

    /// <summary>Explains texts that have been cut into tokens, pairs of texts among them.</summary>
    /// <inheritdoc cref="Explain(IReadOnlyList{string}, CancellationToken)"/>
    public IReadOnlyList<TextExplanation> Explain(IReadOnlyList<TokenizedText> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (_game is not null)
            return [.. texts.Select(text => _game.Explain(text, cancellation))];
        var length = _network.FixedLength ?? _options.Length ?? Math.Max(texts.Select(t => t.Tokens.Count).DefaultIfEmpty().Max(), 1);
        var session = SessionFor(length);
        var (batch, explained) = (_network.FixedBatch ?? _options.Runtime.BatchSize, new List<TextExplanation>(texts.Count));
        for (var start = 0; start < texts.Count; start += batch)
        {
            var portion = texts.Skip(start).Take(batch).ToList();
            var rows = portion.Count;
            // A network that takes so many rows and no fewer gets the last of them again.
            while (_network.FixedBatch is { } rowsWanted && portion.Count < rowsWanted)
                portion.Add(portion[^1]);
            var results = session.Run(_network.Feed(_network.Tokenizer.Batch(portion, length)), cancellation);
            var (tokens, targets, scores) = (results[Attributions].ToDouble(), results[Targets].ToInt64(), results[Scores].ToDouble());
            for (var row = 0; row < rows; row++)
                explained.Add(TextExplanation.Of(portion[row], tokens.AsSpan(row * length, length), _options.Units) with
                {
                    Target = (int)targets[row],
                    Score = scores[row],
                });
        }
        return explained;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Session.Dispose();
        _game?.Dispose();
    }

    private ModelSession SessionFor(int length)
    {
        if (_session is { } known && known.Length == length)
            return known.Session;
        _session?.Session.Dispose();
        _session = null;
        var network = _network.Tried(length, () => _network.Of(length));
        var model = Explanation.Compile(network, new PerToken(_method, _options.Reduction), _options.Target,
            new ExplanationOptions
            {
                Inputs = [_network.IdsInput],
                Output = _options.Output,
                AttributionName = Attributions,
                TargetName = Targets,
                ScoreName = Scores,
            });
        if (model.Outputs[0].Shape is not { Rank: 2 } shape || shape[1] != length)
            throw new ArgumentException(
                $"{_method} gives {model.Outputs[0].Shape}, and no number for each token: it does not explain texts.");
        _session = (length, _network.Tried(length, () => new ModelSession(model, _options.Runtime)));
        return _session.Value.Session;
    }
}
