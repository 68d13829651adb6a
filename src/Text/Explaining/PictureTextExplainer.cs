using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Imaging;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Text;

/// <summary>Explains a network of picture and text: one attribution to both, so that what both have sums to the score's change.</summary>
/// <remarks>
/// Methods of gradients and relevance attribute to the pixels and to the embedding of each token. In LIME and the methods of coalitions
/// the regions of the picture and the words of the text play with one another; what stands for an absent one is the method's baseline, as
/// a rule one for each: <c>Baseline.OfEach(Baseline.Zero, Baseline.Token(id))</c>, the picture's first.
/// </remarks>
/// <example><code>
/// var tokenizer = TextTokenizer.Load("vocab.txt");
/// var network = PictureTextNetwork.Load("both.onnx", tokenizer);
/// using var explainer = new PictureTextExplainer(network, Preprocessing.Named("plain", network.Picture),
///     new IntegratedGradients { Baseline = Baseline.OfEach(Baseline.Zero, Baseline.Token(tokenizer.PaddingId)) });
/// var why = explainer.Explain(image, "a cat on a mat");
/// Console.WriteLine($"picture {why.PictureTotal} ({why.PictureShare:P0}), text {why.TextTotal} ({why.TextShare:P0})");
/// </code></example>
public sealed class PictureTextExplainer : IDisposable
{
    private const string Attributions = "attribution", Targets = "target", Scores = "score", Starts = "base";

    private readonly PictureTextNetwork _network;
    private readonly Preprocessing _preprocessing;
    private readonly AttributionMethod _method;
    private readonly TextExplainerOptions _options;
    private (int Length, ModelSession Session)? _session;

    /// <summary>Prepares an explanation.</summary>
    /// <param name="network">The network with its tokenizer.</param>
    /// <param name="preprocessing">How a picture becomes numbers.</param>
    /// <param name="method">How to explain.</param>
    /// <param name="options">What is explained; numbers of a token's embedding are summed, whatever the options say.</param>
    /// <exception cref="ArgumentException">The pictures are not those of the network, or reduction or length do not fit.</exception>
    public PictureTextExplainer(PictureTextNetwork network, Preprocessing preprocessing, AttributionMethod method,
        TextExplainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(method);
        (_network, _preprocessing, _method, _options) = (network, preprocessing, method, options ?? new TextExplainerOptions());
        var wanted = network.Picture;
        if ((preprocessing.Width, preprocessing.Height, preprocessing.ChannelCount, preprocessing.Layout)
            != (wanted.Width, wanted.Height, wanted.Channels, wanted.Layout))
            throw new ArgumentException($"Pictures of {wanted.Width} × {wanted.Height}, {wanted.Channels} channels, {wanted.Layout}, were "
                + $"expected by the network; the preprocessing makes {preprocessing.Description}.", nameof(preprocessing));
        if (_options.Reduction != TokenReduction.Sum)
            throw new ArgumentException("What picture and text have together is a sum; lengths of vectors have none. Take the sum.",
                nameof(options));
        if (_options.Length is { } length && network.FixedLength is { } known && length != known)
            throw new ArgumentException($"The network takes {known} tokens; a length of {length} was asked for.", nameof(options));
    }

    /// <summary>About how many regions a picture is cut into, which play as one in LIME and the methods of coalitions (SLIC).</summary>
    public int Regions
    {
        get;
        init => field = value is >= 1 and <= 1 << 16 ? value
            : throw new ArgumentOutOfRangeException(nameof(Regions), value, $"A number from 1 to {1 << 16} was expected.");
    } = 50;

    /// <summary>Explains a picture with its text.</summary>
    /// <param name="image">The picture, upright, at its own size.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The method cannot attribute to both.</exception>
    public PictureTextExplanation Explain(Raster image, string text, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(text);
        var tokens = _network.Encode(text, _options);
        var length = _network.FixedLength ?? _options.Length ?? Math.Max(tokens.Tokens.Count, 1);
        var fitted = _preprocessing.Fit(image);
        var row = new float[_preprocessing.Count];
        _preprocessing.Write(fitted, row);
        var feed = _network.Texts.Feed(_network.Tokenizer.Batch([tokens], length));
        feed.Add(_network.PictureInputName, Tensor.From(row, [1, .. _network.Picture.RowShape.Select(e => (long)e)]));
        var regions = _method is CoalitionMethod ? RegionsOf(fitted) : null;
        using var own = regions is null ? null : Session(length, Playing((CoalitionMethod)_method, regions, tokens, length));
        var results = (own ?? SessionFor(length)).Run(feed, cancellation);
        return Explained(results, tokens, length) with { Regions = regions };
    }

    /// <inheritdoc/>
    public void Dispose() => _session?.Session.Dispose();

    private PictureTextExplanation Explained(IReadOnlyDictionary<string, Tensor> results, TokenizedText text, int length)
    {
        var (height, width, channels) = (_preprocessing.Height, _preprocessing.Width, _preprocessing.ChannelCount);
        var pixels = results[$"{Attributions}_{_network.PictureInputName}"].ToDouble();
        var embedded = results[$"{Attributions}_{_network.IdsInput}"].ToDouble();
        if (pixels.Length != height * width * channels || embedded.Length % length != 0)
            throw new ArgumentException(
                $"{_method} gives no number for each pixel and each token: it does not explain pictures with texts.");
        var map = new double[height * width];
        for (var i = 0; i < pixels.Length; i++)
            map[_preprocessing.Layout == PixelLayout.ChannelsFirst ? i % map.Length : i / channels] += pixels[i];
        var tokens = new double[length];
        for (var i = 0; i < embedded.Length; i++)
            tokens[i / (embedded.Length / length)] += embedded[i];
        var target = (int)results[Targets].ToInt64()[0];
        var score = results[Scores].ToDouble()[0];
        return new PictureTextExplanation(map, height, width,
            TextExplanation.Of(text, tokens, _options.Units) with { Target = target, Score = score })
        {
            Target = target,
            Score = score,
            BaseValue = results.TryGetValue(Starts, out var start) ? start.ToDouble()[0] : null,
        };
    }

    private ModelSession SessionFor(int length)
    {
        if (_session is { } known && known.Length == length)
            return known.Session;
        _session?.Session.Dispose();
        _session = null;
        _session = (length, Session(length, _method));
        return _session.Value.Session;
    }

    private ModelSession Session(int length, AttributionMethod method)
    {
        var graph = Explanation.Compile(_network.Of(length), new Ask(method, _options.Target, Attributions)
        {
            Of = [_network.PictureInputName, _network.IdsInput],
            Output = _options.Output,
            TargetName = Targets,
            ScoreName = Scores,
            BaseValueName = Starts,
            BaseValueWherePromised = true,
        });
        return _network.Texts.Tried(length, () => new ModelSession(graph.Model, _options.Runtime));
    }

    // Regions of like colour, as one sees them in what the network is given.
    private int[] RegionsOf(Raster fitted)
    {
        var (count, channels) = (fitted.Width * fitted.Height, (int)fitted.Format);
        var planes = new float[count * channels];
        for (var i = 0; i < planes.Length; i++)
            planes[i % channels * count + i / channels] = fitted.Pixels[i] / 255f;
        return Array.ConvertAll(
            Superpixels.Slic(Tensor.From(planes, channels, fitted.Height, fitted.Width), Regions).ToInt64(), region => (int)region);
    }

    // The players of one row: its regions, its words, each token that is in no word, and all padding.
    private CoalitionMethod Playing(CoalitionMethod method, int[] regions, TokenizedText text, int length)
    {
        if (method.Groups is not null)
            throw new ArgumentException("Of picture and text the groups are the regions and the words; leave groups out.");
        var channels = _preprocessing.ChannelCount;
        var pixels = new long[regions.Length * channels];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = regions[_preprocessing.Layout == PixelLayout.ChannelsFirst ? i % regions.Length : i / channels];
        var (next, players, words) = (regions.Max() + 1, new long[length], WordRule.Spans(text, 0, _options.Units));
        for (var i = 0; i < length; i++)
        {
            var isPadding = i >= text.Tokens.Count;
            var (sequence, span) = isPadding ? (null, default) : (text.Tokens[i].Sequence, text.Tokens[i].Span);
            var word = sequence is null ? -1 : words.FindIndex(w => w.Start < span.End && span.Start < w.End);
            players[i] = next + (isPadding ? words.Count + text.Tokens.Count : word >= 0 ? word : words.Count + i);
        }
        var widths = _network.Of(length).EmbeddingsOf(_network.IdsInput)
            .Select(e => e.Shape is { Rank: >= 3 } shape && shape[1] == length ? (int)shape.Skip(2).Aggregate(1L, (all, d) => all * d.Value)
                : throw new ArgumentException($"The embedding '{e.Name}' has the shape {e.Shape}; [N, tokens, …] was expected."));
        var groups = pixels.Concat(widths.SelectMany(width => players.SelectMany(player => Enumerable.Repeat(player, width)))).ToArray();
        return method with { Groups = Tensor.From(groups, groups.Length), Spread = true };
    }
}
