namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>
/// Byte pair encoding over characters: neighbours are joined as long as two of them may be, of all the best, of equals the first.
/// </summary>
/// <param name="rank">How soon two neighbours are joined, the lowest first; null for never.</param>
internal sealed class Joining(Func<string, string, double?> rank)
{
    /// <summary>Joins.</summary>
    /// <param name="symbols">What to join.</param>
    /// <param name="frozen">Which of them stay as they are.</param>
    /// <returns>How many of the symbols are in each of what is left.</returns>
    public List<int> Join(IReadOnlyList<string> symbols, Func<int, bool>? frozen = null)
    {
        var count = symbols.Count;
        var (texts, sizes) = (symbols.ToArray(), Enumerable.Repeat(1, count).ToArray());
        int[] next = [.. Enumerable.Range(1, count)], before = [.. Enumerable.Range(-1, count)];
        var waiting = new PriorityQueue<(int Left, int Right, int Size), (double Rank, int Place)>();
        for (var i = 0; i + 1 < count; i++)
            Consider(i, i + 1);
        while (waiting.TryDequeue(out var pair, out _))
        {
            var (left, right, size) = pair;
            // What has been joined otherwise meanwhile is out of date.
            if (sizes[left] == 0 || sizes[right] == 0 || sizes[left] + sizes[right] != size || next[left] != right)
                continue;
            texts[left] += texts[right];
            sizes[left] = size;
            sizes[right] = 0;
            next[left] = next[right];
            if (next[right] < count)
                before[next[right]] = left;
            Consider(before[left], left);
            Consider(left, next[left]);
        }
        return [.. sizes.Where(s => s > 0)];

        void Consider(int left, int right)
        {
            if (left >= 0 && right < count && !(frozen is not null && (frozen(left) || frozen(right)))
                && rank(texts[left], texts[right]) is { } soon)
                waiting.Enqueue((left, right, sizes[left] + sizes[right]), (soon, left));
        }
    }
}
