namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Spreads the dots of one line sideways, so that one sees how many there are. Few dots touch but never cover each other; where there
/// are too many for that, they fill an outline that is wider the denser they lie, evenly, and cover each other no more than
/// they must.
/// </summary>
internal static class Swarm
{
    /// <summary>How far every dot goes from the line.</summary>
    /// <param name="places">Where the dots lie along the line.</param>
    /// <param name="diameter">Of a dot.</param>
    /// <param name="reach">How far a dot may go to either side.</param>
    public static double[] Offsets(ReadOnlySpan<double> places, double diameter, double reach)
    {
        var sorted = places.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length).OrderBy(dot => sorted[dot])];
        Array.Sort(sorted);

        var inOrder = Touching(sorted, diameter, reach) ?? Filling(sorted, diameter, reach);
        var offsets = new double[order.Length];
        for (var i = 0; i < order.Length; i++)
            offsets[order[i]] = inOrder[i];
        return offsets;
    }

    /// <summary>Each dot as near to the line as those before it allow; null if one finds no place.</summary>
    private static double[]? Touching(double[] sorted, double diameter, double reach)
    {
        var offsets = new double[sorted.Length];
        var first = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            while (sorted[i] - sorted[first] >= diameter)
                first++;

            // The line itself, or beside one of those that are near; no more of them than fit side by side.
            if (i - first > 4 * reach / diameter + 4)
                return null;
            var best = double.PositiveInfinity;
            for (var j = first - 1; j < i; j++)
            {
                var (middle, aside) = j < first ? (0.0, 0.0) : (offsets[j], Math.Sqrt(diameter * diameter - Square(sorted[i] - sorted[j])));
                foreach (var offset in (ReadOnlySpan<double>)[middle + aside, middle - aside])
                    if (Math.Abs(offset) < Math.Abs(best) && IsFree(offset, first, i))
                        best = offset;
            }

            if (Math.Abs(best) > reach)
                return null;
            offsets[i] = best;
        }

        return offsets;

        bool IsFree(double offset, int from, int to)
        {
            for (var j = from; j < to; j++)
                if (Square(sorted[to] - sorted[j]) + Square(offset - offsets[j]) < diameter * diameter * (1 - 1e-9))
                    return false;
            return true;
        }
    }

    private static double Square(double value) => value * value;

    private static double[] Filling(double[] sorted, double diameter, double reach)
    {
        var crowds = Crowds(sorted, 1.5 * diameter);
        var most = crowds.Max();
        var offsets = new double[sorted.Length];
        for (var i = 0; i < sorted.Length; i++)
        {
            // What dots side by side would need, and a logarithm where that is more than there is, so that a heap at one place does not
            // flatten all else.
            var needed = (crowds[i] - 1) * diameter / 2;
            var width = reach * Math.Log(1 + 4 * crowds[i] * diameter / reach) / Math.Log(1 + 4 * most * diameter / reach);
            offsets[i] = Math.Min(needed, width) * (2 * VanDerCorput(i + 1) - 1);
        }

        return offsets;
    }

    /// <summary>How many dots share each dot's place: those within a window, per diameter.</summary>
    private static double[] Crowds(double[] sorted, double window)
    {
        var crowds = new double[sorted.Length];
        var (from, to) = (0, 0);
        for (var i = 0; i < sorted.Length; i++)
        {
            while (sorted[i] - sorted[from] > window)
                from++;
            while (to < sorted.Length && sorted[to] - sorted[i] <= window)
                to++;
            crowds[i] = Math.Max(1, (to - from) / 3.0);
        }

        return crowds;
    }

    /// <summary>The binary digits of a number mirrored at the point: neighbours come to lie far apart, and none is left empty.</summary>
    private static double VanDerCorput(int number)
    {
        var (sum, share) = (0.0, 0.5);
        for (; number > 0; number >>= 1, share /= 2)
            sum += (number & 1) * share;
        return sum;
    }
}
