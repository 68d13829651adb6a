using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>
/// Byte pair encoding over bytes, as GPT-2, RoBERTa and CLIP have it: neighbours are joined by the order in which they were learnt.
/// Microsoft.ML.Tokenizers joins them; pieces, and which characters their bytes belong to, are found here.
/// </summary>
internal sealed class BytePairs : ISubwords
{
    private readonly BpeTokenizer _pairs;
    private readonly Vocabulary _vocabulary;
    private readonly bool _wholeFirst;

    /// <summary>Prepares a vocabulary and its merges.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="merges">Pairs in the order in which they are joined, a blank between the two.</param>
    /// <param name="form">What ends a word, and the like.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InvalidDataException">The merges do not fit the vocabulary.</exception>
    public BytePairs(Vocabulary vocabulary, IReadOnlyList<string> merges, BytePairForm form, string source)
    {
        (_vocabulary, _wholeFirst) = (vocabulary, form.WholeFirst);
        try
        {
            _pairs = BpeTokenizer.Create(new BpeOptions(vocabulary.Ids)
            {
                Merges = merges,
                UnknownToken = form.Unknown,
                ContinuingSubwordPrefix = form.Prefix,
                EndOfWordSuffix = form.Suffix,
            });
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new InvalidDataException($"The merges of '{source}' do not fit its vocabulary: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Cut(AlignedText piece, List<Subword> into)
    {
        var bytes = ByteLetters.Of(piece);
        if (_wholeFirst && _vocabulary.IdOf(bytes.Text) is { } whole)
        {
            into.Add(new Subword(whole, bytes.Text, piece.SpanOf(0, piece.Count)));
            return;
        }
        foreach (var token in _pairs.EncodeToTokens(bytes.Text, out _, considerPreTokenization: false, considerNormalization: false))
            into.Add(new Subword(token.Id, token.Value, bytes.SpanOf(token.Offset.Start.Value, token.Offset.End.Value)));
    }
}

/// <summary>What differs between vocabularies of byte pairs.</summary>
/// <param name="Suffix">What ends a word, such as <c>&lt;/w&gt;</c>.</param>
/// <param name="Prefix">What pieces begin with that do not begin a word.</param>
/// <param name="Unknown">What is not in the vocabulary becomes this.</param>
/// <param name="WholeFirst">Whether a piece that is a token as a whole is not joined from its parts.</param>
internal sealed record BytePairForm(string? Suffix = null, string? Prefix = null, string? Unknown = null, bool WholeFirst = false);
