namespace Microsoft.ML.Introspection.Text;

/// <summary>A token of a text, or of two.</summary>
/// <param name="Id">Its number, which the network sees.</param>
/// <param name="Text">
/// What it is called in the vocabulary: bytes as letters in byte-level vocabularies (<c>Ġ</c> is a blank), the text itself where a
/// SentencePiece model does not know it.
/// </param>
/// <param name="Span">
/// What it stands for in the original text, in UTF-16 units; empty for what stands for nothing. A character that several tokens share is
/// all of it in each (byte level), or in the last of them (SentencePiece).
/// </param>
/// <param name="TypeId">Which part of the input it belongs to, as BERT counts: 0 or 1.</param>
/// <param name="Sequence">Which text its span is of: 0 or 1; null for what was added.</param>
/// <param name="Word">The number of the piece that the tokenizer cut before it looked into its vocabulary; null for what was added.</param>
public readonly record struct TextToken(int Id, string Text, TextSpan Span, int TypeId, int? Sequence, int? Word)
{
    /// <summary>Whether it was added: where a text begins or ends.</summary>
    public bool IsSpecial => Sequence is null;
}
