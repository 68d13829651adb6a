using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>
/// A cooperative game given by the value of every coalition, and what theory says of it, computed from the definitions. As a scorer its
/// features are 1 where a player is present: explain a row of ones against a background of zeros.
/// </summary>
internal sealed class Game(int players, Func<int, double> value)
{
    private readonly double[] _values = [.. Enumerable.Range(0, 1 << players).Select(value)];

    public int Players => players;

    /// <summary>The value of a coalition: bit i for player i.</summary>
    public double this[int coalition] => _values[coalition];

    /// <summary>Values that follow no rule.</summary>
    public static Game Random(int players, int seed)
    {
        var random = new Random(seed);
        double[] values = [.. Enumerable.Range(0, 1 << players).Select(_ => random.NextDouble() * 4 - 2)];
        return new Game(players, coalition => values[coalition]);
    }

    /// <summary>A smooth game with interactions of all orders, as models are.</summary>
    public static Game Smooth(int players, int seed)
    {
        var random = new Random(seed);
        double[] a = [.. Enumerable.Range(0, players).Select(_ => random.NextDouble() * 2 - 1)],
            b = [.. a.Select(_ => random.NextDouble() * 2 - 1)];
        return new Game(players, coalition =>
        {
            var (s, t) = (0.0, 0.0);
            for (var i = 0; i < players; i++)
                if ((coalition >> i & 1) != 0)
                    (s, t) = (s + a[i], t + b[i]);
            return Math.Tanh(s) + s * t + Math.Exp(-t * t);
        });
    }

    public BlackBox Box(params int[] groups) => new(
        Scorer, new float[players], groups.Length == 0 ? null : Tensor.From(Array.ConvertAll(groups, g => (long)g), groups.Length));

    public FunctionScorer Scorer => new([.. Enumerable.Range(0, players).Select(i => $"player {i}")], ["value"], (rows, scores) =>
    {
        for (var row = 0; row < scores.Length; row++)
        {
            var coalition = 0;
            for (var i = 0; i < players; i++)
                coalition |= (int)rows[row * players + i] << i;
            scores[row] = _values[coalition];
        }
    });

    /// <summary>What a method says of the grand coalition.</summary>
    public double[] Explained(CoalitionMethod method) => Box().Explain(method, Ones).Of(0).ToArray();

    public float[] Ones => [.. Enumerable.Repeat(1f, players)];

    /// <summary>Shapley values: the mean over all orders of what a player adds to those before it.</summary>
    public double[] ShapleyValues() => MeanOver(Orders([.. Enumerable.Range(0, players)]));

    /// <summary>Owen's (Winter's) values: the mean over those orders in which no half of the hierarchy is interrupted.</summary>
    public double[] OwenValues(Partition hierarchy) => MeanOver(Orders(hierarchy));

    private double[] MeanOver(IEnumerable<IReadOnlyList<int>> orders)
    {
        var (sums, count) = (new double[players], 0);
        foreach (var order in orders)
        {
            var before = 0;
            foreach (var player in order)
            {
                sums[player] += _values[before | 1 << player] - _values[before];
                before |= 1 << player;
            }
            count++;
        }
        return [.. sums.Select(s => s / count)];
    }

    private static IEnumerable<IReadOnlyList<int>> Orders(int[] rest) => rest.Length == 0 ? [[]]
        : rest.SelectMany(first => Orders([.. rest.Where(p => p != first)]).Select(order => (IReadOnlyList<int>)[first, .. order]));

    private static IEnumerable<IReadOnlyList<int>> Orders(Partition part) => part.First is null ? [[.. part.Players]]
        : Orders(part.First).SelectMany(a => Orders(part.Second!).SelectMany(b => (IReadOnlyList<int>[])[[.. a, .. b], [.. b, .. a]]));
}
