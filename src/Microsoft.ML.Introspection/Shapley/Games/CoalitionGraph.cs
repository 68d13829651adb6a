using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>
/// A design written as a graph: the rows that coalitions ask for, the network's answers, and φ = Σ_S c_S·(v(S) − v(all)), a few
/// coalitions at a time, so that memory stays bounded.
/// </summary>
internal static class CoalitionGraph
{
    // A graph holds a byte and a coefficient for every player of every coalition.
    private const long MaximumEntries = 1 << 26;

    private const int MostRows = 1 << 11;
    private const int FewClasses = 16;

    /// <summary>The attributions of a method.</summary>
    public static Value Attribute(Question question, CoalitionMethod method)
    {
        if (method.NoGraph is { } why)
            throw new NotSupportedException($"{method} cannot be compiled into a graph: {why}");
        var input = question.Input;
        long[] row = [.. input.Shape.Skip(1).Select(d => d.Value)];
        var groups = FeatureGroups.For(method.Groups, row, question.Place);
        var design = method.Design(groups.Count, (int)method.Baseline.Of(question).Shape[0].Value);
        // A batch of rows would multiply what is computed at once, beyond what caches hold; where that is little for one row, one will do.
        var fitting = LayerSizes.RowsInCache(question.Network);
        var parts = fitting >= LayerSizes.ManyRows && !input.Shape[0].IsKnown
            ? question.RowByRow(one => Parts(one, design, groups, method.Baseline.Of(one), Math.Min(fitting, MostRows)))
            : Parts(question, design, groups, method.Baseline.Of(question), question.Fitting);
        return Laid(parts, design, groups, method, input);
    }

    // [N, parts]
    private static Value Parts(Question question, CoalitionDesign design, FeatureGroups groups, Value background, int atOnce)
    {
        var rows = (int)background.Shape[0].Value;
        var table = new Table(design, rows);
        if (table.Count == 0)
            return question.Score.MatMul(question.Graph.Constant(Tensor.Filled(question.Score.Type, 0, 1, design.Parts)));
        // Where a turn can take all background rows of a coalition, masks and coefficients are looked up once for all of these.
        var side = table.RowsEach <= atOnce ? table.RowsEach : 1;
        var inner = table.RowsEach / side;
        // As few equal turns as can be, the last one filled up.
        var all = checked(table.Count * inner);
        var most = atOnce / side;
        var turns = (all + most - 1) / most;
        var together = (all + turns - 1) / turns;
        table = table.Filled((checked(turns * together) + inner - 1) / inner);
        var (present, coefficients) =
            (question.Graph.Constant(table.Present), question.Graph.Constant(table.Coefficients(question.Score.Type, inner)));
        var drawn = table.Rows is { } numbers ? question.Graph.Constant(numbers) : null;

        var seen = Membership(design, groups);
        var input = question.Input;
        // [side, N, …]: with the same extents on both sides, an operator takes long runs of elements at once.
        if (side > 1)
        {
            background = background.ExpandLike(input);
            input = input.ExpandLike(background);
        }
        long[] ones = side > 1 ? [1, 1] : [1];
        return question.Accumulate(turns * together, portion =>
        {
            var (coalition, row) = portion.Pairs(inner);
            var mask = present.Gather(coalition);
            if (seen is not null)
                mask = mask.Gather(question.Graph.Constant(seen), 1);
            mask = mask.Reshape([portion.Count, .. ones, .. groups.Ids.Dimensions[1..]]);
            var masked = side > 1
                ? mask.ExpandLike(input).Where(input, background)
                : mask.Where(input, background.Gather(drawn is null ? row : drawn.Gather(coalition)));
            // [K·side·N, …] → [K, N]
            var asked = question.At(masked.Reshape([-1, .. question.Input.Shape.Skip(1).Select(d => d.Value)]));
            var scores = side == 1 ? asked.Score : MeanScore(question, asked, portion.Count, side);
            scores = scores.Reshape(portion.Count, -1);
            // [K, N], [K, parts] → [N, parts]
            var gain = scores - question.Score.Reshape(1, -1);
            return gain.Gemm(coefficients.Gather(coalition), transposeA: true);
        }, together);
    }

    // The mean over the background rows beside each other, [K·N, 1]. A target takes scores (or their difference) out of a table: where that
    // is small, it is quicker to do so of the mean than of every row.
    private static Value MeanScore(Question question, Question asked, int coalitions, int side)
    {
        var classes = asked.Scores.Shape[1];
        return classes is { IsKnown: true, Value: <= FewClasses }
            ? question.ScoreOfVariants(Mean(asked.Scores).Reshape(-1, classes.Value), coalitions)
            : Mean(asked.Score);

        Value Mean(Value rows) => rows.Reshape(coalitions, side, -1).ReduceMean([1], keepDimensions: false);
    }

    // [N, parts] → what the method gives.
    private static Value Laid(Value parts, CoalitionDesign design, FeatureGroups groups, CoalitionMethod method, Value input)
    {
        var grouped = method.Groups is not null;
        int[] of = grouped && !method.Spread ? [.. Enumerable.Range(0, groups.Count)] : groups.Of;
        if (design.PartOfPlayer is not null || grouped && method.Spread)
        {
            int[] partOf = [.. of.Select(player => design.PartOfPlayer?[player] ?? player)];
            double[] shares =
                [.. of.Select((player, i) => 1.0 / design.PartSizes[partOf[i]] / (grouped && method.Spread ? groups.Sizes[player] : 1))];
            parts = parts.Gather(parts.Graph.Constant(Tensor.From(Array.ConvertAll(partOf, p => (long)p), partOf.Length)), 1)
                * parts.Graph.Constant(Tensor.FromDoubles(parts.Type, shares, 1, shares.Length));
        }
        return grouped && !method.Spread ? parts : parts.ReshapeLike(input);
    }

    // The part of every element of the groups' tensor; null where these are the parts in their order.
    private static Tensor? Membership(CoalitionDesign design, FeatureGroups groups)
    {
        long[] parts = [.. groups.GroupOfId.Select(player => (long)(design.PartOfPlayer?[player] ?? player))];
        return parts.Length == design.Parts && parts.Index().All(p => p.Index == p.Item) ? null : Tensor.From(parts, parts.Length);
    }

    /// <summary>
    /// The coalitions of a design as a graph asks them, with nobody among them: what the background scores depends on the explained class.
    /// </summary>
    private sealed class Table(CoalitionDesign design, int rows, int? filled = null)
    {
        private readonly int _parts = design.Parts;
        private readonly bool _drawn = design.Rows is not null;

        /// <summary>How many background rows each coalition is evaluated with.</summary>
        public int RowsEach => _drawn ? 1 : rows;

        /// <summary>How many coalitions there are.</summary>
        public int Count => filled ?? design.Coalitions.Count + Nobody;

        /// <summary>The row of each coalition, [K]; null where each takes all.</summary>
        public Tensor? Rows => _drawn
            ? Tensor.From(
                [.. Enumerable.Range(0, Count)
                    .Select(k => k < design.Coalitions.Count ? design.Rows![k] : (long)(k - design.Coalitions.Count) % rows)], Count)
            : null;

        /// <summary>Who is present, [K, parts].</summary>
        public Tensor Present
        {
            get
            {
                if ((long)Count * _parts > MaximumEntries)
                    throw new ArgumentException($"{Count:N0} coalitions of {_parts:N0} players are too large a table for a graph. Put "
                        + "features into groups, or take partition SHAP.");
                var present = new bool[Count * _parts];
                for (var k = 0; k < design.Coalitions.Count; k++)
                    for (var part = 0; part < _parts; part++)
                        present[k * _parts + part] = design.Coalitions.Contains(k, part);
                return Tensor.From(present, Count, _parts);
            }
        }

        // Nobody needs a place for each row where coalitions take single ones.
        private int Nobody => !design.None.ContainsAnyExcept(0) ? 0 : _drawn ? rows : 1;

        /// <summary>The same with more coalitions behind, which fill up the last turn of a loop: nobody again, counting nothing.</summary>
        public Table Filled(int count) => new(design, rows, count);

        /// <summary>What each value counts in the attribution of each part, [K, parts].</summary>
        /// <param name="type">Their type.</param>
        /// <param name="values">How many values there are of each coalition: 1 where the background rows are averaged over before.</param>
        public Tensor Coefficients(ElementType type, int values)
        {
            var coefficients = new double[Count * _parts];
            for (var k = 0; k < design.Coalitions.Count; k++)
            {
                var (parts, weights) = design.Coefficients(k);
                for (var i = 0; i < parts.Length; i++)
                    coefficients[k * _parts + parts.Span[i]] = weights.Span[i] / values;
            }
            for (var i = 0; i < Nobody * _parts; i++)
                coefficients[design.Coalitions.Count * _parts + i] = design.None[i % _parts] / (_drawn ? rows : values);
            return Tensor.FromDoubles(type, coefficients, Count, _parts);
        }
    }
}
