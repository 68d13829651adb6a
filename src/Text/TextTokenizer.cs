using Microsoft.ML.Introspection.Text.Reading;

namespace Microsoft.ML.Introspection.Text;

/// <summary>
/// Cuts texts into the tokens that a network was trained with, and knows which characters of the original text each of them stands for.
/// </summary>
/// <remarks>Several threads may use one at once.</remarks>
/// <example><code>
/// var tokenizer = TextTokenizer.Load("vocab.txt");
/// foreach (var token in tokenizer.Encode("Not bad at all!").Tokens)
///     Console.WriteLine($"{token.Id} {token.Text} {token.Span}");
/// </code></example>
public sealed class TextTokenizer
{
    private readonly TokenizerDefinition _definition;

    private TextTokenizer(TokenizerDefinition definition, TokenizerOptions options) =>
        (_definition, PaddingId) = (definition, options.PaddingId ?? definition.PaddingId);

    /// <summary>What kind it is, for people: "WordPiece", "byte-level BPE", ….</summary>
    public string Kind => _definition.Kind;

    /// <summary>One more than the largest number of a token.</summary>
    public int VocabularySize => _definition.Vocabulary.Size;

    /// <summary>The number of padding.</summary>
    public int PaddingId { get; }

    /// <summary>The number of the token that hides a word from models that were trained to guess; null where there is none.</summary>
    public int? MaskId => _definition.Vocabulary.AnyOf("[MASK]", "<mask>");

    /// <summary>The number of the token for what is unknown; null where nothing is.</summary>
    public int? UnknownId => _definition.UnknownId;

    /// <summary>The token of a number; empty where there is none.</summary>
    public string TokenOf(int id) => _definition.Vocabulary.TokenOf(id);

    /// <summary>The number of a token; null where there is none of that name.</summary>
    public int? IdOf(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _definition.Vocabulary.IdOf(token);
    }

    /// <summary>
    /// Reads a tokenizer: <c>tokenizer.json</c> (WordPiece, BPE, Unigram), <c>vocab.txt</c> (WordPiece), <c>vocab.json</c> with
    /// <c>merges.txt</c> beside it, <c>dict.txt</c> with <c>encoder.json</c> and <c>vocab.bpe</c> (RoBERTa's first release, as ML.NET has
    /// it), <c>.model</c> (SentencePiece), <c>.tiktoken</c>, or a folder that holds one of these.
    /// </summary>
    /// <param name="path">The file, or the folder.</param>
    /// <param name="options">What the file leaves open.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or of a kind that is not known.</exception>
    public static TextTokenizer Load(string path, TokenizerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new TokenizerOptions();
        return new TextTokenizer(TokenizerFile.Read(path, options), options);
    }

    /// <summary>Cuts a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="options">How many tokens there may be.</param>
    /// <exception cref="ArgumentException">The text is too long, and none of it may go.</exception>
    public TokenizedText Encode(string text, EncodingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _definition.Encode(text, null, options ?? new EncodingOptions());
    }

    /// <summary>Cuts two texts that go together.</summary>
    /// <param name="first">The first.</param>
    /// <param name="second">The second.</param>
    /// <param name="options">How many tokens there may be, and which text gives way.</param>
    /// <exception cref="ArgumentException">The texts are too long, and not enough of them may go.</exception>
    public TokenizedText Encode(string first, string second, EncodingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return _definition.Encode(first, second, options ?? new EncodingOptions());
    }

    /// <summary>Cuts several texts, and fills them up to one length.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="length">The length of all rows, to which what is longer is cut; null for that of the longest.</param>
    /// <param name="options">How many tokens there may be.</param>
    public TokenBatch EncodeBatch(IReadOnlyList<string> texts, int? length = null, EncodingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new EncodingOptions();
        if (length is { } most)
            options = options with { MaximumLength = Math.Min(most, options.MaximumLength ?? most) };
        return Batch([.. texts.Select(text => Encode(text, options))], length);
    }

    /// <summary>Fills texts that have been cut up to one length.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="length">The length of all rows; null for that of the longest.</param>
    /// <exception cref="ArgumentException">A text has more tokens.</exception>
    public TokenBatch Batch(IReadOnlyList<TokenizedText> texts, int? length = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var longest = texts.Select(t => t.Tokens.Count).DefaultIfEmpty().Max();
        return length is not { } wanted || wanted >= longest ? new TokenBatch(texts, length ?? longest, PaddingId)
            : throw new ArgumentException($"At most {wanted} tokens were expected; a text has {longest}.", nameof(texts));
    }
}
