using System.Globalization;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>
/// Which rounds of boosted trees count where a model was stopped early and its file holds later ones too, as XGBoost's do: its
/// scikit-learn interface predicts with the rounds up to the best, <c>Booster.predict</c> with all.
/// </summary>
public readonly record struct BoostingRounds
{
    private readonly int _value;

    private BoostingRounds(int value) => _value = value;

    /// <summary>Those up to the best where the file tells it, else all. The default.</summary>
    public static BoostingRounds Best => default;

    /// <summary>All that the file holds.</summary>
    public static BoostingRounds All { get; } = new(-1);

    /// <summary>The first ones.</summary>
    /// <param name="count">How many, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static BoostingRounds First(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return new BoostingRounds(count);
    }

    /// <summary>Reads <c>best</c>, <c>all</c> or a number.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static BoostingRounds Parse(string text) => text switch
    {
        "best" => Best,
        "all" => All,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 => First(count),
        _ => throw new FormatException($"Rounds are 'best', 'all', or how many from the first, 1 at least; '{text}' was given."),
    };

    /// <summary>How many rounds count.</summary>
    /// <param name="rounds">How many there are.</param>
    /// <param name="best">The best one, from 0; null where the file does not tell.</param>
    /// <exception cref="ArgumentException">More are asked for than there are.</exception>
    internal int Of(int rounds, int? best) => this == All ? rounds : this == Best ? best + 1 ?? rounds
        : _value <= rounds ? _value
        : throw new ArgumentException($"The model has {rounds} rounds; the first {_value} were asked for.");
}
