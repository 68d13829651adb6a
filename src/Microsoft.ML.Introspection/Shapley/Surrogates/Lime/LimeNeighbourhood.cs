using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Random;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>How LIME draws which segments or words are left.</summary>
public enum LimeSampling
{
    /// <summary>A coin for each: about half of them are left. LIME's way with images.</summary>
    Coins,

    /// <summary>First how many are taken away, any number as probable as another, then which. LIME's way with texts.</summary>
    Counts,
}

/// <summary>
/// Samples around a row that differ in who is present, the row itself among them, each counting √exp(−d²/width²) with the cosine distance
/// d = 1 − √(present/players) from the row. Where all coalitions are no more than the samples, all are taken, and count what they would on
/// average.
/// </summary>
internal sealed class LimeNeighbourhood
{
    private readonly int _players;
    private readonly double _width;
    private readonly double _whole;
    private readonly List<Coalition> _coalitions = [];
    private readonly List<double> _weights = [];

    /// <summary>Draws.</summary>
    /// <param name="players">How many segments or words there are.</param>
    /// <param name="samples">How many samples, the row itself among them.</param>
    /// <param name="sampling">How they are drawn.</param>
    /// <param name="width">The kernel's width.</param>
    /// <param name="seed">Other samples for every seed.</param>
    /// <param name="rows">How many background rows there are to take absent players from; of several, one is drawn for each sample.</param>
    /// <param name="given">Samples to take in place of drawn ones, all but the row itself; null to draw them.</param>
    public LimeNeighbourhood(
        int players, int samples, LimeSampling sampling, double width, int seed, int rows = 1, IReadOnlyList<Coalition>? given = null)
    {
        (_players, _width) = (players, width);
        var random = new Xoshiro256StarStar(seed);
        if (given is null && rows == 1 && players < 31 && (1L << players) <= samples)
        {
            for (var bits = 0; bits < (1 << players) - 1; bits++)
            {
                var present = bits;
                var coalition = Coalition.Of(players, Enumerable.Range(0, players).Where(p => (present >> p & 1) != 0));
                _coalitions.Add(coalition);
                _weights.Add((samples - 1) * Probability(int.PopCount(bits), sampling) * Nearness(int.PopCount(bits)));
            }
            _whole = 1 + (samples - 1) * Probability(players, sampling);
            return;
        }
        var (known, drawn) = (new Dictionary<(Coalition, int), int>(), new List<int>());
        _whole = 1;
        for (var s = 1; s < samples; s++)
        {
            var coalition = given is not null ? given[s - 1] : sampling == LimeSampling.Coins ? Tossed(random) : Reduced(random);
            var row = rows == 1 ? 0 : random.Next(rows);
            var count = coalition.Count;
            if (count == players)
            {
                _whole++;
                continue;
            }
            if (!known.TryGetValue((coalition, row), out var place))
            {
                known.Add((coalition, row), place = _coalitions.Count);
                _coalitions.Add(coalition);
                _weights.Add(0);
                drawn.Add(row);
            }
            _weights[place] += Nearness(count);
        }
        Rows = rows == 1 ? null : drawn;
    }

    /// <summary>Who is present in the samples, each once; everybody is not among them.</summary>
    public IReadOnlyList<Coalition> Coalitions => _coalitions;

    /// <summary>The background row of each; null where there is one.</summary>
    public IReadOnlyList<int>? Rows { get; }

    /// <summary>The linear models of this neighbourhood: columns are who is present, everybody first.</summary>
    public LocalSurrogate Surrogate() => new(
        Matrix<double>.Build.Dense(_coalitions.Count + 1, _players, (s, p) => s == 0 || _coalitions[s - 1].Contains(p) ? 1 : 0),
        Vector<double>.Build.DenseOfEnumerable(_weights.Prepend(_whole)));

    private double Probability(int present, LimeSampling sampling) => sampling == LimeSampling.Coins ? Math.Pow(0.5, _players)
        : present == _players ? 0
        : 1 / (_players * SpecialFunctions.Binomial(_players, present));

    private double Nearness(int present)
    {
        var distance = 1 - Math.Sqrt((double)present / _players);
        return Math.Sqrt(Math.Exp(-distance * distance / (_width * _width)));
    }

    private Coalition Tossed(Xoshiro256StarStar random) =>
        Coalition.Of(_players, Enumerable.Range(0, _players).Where(_ => random.Next(2) == 1));

    private Coalition Reduced(Xoshiro256StarStar random) =>
        Coalition.Of(_players, Combinatorics.GeneratePermutation(_players, random).Skip(random.Next(_players) + 1));
}
