using Microsoft.ML.Introspection.Text.Normalizing;

namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>A token of a piece of text.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Text">What it is called in the vocabulary; what is in the text, where that is unknown to a SentencePiece model.</param>
/// <param name="Span">The stretch of the original text that it stands for.</param>
internal readonly record struct Subword(int Id, string Text, TextSpan Span);

/// <summary>Cuts pieces of text into the tokens of a vocabulary.</summary>
internal interface ISubwords
{
    /// <summary>Cuts a piece.</summary>
    /// <param name="piece">The piece; may be changed.</param>
    /// <param name="into">Where its tokens are added.</param>
    void Cut(AlignedText piece, List<Subword> into);
}
