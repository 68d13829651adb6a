namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>Pieces by their beginnings: which of them a text begins with.</summary>
internal sealed class PieceIndex
{
    private readonly string[] _pieces;
    private readonly int[] _values;

    /// <summary>Sorts pieces.</summary>
    /// <param name="pieces">The pieces, none twice, with what is looked up by them.</param>
    public PieceIndex(IEnumerable<KeyValuePair<string, int>> pieces)
    {
        var sorted = pieces.Where(p => p.Key.Length > 0).OrderBy(p => p.Key, StringComparer.Ordinal).ToList();
        (_pieces, _values) = ([.. sorted.Select(p => p.Key)], [.. sorted.Select(p => p.Value)]);
    }

    /// <summary>The values of all pieces that a text begins with, the shortest first, and their lengths.</summary>
    public List<(int Length, int Value)> Beginning(ReadOnlySpan<char> text)
    {
        var (found, low, high) = (new List<(int, int)>(), 0, _pieces.Length);
        for (var depth = 0; depth < text.Length && low < high; depth++)
        {
            low = First(low, high, depth, text[depth]);
            high = First(low, high, depth, text[depth] + 1);
            if (low < high && _pieces[low].Length == depth + 1)
                found.Add((depth + 1, _values[low]));
        }
        return found;
    }

    // The first piece of a range whose unit at a depth is not below another; those that end before come first.
    private int First(int low, int high, int depth, int unit)
    {
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_pieces[middle].Length <= depth || _pieces[middle][depth] < unit)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
