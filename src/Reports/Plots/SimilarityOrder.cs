using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Reports;

/// <summary>
/// Rows in the order of the leaves of a hierarchical clustering of their SHAP values ("supervised clustering", Lundberg et al. 2018):
/// rows that have their score for the same reasons come together, and of two branches the one with the lower scores first.
/// </summary>
/// <remarks>
/// Ward's criterion (1963) by chains of nearest neighbours (Murtagh 1983): time and memory grow with the square of the rows.
/// </remarks>
internal static class SimilarityOrder
{
    public static int[] Of(ShapValues values, int[] rows)
    {
        if (rows.Length < 3)
            return [.. rows.OrderBy(row => values.Predictions[row])];

        var clusters = rows.Select(row => new Branch([row], values.Predictions[row])).ToArray();
        var distances = Distances(values, rows);
        var alive = Enumerable.Repeat(true, rows.Length).ToArray();
        var chain = new Stack<int>();
        for (var left = rows.Length; left > 1; left--)
        {
            if (chain.Count == 0)
                chain.Push(Array.IndexOf(alive, true));
            while (true)
            {
                var tip = chain.Pop();
                var hasBefore = chain.TryPeek(out var before);

                // Of equally near ones that before, else the chain could go in circles.
                var nearest = hasBefore ? before : -1;
                for (var other = 0; other < alive.Length; other++)
                    if (alive[other] && other != tip && (nearest < 0 || distances[tip][other] < distances[tip][nearest]))
                        nearest = other;
                if (hasBefore && nearest == before)
                {
                    chain.Pop();
                    Merge(tip, before);
                    break;
                }

                chain.Push(tip);
                chain.Push(nearest);
            }
        }

        return [.. clusters[Array.IndexOf(alive, true)].Rows];

        void Merge(int a, int b)
        {
            var (sizeA, sizeB) = ((double)clusters[a].Rows.Count, (double)clusters[b].Rows.Count);
            var between = distances[a][b];
            for (var other = 0; other < alive.Length; other++)
            {
                if (!alive[other] || other == a || other == b)
                    continue;
                var size = clusters[other].Rows.Count;
                var distance =
                    ((sizeA + size) * distances[a][other] + (sizeB + size) * distances[b][other] - size * between) / (sizeA + sizeB + size);
                distances[a][other] = distances[other][a] = (float)distance;
            }

            clusters[a] = Branch.Of(clusters[a], clusters[b]);
            alive[b] = false;
        }
    }

    /// <summary>Squared distances between the rows' values, scaled so that none overflows.</summary>
    private static float[][] Distances(ShapValues values, int[] rows)
    {
        var largest = rows.Max(row => TensorPrimitives.MaxMagnitude(values.ForRow(row)));
        var scale = largest is 0 ? 0 : 1 / Math.Abs(largest);
        var scaled = rows.Select(row => values.ForRow(row).ToArray().Select(value => (float)(value * scale)).ToArray()).ToArray();
        var distances = scaled.Select(_ => new float[rows.Length]).ToArray();
        for (var i = 0; i < rows.Length; i++)
            for (var j = 0; j < i; j++)
            {
                var distance = TensorPrimitives.Distance<float>(scaled[i], scaled[j]);
                distances[i][j] = distances[j][i] = distance * distance;
            }
        return distances;
    }

    private sealed record Branch(List<int> Rows, double MeanScore)
    {
        public static Branch Of(Branch a, Branch b)
        {
            var (low, high) = a.MeanScore <= b.MeanScore ? (a, b) : (b, a);
            var share = (double)low.Rows.Count / (low.Rows.Count + high.Rows.Count);
            return new Branch([.. low.Rows, .. high.Rows], share * low.MeanScore + (1 - share) * high.MeanScore);
        }
    }
}
