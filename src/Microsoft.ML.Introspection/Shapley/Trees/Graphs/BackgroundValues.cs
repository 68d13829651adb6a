using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Interventional values in tensor operators, leaf by leaf, over portions of leaves.</summary>
/// <remarks>
/// <para>A row x and a background row b meet at a leaf if each player (feature, or group of them) on its path is taken along by one of them
/// at least: all of its edges, that is. Where a players are taken along by x alone and c by b alone, the leaf gives each of the former v·(a
/// − 1)!·c!/(a + c)! and each of the latter
/// −v·a!·(c − 1)!/(a + c)!. If they meet, c is the number of players that x leaves, and a the number of those that b leaves: each depends
/// on one of them alone.</para>
/// <para>So what is needed of a leaf are two products of matrices. The first says who meets and how much it weighs: one-hot vectors of c
/// times a table of weights by c for each b, less 2·(whether x leaves j)·(whether b leaves j) summed over j, of which positive numbers are
/// kept. The second sums over the
/// background: for each player those that leave it, and for all players that x leaves, which get equal shares, a times the weight.</para>
/// </remarks>
internal sealed class BackgroundValues : TreeValues
{
    // More than these push each other out of the processor's caches.
    private const long NumbersAtOnce = 1 << 20;

    // With fewer rows the products of matrices, or what is made for some leaves at a time, take too long for each of them.
    private const int FewRows = 16, FewRowsInTurns = 64;

    // So many numbers say what rows do at all splits; there are some copies of these.
    private const long MostStepsAtOnce = 1 << 24;

    private readonly TreeEnsemble _ensemble;
    private readonly ElementType _type;
    private readonly int _players, _rows;
    private readonly double[][]? _scores;
    private readonly double[] _constants;
    private readonly TargetSums _targets, _outputs;
    private readonly Dictionary<StepProduct, int> _functions = new() { [new StepProduct(StepFunction.One)] = 0 };
    private readonly List<(LeafPortion Portion, int Pieces, LeafColumns<Tensor> Columns)> _parts = [];

    /// <summary>Lays some trees of the ensemble out.</summary>
    /// <param name="shap">The ensemble, with a background.</param>
    /// <param name="some">The trees; all of them where shares in predictions are asked.</param>
    /// <param name="mostTableBytes">
    /// Beyond these bytes what can be made when the graph is loaded is made in every run, for some leaves at a time.
    /// </param>
    public BackgroundValues(TreeShap shap, IReadOnlyList<Tree> some, long mostTableBytes)
    {
        var (ensemble, options) = (shap.Ensemble, shap.Options);
        _players = shap.PlayerCount;
        (_ensemble, _type) = (ensemble, options.Precision == TreeShapPrecision.Double ? ElementType.Double : ElementType.Float);
        float[][] background = [.. options.Background!.Chunk(ensemble.FeatureCount)];
        _rows = background.Length;
        if (!shap.IsLinear)
            _scores = Array.ConvertAll(background, Score);
        _constants = [.. ensemble.BaseScores];
        foreach (var tree in some.Where(t => t.Nodes[0].IsLeaf))
            _constants[tree.Output] += tree.Nodes[0].Value;
        var leaves = some.Where(t => !t.Nodes[0].IsLeaf)
            .SelectMany(tree => BackgroundLeaf.Of(tree, options.Groups, background, merged: _scores is null)).ToList();
        foreach (var function in leaves.SelectMany(l => l.Taking))
            _functions.TryAdd(function, _functions.Count);
        // Shares in predictions are summed by players for each score apart, before they are weighed into outputs.
        _targets = _scores is null
            ? new TargetSums(leaves.SelectMany(l => l.Players, (l, player) => l.Output * _players + player),
                ensemble.OutputCount * _players)
            : new TargetSums(leaves.SelectMany(l => l.Players), _players);
        _outputs = new TargetSums(Enumerable.Range(0, ensemble.OutputCount), ensemble.OutputCount);
        var portions = LeafPortion.Of(leaves, byOutput: _scores is not null);
        var inTurns = portions.Sum(p => p.Leaves.Count * (p.TableSize + p.Players * (long)_targets.Used)) * _type.Size() > mostTableBytes;
        var few = inTurns ? FewRowsInTurns : FewRows;
        foreach (var portion in portions)
        {
            var length = (int)Math.Clamp(NumbersAtOnce / (portion.Patterns * (long)Slopes * few), 1, portion.Leaves.Count);
            if (inTurns)
                Add(portion, (portion.Leaves.Count + length - 1) / length, length);
            else
                foreach (var piece in portion.Leaves.Chunk(length))
                    Add(portion with { Leaves = piece }, 1, piece.Length);
        }
        RowsAtOnce = Math.Clamp(NumbersAtOnce / portions.Max(p => p.Leaves.Count * (long)p.Patterns * Slopes),
            Math.Clamp(MostStepsAtOnce / _functions.Count, 1, few), 256);

        void Add(LeafPortion portion, int pieces, int length) => _parts.Add((
            portion, pieces, portion.Columns(_functions, PlaceOf, pieces * length, _type)
                .Select(column => pieces == 1 ? column : column.Reshaped([pieces, length, .. column.Dimensions[1..]]))));
    }

    /// <inheritdoc/>
    public override long RowsAtOnce { get; }

    // For how many outputs the shares of a score are weighed.
    private int Slopes => _scores is not null && _ensemble.Link.MixesOutputs ? _ensemble.OutputCount : 1;

    private int PlaceOf(int output, int player) => _targets.PlaceOf(_scores is null ? output * _players + player : player);

    /// <inheritdoc/>
    public override TreeResults Of(Value rows, bool interactions)
    {
        var leaving = 1 - new StepTable([.. _functions.OrderBy(f => f.Value).Select(f => f.Key)], _ensemble.FeatureCount)
            .Evaluate(StepTable.Ordinates(rows), _type).Transpose(1, 0);
        var none = rows.Slice([0], [1], [1]).FullLike(0).Cast(ElementType.Double);
        if (_scores is null)
            return new TreeResults(_targets.Spread(Sum(none, _targets.Used, (portion, leaves) =>
                _targets.SumFirst(Flat(Shares(portion, leaves, leaving, null)), leaves.Targets))));

        var scores = Sum(none, _ensemble.OutputCount, (_, leaves) => Reached(leaves, leaving))
            + rows.Graph.Constant(Tensor.Vector<double>(_constants));
        var slopes = _ensemble.Link.Slopes(_scores, scores).Cast(_type);
        var size = _ensemble.OutputCount * _players;
        return new TreeResults(Sum(none, size, (portion, leaves) => Weighed(portion, leaves, leaving, slopes)), RawScores: scores);
    }

    private double[] Score(float[] row)
    {
        var scores = new double[_ensemble.OutputCount];
        _ensemble.Score(Array.ConvertAll(row, v => (double)v), scores);
        return scores;
    }

    // [N, numbers], over all leaves.
    private Value Sum(Value none, int numbers, Func<LeafPortion, LeafColumns<Value>, Value> compute)
    {
        var graph = none.Graph;
        var sum = none + graph.Constant(Tensor.Filled(ElementType.Double, 0, numbers));
        foreach (var (portion, pieces, columns) in _parts)
        {
            sum = pieces == 1
                ? sum + compute(portion, columns.Select(graph.Seed)).Cast(ElementType.Double)
                : graph.Loop(graph.Constant((long)pieces), [sum], (turn, state) => new LoopStep(
                    [state[0] + compute(portion, columns.Select(c => graph.Constant(c).Gather(turn))).Cast(ElementType.Double)], []))[0];
        }
        return sum;
    }

    // Because of how many players rows leave the paths, [leaves, 1, N], and of which, [leaves, players, N].
    private static (Value Number, Value Which) Leaving(LeafColumns<Value> leaves, Value leaving)
    {
        // Sums along the first axis are much the fastest.
        var which = leaving.Gather(leaves.Taking.TransposeMatrix());
        return (which.ReduceSum([0], keepDimensions: false).Unsqueeze(1), which.Transpose(1, 0, 2));
    }

    // What the leaves that rows reach add to the outputs, [N, outputs].
    private Value Reached(LeafColumns<Value> leaves, Value leaving)
    {
        var number = Leaving(leaves, leaving).Number.Squeeze(1);
        var reached = number.EqualTo(number.Like(0)).AsNumber(ElementType.Double) * leaves.Values.Cast(ElementType.Double).Unsqueeze(1);
        return _outputs.SumFirst(reached, leaves.Outputs);
    }

    // What leaves give to the players on their paths, [leaves, players, N]; with slopes, [outputs, background rows, N], for each output:
    // [leaves, outputs, players, N].
    private Value Shares(LeafPortion portion, LeafColumns<Value> leaves, Value leaving, Value? slopes)
    {
        var graph = leaving.Graph;
        var (players, count) = (portion.Players, leaves.Values.Shape[0].Value);
        var (number, byRow) = Leaving(leaves, leaving);
        var numbers =
            graph.Constant(Tensor.FromDoubles(_type, [.. Enumerable.Range(0, players + 1).Select(i => (double)i)], players + 1, 1));
        var who = Operators.Concat(1, number.EqualTo(numbers).AsNumber(_type), byRow);

        var byOther = portion.Left(leaves.Masks, _type);
        var numberOfOther = byOther.ReduceSum([1]);
        var weights = graph.Constant(Weights(players)).Gather(numberOfOther.Squeeze(1).Cast(ElementType.Int32));
        var meeting = Operators.Concat(2, weights, (byOther * -2).TransposeMatrix()).MatMul(who).Relu();

        var times = numberOfOther.Maximum(numberOfOther.Like(1));
        var worth = leaves.Counts.Cast(_type) * (leaves.Values * (1.0 / _rows)).Reshape(count, 1, 1);
        var gains = Operators.Concat(1, byOther, times) * worth;
        if (slopes is not null)
            (gains, meeting, byRow, number) = (gains.Unsqueeze(1), meeting.Unsqueeze(1) * slopes, byRow.Unsqueeze(1), number.Unsqueeze(1));
        var sums = gains.MatMul(meeting);
        var (own, shared) = sums.Split(sums.Rank - 2, players, 1) is [{ } first, { } second] ? (first, second) : default;
        return own - byRow * (shared / number.Maximum(number.Like(1)));
    }

    // Shares in predictions, [N, outputs·players].
    private Value Weighed(LeafPortion portion, LeafColumns<Value> leaves, Value leaving, Value slopes)
    {
        var (output, outputs) = (portion.Output, _ensemble.OutputCount);
        var shares = Shares(portion, leaves, leaving, slopes.Slice([output], [output + 1], [0]).Squeeze(0));
        var side = shares.Transpose(1, 3, 0, 2).Reshape(-1, leaves.Targets.Shape.Size.Value);
        var sums = _targets.Spread(_targets.Sum(side, leaves.Targets)).Reshape(Slopes, -1, _players).Transpose(1, 0, 2).Reshape(-1,
            Slopes * _players);
        return Slopes == outputs ? sums : sums.Pad([0, output * _players], [0, (outputs - output - 1) * _players]);
    }

    // [leaves, players, N] → [leaves·players, N]
    private static Value Flat(Value shares) => shares.Reshape(shares.Shape[0].Value * shares.Shape[1].Value, -1);

    // (a − 1)!·c!/(a + c)!, a by a; with a = 0, where no player is taken along by x alone, 1: then 1/c is what each of the others gets.
    private Tensor Weights(int players)
    {
        var table = new double[(players + 1) * (players + 1)];
        for (var c = 0; c <= players; c++)
            table[c] = 1;
        for (var a = 1; a <= players; a++)
        {
            var weight = 1.0 / a;
            for (var c = 0; c <= players; c++)
            {
                table[a * (players + 1) + c] = weight;
                weight *= (c + 1.0) / (a + c + 1);
            }
        }
        return Tensor.FromDoubles(_type, table, players + 1, players + 1);
    }
}
