using Microsoft.ML.Introspection.Text.Normalizing;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>Tiktoken's byte pair encoding: what is joined first is the token of the lowest rank, which is its number, too.</summary>
/// <param name="ranks">The file, checked.</param>
/// <param name="vocabulary">Its tokens, bytes as letters.</param>
internal sealed class RankedBytes(Stream ranks, Vocabulary vocabulary) : ISubwords
{
    private readonly TiktokenTokenizer _bytes = TiktokenTokenizer.Create(ranks, preTokenizer: null, normalizer: null);

    /// <inheritdoc/>
    public void Cut(AlignedText piece, List<Subword> into)
    {
        var (bytes, done) = (ByteLetters.Of(piece), 0);
        foreach (var id in _bytes.EncodeToIds(piece.ToString(), considerPreTokenization: false, considerNormalization: false))
        {
            var token = vocabulary.TokenOf(id);
            into.Add(new Subword(id, token, bytes.SpanOf(done, done + token.Length)));
            done += token.Length;
        }
    }
}
