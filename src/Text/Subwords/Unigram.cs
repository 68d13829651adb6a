namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>
/// A unigram language model: of all ways to cut a text into known pieces the likeliest. Kudo 2018, arXiv:1804.10959. A character that no
/// piece stands for is unknown, and costs more than any that does.
/// </summary>
internal sealed class Unigram
{
    private const double UnknownPenalty = 10;

    private readonly PieceIndex _index;
    private readonly Func<int, int, double> _score;
    private readonly double _unknown;
    private readonly bool _single;

    /// <summary>Prepares pieces.</summary>
    /// <param name="pieces">The pieces that may be found, with their numbers.</param>
    /// <param name="score">The logarithm of a piece's probability, by number and by length in bytes.</param>
    /// <param name="least">The least of them.</param>
    /// <param name="single">Whether sums are of single precision, as SentencePiece has them.</param>
    public Unigram(IEnumerable<KeyValuePair<string, int>> pieces, Func<int, int, double> score, double least, bool single) =>
        (_index, _score, _unknown, _single) =
            (new PieceIndex(pieces), score, single ? (float)least - (float)UnknownPenalty : least - UnknownPenalty, single);

    /// <summary>Cuts a text.</summary>
    /// <returns>The lengths of the pieces in UTF-16 units, and their numbers; null for a character that is unknown.</returns>
    public List<(int Length, int? Id)> Cut(string text)
    {
        var best = new (double Score, int Start, int? Id)[text.Length + 1];
        for (var i = 1; i < best.Length; i++)
            best[i].Start = -1;
        for (var start = 0; start < text.Length;)
        {
            var own = char.IsHighSurrogate(text[start]) && start + 1 < text.Length ? 2 : 1;
            var known = false;
            foreach (var (length, id) in _index.Beginning(text.AsSpan(start)))
            {
                Reach(start, length, _score(id, System.Text.Encoding.UTF8.GetByteCount(text.AsSpan(start, length))), id);
                known |= length == own;
            }
            if (!known)
                Reach(start, own, _unknown, null);
            start += own;
        }
        var pieces = new List<(int Length, int? Id)>();
        for (var end = text.Length; end > 0; end = best[end].Start)
            pieces.Add((end - best[end].Start, best[end].Id));
        pieces.Reverse();
        return pieces;

        void Reach(int start, int length, double score, int? id)
        {
            var candidate = _single && score == (float)score ? (float)score + (float)best[start].Score : score + best[start].Score;
            ref var there = ref best[start + length];
            if (there.Start < 0 || candidate > there.Score)
                there = (_single ? (float)candidate : candidate, start, id);
        }
    }
}
