namespace Microsoft.ML.Introspection.Shapley;

/// <summary>Chooses the coalitions that kernel SHAP evaluates.</summary>
internal static class KernelCoalitions
{
    // Draws that bring nothing new are cheap, but must come to an end.
    private const int DrawsPerSample = 4;

    /// <summary>All coalitions of the sizes that the budget lasts for, and a sample of those of the other sizes.</summary>
    /// <param name="players">How many players there are.</param>
    /// <param name="budget">How many coalitions to choose at most.</param>
    /// <param name="seed">Other coalitions for every seed.</param>
    /// <returns>The coalitions, none twice, and what each weighs; the weights sum to 1.</returns>
    public static (List<Coalition> Coalitions, double[] Weights) Choose(int players, int budget, int seed)
    {
        var coalitions = new List<Coalition>();
        var weights = new List<double>();
        // A size goes together with that of the complements.
        var sizes = players / 2;
        double[] shares = [.. Enumerable.Range(1, sizes).Select(s => (s == players - s ? 1.0 : 2.0) / (s * (double)(players - s)))];
        shares = [.. shares.Select(share => share / shares.Sum())];

        var (size, rest) = (1, 1.0);
        for (; size <= sizes; size++)
        {
            var all = Binomial(players, size) * (size == players - size ? 1 : 2);
            var left = budget - coalitions.Count;
            // Taken whole where as many draws would be expected to be of this size; single players in any case, as they tell all players
            // apart.
            if (all > left || size > 1 && left * (shares[size - 1] / rest) / all < 1 - 1e-8)
                break;
            foreach (var subset in Subsets(players, size))
            {
                coalitions.Add(subset);
                if (size != players - size)
                    coalitions.Add(subset.Complement());
            }
            weights.AddRange(Enumerable.Repeat(shares[size - 1] / all, (int)all));
            rest -= shares[size - 1];
        }
        if (size <= sizes)
            Sample(players, budget, seed, size, shares, coalitions, weights);
        // Where the budget left nothing for some sizes, the others weigh for them.
        var total = weights.Sum();
        return (coalitions, [.. weights.Select(w => w / total)]);
    }

    private static void Sample(int players, int budget, int seed, int first, double[] shares, List<Coalition> coalitions,
        List<double> weights)
    {
        var random = new Random(seed);
        var remaining = shares[(first - 1)..];
        var total = remaining.Sum();
        var enumerated = coalitions.Count;
        var known = new Dictionary<Coalition, int>();
        int[] order = [.. Enumerable.Range(0, players)];
        for (var draws = (budget - enumerated) * DrawsPerSample; draws > 0 && coalitions.Count + 2 <= budget; draws--)
        {
            var size = first;
            for (var at = random.NextDouble() * total; size < first + remaining.Length - 1 && (at -= remaining[size - first]) >= 0; size++)
            {
            }
            random.Shuffle(order);
            var drawn = Coalition.Of(players, order.Take(size));
            if (!known.TryGetValue(drawn, out var place))
            {
                // A coalition and its complement lie side by side; whichever is drawn again counts for both.
                known.Add(drawn, place = coalitions.Count);
                known.Add(drawn.Complement(), place);
                coalitions.Add(drawn);
                coalitions.Add(drawn.Complement());
                weights.AddRange([0, 0]);
            }
            weights[place]++;
            weights[place + 1]++;
        }
        var counted = weights.Skip(enumerated).Sum();
        for (var i = enumerated; i < weights.Count; i++)
            weights[i] *= total / counted;
    }

    // In lexicographic order.
    private static IEnumerable<Coalition> Subsets(int players, int size)
    {
        int[] members = [.. Enumerable.Range(0, size)];
        while (true)
        {
            yield return Coalition.Of(players, members);
            var last = size - 1;
            while (last >= 0 && members[last] == players - size + last)
                last--;
            if (last < 0)
                yield break;
            members[last]++;
            for (var i = last + 1; i < size; i++)
                members[i] = members[i - 1] + 1;
        }
    }

    private static double Binomial(int n, int k)
    {
        var result = 1.0;
        for (var i = 1; i <= k; i++)
            result = Math.Round(result * (n - k + i) / i);
        return result;
    }
}
