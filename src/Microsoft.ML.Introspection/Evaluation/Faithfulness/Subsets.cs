using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Numerics;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>
/// What a correlation over random subsets S is made of: Σ_{i∈S} a_i and f(x) − f(x with S replaced), for every subset of a row.
/// </summary>
public abstract record SubsetMetric : PerturbingMetric
{
    private protected SubsetMetric(JudgedScore follows) : base(follows) { }

    /// <summary>Subsets in the place of drawn ones, features as whole numbers, shape [runs, N, size].</summary>
    public Tensor? Given { get; init; }

    /// <inheritdoc/>
    public override Direction Better => Direction.Higher;

    /// <inheritdoc/>
    public override (double Low, double High) Range => (-1, 1);

    /// <inheritdoc/>
    public override string OfFlatMaps => "NaN where all subsets are of one size: nothing goes together with what does not vary";

    private protected static double Correlate(double[] said, double[] lost, bool byRanks) =>
        byRanks ? Correlation.Spearman(said, lost) : Correlation.Pearson(said, lost);

    private protected double[] Correlated(ExplainedRows rows, int runs, int seed, Func<int, int[][]?> units, int size, bool byRanks)
    {
        var given = Given is null ? null : GivenSets(rows);
        var sets = Enumerable.Range(0, rows.Count).Select(row => given?[row] ?? Drawn(rows, row, runs, seed, units(row), size)).ToArray();
        var (known, followed) = (rows.Known(Follows), Alone(rows, row => sets[row]));
        return [.. sets.Select((s, row) => Correlate(
            [.. s.Select(set => set.Sum(rows.Attribution(row)))], [.. followed[row].Select(f => known[row] - f)], byRanks))];
    }

    private static int[][] Drawn(ExplainedRows rows, int row, int runs, int seed, int[][]? units, int size)
    {
        var random = Drawing.Of(seed, rows.First + row);
        return [.. Enumerable.Range(0, runs).Select(_ => units is null ? Drawing.Subset(random, rows.Features, size)
            : Drawing.Subset(random, units.Length, size).SelectMany(u => units[u]).ToArray())];
    }

    private int[][][] GivenSets(ExplainedRows rows)
    {
        if (Given!.Dimensions.Length != 3 || Given.Dimensions[1] != rows.Count || Given.Count == 0)
            throw new ArgumentException($"Subsets of shape {Given.Shape} were given; [runs, {rows.Count}, size] was expected.");
        var (all, runs, size) = (Given.ToInt64(), (int)Given.Dimensions[0], (int)Given.Dimensions[2]);
        if (Array.Exists(all, f => f < 0 || f >= rows.Features))
            throw new ArgumentException($"A subset names a feature that is none of 0 to {rows.Features - 1}.");
        return [.. Enumerable.Range(0, rows.Count).Select(row => Enumerable.Range(0, runs).Select(run =>
            Array.ConvertAll(all[((run * rows.Count + row) * size)..((run * rows.Count + row + 1) * size)], f => (int)f)).ToArray())];
    }

    /// <summary>The same within a graph; the subsets are those of its own seeded draws, the same for every row.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="runs">How many subsets.</param>
    /// <param name="seed">Other subsets for every seed.</param>
    /// <param name="units">What subsets are drawn of; null for single features.</param>
    /// <param name="size">How many units each has.</param>
    /// <param name="byRanks">Whether ranks are compared.</param>
    private protected Value Correlated(ExplainedQuestion rows, int runs, int seed, FeatureParts? units, int size, bool byRanks)
    {
        var (question, type) = (rows.Question, rows.Question.Input.Type);
        var (fill, input) = (rows.Filling(Baseline), question.Input.Unsqueeze(0));
        var sets = Given is null ? Drawn(units?.Count ?? rows.Features) : GivenSets();
        var said = rows.Said.Transpose(1, 0);
        var both = question.Stack(sets, set =>
        {
            var chosen = set.Reshape(-1, rows.Features);
            var (sum, followed) = (chosen.MatMul(said), rows.Follow(set.Greater(0).Where(fill, input), Follows));
            return Operators.Concat(2, sum.Unsqueeze(2).Cast(followed.Type), followed);
        });
        var (sums, scores) = (both.Slice([0], [1], [2]), both.Slice([1], [2], [2]));
        var (first, second) = (ExplainedQuestion.Side(sums), rows.Known(Follows) - ExplainedQuestion.Side(scores));
        return byRanks ? GraphCorrelation.Spearman(first, second) : GraphCorrelation.Pearson(first, second);

        // Those of the smallest random numbers.
        Variants Drawn(long count) => Variants.Numbered(runs, numbers =>
        {
            var smallest = ExplainedQuestion.Places(SeededNoise.Integers(numbers, count, seed, 0), descending: false).Less(size);
            var chosen = smallest.AsNumber(type);
            return rows.Laid(units is null ? chosen : units.OfFeatures(chosen)).Transpose([1, 0, .. Enumerable.Range(2, input.Rank - 2)]);
        });

        Variants GivenSets()
        {
            ExplainedQuestion.CheckGiven(Given!, Given!.Dimensions.Length == 3, "[runs, 1, size]");
            var (all, each) = (Given.ToInt64(), (int)Given.Dimensions[2]);
            if (Array.Exists(all, f => f < 0 || f >= rows.Features))
                throw new ArgumentException($"A subset names a feature that is none of 0 to {rows.Features - 1}.");
            var table = new double[checked(Given.Dimensions[0] * rows.Features)];
            for (var i = 0; i < all.Length; i++)
                table[i / each * rows.Features + all[i]] = 1;
            return Variants.Of(Tensor.From(table, [Given.Dimensions[0], 1, .. question.Input.Shape.Skip(1).Select(d => d.Value)]));
        }
    }
}
