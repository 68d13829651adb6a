namespace Microsoft.ML.Introspection.Text;

/// <summary>Several texts, filled up to one length: what a network takes.</summary>
public sealed class TokenBatch
{
    internal TokenBatch(IReadOnlyList<TokenizedText> texts, int length, int padding)
    {
        (Texts, Length) = (texts, length);
        var size = checked(texts.Count * length);
        (Ids, Mask, TypeIds) = (new long[size], new long[size], new long[size]);
        Array.Fill(Ids, padding);
        for (var row = 0; row < texts.Count; row++)
            foreach (var (place, token) in texts[row].Tokens.Select((t, i) => (row * length + i, t)))
                (Ids[place], Mask[place], TypeIds[place]) = (token.Id, 1, token.TypeId);
    }

    /// <summary>The texts with their tokens.</summary>
    public IReadOnlyList<TokenizedText> Texts { get; }

    /// <summary>How many tokens each row has, padding included.</summary>
    public int Length { get; }

    /// <summary>The numbers of the tokens, shape [N, <see cref="Length"/>].</summary>
    public long[] Ids { get; }

    /// <summary>1 for a token, 0 for padding, shape [N, <see cref="Length"/>].</summary>
    public long[] Mask { get; }

    /// <summary>Which part of the input each token belongs to, shape [N, <see cref="Length"/>].</summary>
    public long[] TypeIds { get; }
}
