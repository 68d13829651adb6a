namespace Microsoft.ML.Introspection.Shapley;

/// <summary>A hierarchy of players: all of them in two halves, each of these in two, down to single players. Immutable.</summary>
public sealed class Partition
{
    private readonly int _player;

    private Partition(int player, Partition? first, Partition? second) =>
        (_player, First, Second, Size) = (player, first, second, first is null ? 1 : checked(first.Size + second!.Size));

    /// <summary>One half; null for a single player.</summary>
    public Partition? First { get; }

    /// <summary>The other half.</summary>
    public Partition? Second { get; }

    /// <summary>How many players are in it.</summary>
    public int Size { get; }

    /// <summary>Its players, first halves first.</summary>
    public IEnumerable<int> Players
    {
        get
        {
            var open = new Stack<Partition>([this]);
            while (open.TryPop(out var part))
            {
                if (part.First is null)
                {
                    yield return part._player;
                    continue;
                }
                open.Push(part.Second!);
                open.Push(part.First);
            }
        }
    }

    /// <summary>A single player.</summary>
    public static Partition Player(int player)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(player);
        return new Partition(player, null, null);
    }

    /// <summary>Two halves.</summary>
    public static Partition Of(Partition first, Partition second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return new Partition(-1, first, second);
    }

    /// <summary>Players in their order, halved again and again: for words of a text, and wherever neighbours belong together.</summary>
    /// <param name="players">How many players there are.</param>
    public static Partition Balanced(int players)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        return Halved(0, players);
    }

    /// <summary>
    /// The elements of an image, halved across the longer of its sides until single places are left, then by channels: a k-d tree.
    /// </summary>
    /// <param name="row">The extents of a row, [channels, D₁, …]; an element's player is its place, last axis fastest.</param>
    public static Partition Image(params ReadOnlySpan<long> row) => Image(0, row);

    /// <summary>The same for rows that have their channels on another axis.</summary>
    internal static Partition Image(int channels, ReadOnlySpan<long> row)
    {
        if (row.Length < 2 || row.ContainsAnyInRange(long.MinValue, 0))
            throw new ArgumentException($"An image has the extents [channels, D₁, …]; given were [{string.Join(", ", row.ToArray())}].",
                nameof(row));
        var extents = Array.ConvertAll(row.ToArray(), e => checked((int)e));
        extents.Aggregate(1, (p, e) => checked(p * e));
        return Cut(extents, channels, new int[row.Length], (int[])extents.Clone());
    }

    /// <summary>A hierarchy made by merging, as hierarchical clustering gives it.</summary>
    /// <param name="players">How many players there are.</param>
    /// <param name="merges">
    /// Pairs of what is merged, in order: numbers below <paramref name="players"/> are players, further ones what the first, second, …
    /// merge made.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A pair names what is not there yet, or was merged before; or not everything is merged in the end.
    /// </exception>
    public static Partition Merged(int players, params IReadOnlyList<(int First, int Second)> merges)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        ArgumentNullException.ThrowIfNull(merges);
        if (merges.Count != players - 1)
            throw new ArgumentException($"{players - 1} merges were expected for {players} players; given were {merges.Count}.",
                nameof(merges));
        List<Partition?> parts = [.. Enumerable.Range(0, players).Select(Player)];
        foreach (var (first, second) in merges)
        {
            if (first == second || Array.Exists([first, second], i => i < 0 || i >= parts.Count || parts[i] is null))
                throw new ArgumentException($"Merge {parts.Count - players} joins {first} and {second}; each must be a player or what an "
                    + "earlier merge made, and be merged once.", nameof(merges));
            parts.Add(Of(parts[first]!, parts[second]!));
            (parts[first], parts[second]) = (null, null);
        }
        return parts[^1]!;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(Partition)} of {Size}";

    /// <summary>What is left without some players; null where that is nothing.</summary>
    internal Partition? Without(IReadOnlySet<int> players)
    {
        if (First is null)
            return players.Contains(_player) ? null : this;
        var (first, second) = (First.Without(players), Second!.Without(players));
        return first == First && second == Second ? this : first is null ? second : second is null ? first : Of(first, second);
    }

    private static Partition Halved(int start, int count) => count == 1
        ? Player(start)
        : Of(Halved(start, count / 2), Halved(start + count / 2, count - count / 2));

    private static Partition Cut(int[] extents, int channels, int[] from, int[] sizes)
    {
        var axis = channels;
        for (var a = 0; a < sizes.Length; a++)
            if (a != channels && sizes[a] > (axis == channels ? 1 : sizes[axis]))
                axis = a;
        if (sizes[axis] == 1)
            return Player(from.Zip(extents).Aggregate(0, (place, f) => place * f.Second + f.First));
        var half = sizes[axis] / 2;
        var (before, behind, next) = ((int[])sizes.Clone(), (int[])sizes.Clone(), (int[])from.Clone());
        (before[axis], behind[axis], next[axis]) = (half, sizes[axis] - half, from[axis] + half);
        return Of(Cut(extents, channels, from, before), Cut(extents, channels, next, behind));
    }
}
