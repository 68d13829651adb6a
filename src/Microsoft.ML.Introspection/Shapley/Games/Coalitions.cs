using System.Collections;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Many coalitions of the same players, side by side: a matrix of bits, [coalitions, players]. Immutable.</summary>
public sealed class Coalitions : IReadOnlyList<Coalition>
{
    private readonly ulong[] _bits;
    private readonly int _words;

    /// <summary>Puts coalitions side by side.</summary>
    /// <param name="players">How many players there are.</param>
    /// <param name="coalitions">The coalitions, all of so many players.</param>
    public Coalitions(int players, params IReadOnlyList<Coalition> coalitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        ArgumentNullException.ThrowIfNull(coalitions);
        (Players, Count, _words) = (players, coalitions.Count, WordsOf(players));
        _bits = new ulong[checked(Count * _words)];
        for (var i = 0; i < Count; i++)
        {
            if (coalitions[i].Players != players)
                throw new ArgumentException($"Coalition {i} is one of {coalitions[i].Players} players; {players} were expected.",
                    nameof(coalitions));
            coalitions[i].Bits.CopyTo(_bits.AsSpan(i * _words));
        }
    }

    private Coalitions(int players, int count, ulong[] bits) => (Players, Count, _words, _bits) = (players, count, WordsOf(players), bits);

    /// <summary>How many players there are.</summary>
    public int Players { get; }

    /// <summary>How many coalitions there are.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public Coalition this[int index] => Coalition.Of(Players, Enumerable.Range(0, Players).Where(p => Contains(index, p)));

    /// <summary>Whether a player is present in a coalition.</summary>
    public bool Contains(int coalition, int player) => (_bits[coalition * _words + (player >> 6)] >> player & 1) != 0;

    /// <inheritdoc/>
    public IEnumerator<Coalition> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static int WordsOf(int players) => (players + 63) >> 6;

    /// <summary>The present players of a coalition as bits, player 0 the lowest of the first word.</summary>
    internal ReadOnlySpan<ulong> Bits(int coalition) => _bits.AsSpan(coalition * _words, _words);

    /// <summary>The same coalitions, told of other players, each of whom belongs to one of ours: elements of groups.</summary>
    /// <param name="memberships">For each of the others, the player it belongs to.</param>
    internal Coalitions Over(ReadOnlySpan<int> memberships)
    {
        var words = WordsOf(memberships.Length);
        var bits = new ulong[checked(Count * words)];
        for (var i = 0; i < Count; i++)
        {
            var from = Bits(i);
            var to = bits.AsSpan(i * words, words);
            for (var member = 0; member < memberships.Length; member++)
            {
                var player = memberships[member];
                to[member >> 6] |= (from[player >> 6] >> player & 1) << member;
            }
        }
        return new Coalitions(memberships.Length, Count, bits);
    }
}
