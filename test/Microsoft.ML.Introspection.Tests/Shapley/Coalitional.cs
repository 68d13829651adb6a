namespace Microsoft.ML.Introspection.Tests.Shapley;

/// <summary>Values of cooperative games, counted out by their definition.</summary>
internal static class Coalitional
{
    /// <summary>The Shapley values of a game.</summary>
    /// <param name="players">How many players.</param>
    /// <param name="worth">What every coalition is worth; player i belongs to those whose number has bit i.</param>
    public static double[] Shapley(int players, double[] worth)
    {
        double Factorial(int n) => Enumerable.Range(1, n).Aggregate(1.0, (p, i) => p * i);
        return [.. Enumerable.Range(0, players).Select(i => Enumerable.Range(0, worth.Length).Where(s => (s >> i & 1) == 0).Sum(s =>
        {
            var size = int.PopCount(s);
            return Factorial(size) * Factorial(players - size - 1) / Factorial(players) * (worth[s | 1 << i] - worth[s]);
        }))];
    }

    /// <summary>The Banzhaf indices of a game: what a player adds on average to the coalitions of the others.</summary>
    /// <inheritdoc cref="Shapley(int, double[])"/>
    public static double[] Banzhaf(int players, double[] worth) =>
        [.. Enumerable.Range(0, players)
            .Select(i => Enumerable.Range(0, worth.Length).Where(s => (s >> i & 1) == 0).Average(s => worth[s | 1 << i] - worth[s]))];
}
