using System.Globalization;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>
/// Columns that tell the label by themselves, as what was written down after it does. A table of one column is learnt from every other row
/// (the commonest class, or the mean, of each category or of each of many equal shares of the numbers) and tried on the rows between.
/// </summary>
internal static class Leakage
{
    private const int FewRows = 50, Shares = 64;

    // Of what can be told beyond the commonest class or the mean.
    private const double Suspicious = 0.95;

    /// <summary>How much of the label each feature tells by itself: 0 for nothing, 1 for all.</summary>
    /// <param name="rows">Encoded rows, [N, features].</param>
    /// <param name="features">How many features there are.</param>
    /// <param name="isCategorical">Which of them are codes.</param>
    /// <param name="labels">A class from 0, or a number, of every row; NaN where it is not known.</param>
    /// <param name="classes">How many classes there are; 0 for numbers.</param>
    public static double[] Skills(float[] rows, int features, Func<int, bool> isCategorical, double[] labels, int classes)
    {
        int[] known = [.. Enumerable.Range(0, labels.Length).Where(i => !double.IsNaN(labels[i]))];
        var skills = new double[features];
        if (known.Length < FewRows)
            return skills;
        // Rows that lie side by side may be alike; halves are taken in turn from the order by label, so that both have all of it.
        Array.Sort(Array.ConvertAll(known, i => labels[i]), known);
        for (var feature = 0; feature < features; feature++)
        {
            var values = Array.ConvertAll(known, i => rows[i * features + feature]);
            var places = isCategorical(feature) ? Array.ConvertAll(values, v => (double)v) : Binned(values);
            skills[feature] = Skill(places, Array.ConvertAll(known, i => labels[i]), classes);
        }
        return skills;
    }

    /// <summary>What is to be said of features that tell nearly all.</summary>
    public static IEnumerable<Finding> Findings(double[] skills, IReadOnlyList<string> names, string label) =>
        skills.Index().Where(s => s.Item >= Suspicious).OrderByDescending(s => s.Item).Select(s => new Finding(names[s.Index],
            string.Create(CultureInfo.InvariantCulture, $"tells {100 * s.Item:0.#} % of '{label}' by itself"),
            $"It looks like leakage: is it known before '{label}' is, or was it written down after? If after, leave it out; the model "
                + "cannot have it when it is asked."));

    // The share of the numbers that a value belongs to; equal values to the same, missing ones to one of their own.
    private static double[] Binned(float[] values)
    {
        float[] edges = [.. values.Where(float.IsFinite).Order()];
        if (edges.Length == 0)
            return new double[values.Length];
        edges = [.. Enumerable.Range(1, Shares - 1).Select(i => edges[(int)((long)i * edges.Length / Shares)]).Distinct()];
        return Array.ConvertAll(values, v => float.IsNaN(v) ? -1.0
            : Array.BinarySearch(edges, v) is >= 0 and var at ? at + 1 : ~Array.BinarySearch(edges, v));
    }

    private static double Skill(double[] places, double[] labels, int classes) =>
        classes > 0 ? OfClasses(places, labels, classes) : OfNumbers(places, labels);

    private static double OfClasses(double[] places, double[] labels, int classes)
    {
        var (all, byPlace) = (new int[classes], new Dictionary<double, int[]>());
        for (var i = 0; i < labels.Length; i += 2)
        {
            all[(int)labels[i]]++;
            if (!byPlace.TryGetValue(places[i], out var counts))
                byPlace[places[i]] = counts = new int[classes];
            counts[(int)labels[i]]++;
        }
        var commonest = Array.IndexOf(all, all.Max());
        var (right, without, tried) = (0, 0, 0);
        for (var i = 1; i < labels.Length; i += 2, tried++)
        {
            var said = byPlace.TryGetValue(places[i], out var counts) ? Array.IndexOf(counts, counts.Max()) : commonest;
            right += said == (int)labels[i] ? 1 : 0;
            without += commonest == (int)labels[i] ? 1 : 0;
        }
        return tried == without ? 0 : Math.Max(0, (double)(right - without) / (tried - without));
    }

    private static double OfNumbers(double[] places, double[] labels)
    {
        var (sums, total, learnt) = (new Dictionary<double, (double Sum, int Count)>(), 0.0, 0);
        for (var i = 0; i < labels.Length; i += 2, learnt++)
        {
            var (sum, count) = sums.GetValueOrDefault(places[i]);
            sums[places[i]] = (sum + labels[i], count + 1);
            total += labels[i];
        }
        var (error, around) = (0.0, 0.0);
        for (var i = 1; i < labels.Length; i += 2)
        {
            var mean = total / learnt;
            var said = sums.TryGetValue(places[i], out var own) ? own.Sum / own.Count : mean;
            error += (labels[i] - said) * (labels[i] - said);
            around += (labels[i] - mean) * (labels[i] - mean);
        }
        return around > 0 ? Math.Max(0, 1 - error / around) : 0;
    }
}
