using System.Numerics;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>A set of players: those who are present, in a game of features. Immutable; equal where the same players are in it.</summary>
public readonly struct Coalition : IEquatable<Coalition>
{
    private readonly ulong[] _bits;

    private Coalition(ulong[] bits, int players) => (_bits, Players) = (bits, players);

    /// <summary>How many players there are, present or not.</summary>
    public int Players { get; }

    /// <summary>How many players are present.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in Bits)
                count += BitOperations.PopCount(word);
            return count;
        }
    }

    /// <summary>The present players as bits, player 0 the lowest of the first word.</summary>
    internal ReadOnlySpan<ulong> Bits => _bits;

    /// <summary>Nobody.</summary>
    public static Coalition None(int players)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(players, 1);
        return new Coalition(new ulong[Coalitions.WordsOf(players)], players);
    }

    /// <summary>Some players.</summary>
    /// <param name="players">How many players there are.</param>
    /// <param name="present">The numbers of those who are present.</param>
    public static Coalition Of(int players, params IEnumerable<int> present)
    {
        var coalition = None(players);
        foreach (var player in present)
            coalition.Add(player);
        return coalition;
    }

    /// <summary>Whether a player is present.</summary>
    public bool Contains(int player) => (_bits[player >> 6] >> player & 1) != 0;

    /// <summary>The same coalition with one more player.</summary>
    public Coalition With(int player)
    {
        var more = new Coalition((ulong[])_bits.Clone(), Players);
        more.Add(player);
        return more;
    }

    /// <summary>Who is present in this coalition, in another, or in both.</summary>
    public Coalition With(Coalition other)
    {
        if (other.Players != Players)
            throw new ArgumentException($"Coalitions of {Players} and of {other.Players} players cannot be joined.", nameof(other));
        var bits = (ulong[])_bits.Clone();
        for (var i = 0; i < bits.Length; i++)
            bits[i] |= other._bits[i];
        return new Coalition(bits, Players);
    }

    /// <summary>Those who are not present.</summary>
    public Coalition Complement()
    {
        var bits = Array.ConvertAll(_bits, word => ~word);
        if (Players % 64 != 0)
            bits[^1] &= (1UL << Players) - 1;
        return new Coalition(bits, Players);
    }

    /// <inheritdoc/>
    public bool Equals(Coalition other) => Players == other.Players && Bits.SequenceEqual(other.Bits);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Coalition other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var word in Bits)
            hash.Add(word);
        return hash.ToHashCode();
    }

    /// <summary>Whether the same players are present.</summary>
    public static bool operator ==(Coalition left, Coalition right) => left.Equals(right);

    /// <summary>Whether other players are present.</summary>
    public static bool operator !=(Coalition left, Coalition right) => !left.Equals(right);

    /// <inheritdoc/>
    public override string ToString()
    {
        var (self, players) = (this, Players);
        return $"{{{string.Join(", ", Enumerable.Range(0, players).Where(self.Contains))}}} of {players}";
    }

    // For coalitions that nobody else has seen yet.
    private void Add(int player)
    {
        if (player < 0 || player >= Players)
            throw new ArgumentOutOfRangeException(nameof(player), player, $"There are the players 0 to {Players - 1}.");
        _bits[player >> 6] |= 1UL << player;
    }
}
