namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// What a method asks of a game, and what it makes of the answers. All methods here are linear in the values v(S) of coalitions,
/// with coefficients that do not depend on the row: φ = C·v. So a method is a table of coalitions and a matrix.
/// </summary>
/// <remarks>
/// Adding a constant to the game changes no attribution: the coefficients of a player sum to 0, that of v(all) being what makes them.
/// Hence φ = Σ_S c_S·(v(S) − v(all)), which is also the better conditioned sum.
/// </remarks>
public partial class CoalitionDesign
{
    // Coefficients by coalition: those of coalition k stand at _starts[k] to _starts[k + 1].
    private readonly int[] _starts;
    private readonly int[] _parts;
    private readonly double[] _weights;
    private readonly double[] _none;

    private CoalitionDesign(Coalitions coalitions, int[]? rows, int[]? partOfPlayer, double[] none,
        (int[] Starts, int[] Parts, double[] Weights) coefficients)
    {
        (Coalitions, Rows, PartOfPlayer, _none) = (coalitions, rows, partOfPlayer, none);
        (_starts, _parts, _weights) = coefficients;
        Players = partOfPlayer?.Length ?? coalitions.Players;
        PartSizes = new int[coalitions.Players];
        for (var player = 0; player < Players; player++)
            PartSizes[partOfPlayer?[player] ?? player]++;
    }

    /// <summary>A design with a full matrix of coefficients, as regressions give it.</summary>
    /// <param name="coalitions">The K coalitions to evaluate; nobody and everybody are not among them.</param>
    /// <param name="coefficients">C, shape [players, K].</param>
    /// <param name="none">The coefficients of v(∅), one for each player; null for zeros.</param>
    /// <param name="rows">
    /// The background row that each coalition takes its absent players from; null where all rows are averaged over.
    /// </param>
    public CoalitionDesign(Coalitions coalitions, double[,] coefficients, IReadOnlyList<double>? none = null,
        IReadOnlyList<int>? rows = null)
        : this(
            Checked(coalitions, coefficients, none, rows), rows is null ? null : [.. rows], null,
            [.. none ?? new double[coalitions.Players]], ByCoalition(coefficients))
    {
    }

    /// <summary>
    /// The coalitions to evaluate. v(∅) and v(all) are known anyway: the mean score of the background, and the row's own score.
    /// </summary>
    public Coalitions Coalitions { get; }

    /// <summary>
    /// The number of the background row that each coalition takes its absent players from; null where all are averaged over.
    /// </summary>
    public IReadOnlyList<int>? Rows { get; }

    /// <summary>How many players get an attribution.</summary>
    public int Players { get; }

    /// <summary>How many of them are told apart; the coalitions are of these.</summary>
    public int Parts => Coalitions.Players;

    /// <summary>
    /// Where players are not told apart one by one: the part that each belongs to. The players of a part are present or absent together,
    /// and share what it gets evenly. Null where each is a part.
    /// </summary>
    public IReadOnlyList<int>? PartOfPlayer { get; }

    /// <summary>The coefficients of v(∅), one for each part.</summary>
    internal ReadOnlySpan<double> None => _none;

    /// <summary>The coefficients of a coalition that are not 0: parts and numbers.</summary>
    internal (ReadOnlyMemory<int> Parts, ReadOnlyMemory<double> Weights) Coefficients(int coalition)
    {
        var (start, count) = (_starts[coalition], _starts[coalition + 1] - _starts[coalition]);
        return (_parts.AsMemory(start, count), _weights.AsMemory(start, count));
    }

    /// <summary>The attributions of a game.</summary>
    /// <param name="values">v(S) of each coalition.</param>
    /// <param name="none">v(∅).</param>
    /// <param name="all">v(all).</param>
    /// <param name="attributions">Where to write, one for each player.</param>
    public void Attribute(ReadOnlySpan<double> values, double none, double all, Span<double> attributions)
    {
        if (values.Length != Coalitions.Count || attributions.Length != Players)
            throw new ArgumentException($"{Coalitions.Count} values and room for {Players} attributions were expected; given were "
                + $"{values.Length} and {attributions.Length}.");
        var parts = PartOfPlayer is null ? attributions : new double[Parts];
        for (var part = 0; part < parts.Length; part++)
            parts[part] = _none[part] * (none - all);
        for (var k = 0; k < values.Length; k++)
        {
            var gain = values[k] - all;
            for (var i = _starts[k]; i < _starts[k + 1]; i++)
                parts[_parts[i]] += _weights[i] * gain;
        }
        for (var player = 0; PartOfPlayer is not null && player < Players; player++)
            attributions[player] = parts[PartOfPlayer[player]] / PartSizes[PartOfPlayer[player]];
    }

    /// <summary>How many players belong to each part.</summary>
    internal int[] PartSizes { get; }

    private static (int[] Starts, int[] Parts, double[] Weights) ByCoalition(double[,] coefficients)
    {
        var (players, count) = (coefficients.GetLength(0), coefficients.GetLength(1));
        var (starts, parts, weights) = (new int[count + 1], new int[checked(players * count)], new double[players * count]);
        for (var k = 0; k < count; k++)
        {
            for (var player = 0; player < players; player++)
                (parts[k * players + player], weights[k * players + player]) = (player, coefficients[player, k]);
            starts[k + 1] = (k + 1) * players;
        }
        return (starts, parts, weights);
    }

    private static Coalitions Checked(Coalitions coalitions, double[,] coefficients, IReadOnlyList<double>? none, IReadOnlyList<int>? rows)
    {
        ArgumentNullException.ThrowIfNull(coalitions);
        ArgumentNullException.ThrowIfNull(coefficients);
        if (coefficients.GetLength(0) != coalitions.Players || coefficients.GetLength(1) != coalitions.Count)
            throw new ArgumentException($"Coefficients of shape [{coalitions.Players}, {coalitions.Count}] were expected, players and "
                + $"coalitions; given was [{coefficients.GetLength(0)}, {coefficients.GetLength(1)}].", nameof(coefficients));
        if (none is not null && none.Count != coalitions.Players)
            throw new ArgumentException(
                $"{coalitions.Players} coefficients of v(∅) were expected, one for each player; given were {none.Count}.", nameof(none));
        if (rows is not null && (rows.Count != coalitions.Count || rows.Any(r => r < 0)))
            throw new ArgumentException($"A background row, from 0, was expected for each of the {coalitions.Count} coalitions.",
                nameof(rows));
        return coalitions;
    }
}
