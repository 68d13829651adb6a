using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>Path-dependent values: see <see cref="PathGraph"/>.</summary>
internal sealed class PathValues : TreeValues
{
    // More than these push each other out of the processor's caches.
    private const long NumbersAtOnce = 1 << 20;

    // The operators of a level take as long as the arithmetic on about so many numbers.
    private const long NumbersOfLevel = 1 << 13;

    private readonly int _features, _players, _outputs;
    private readonly PathGraph[] _graphs;
    private readonly TargetSums _targets, _asked;

    /// <summary>Lays some trees of the ensemble out.</summary>
    public PathValues(TreeShap shap, IEnumerable<Tree> some)
    {
        var (ensemble, precision) = (shap.Ensemble, shap.Options.Precision);
        (_features, _players, _outputs) = (ensemble.FeatureCount, shap.PlayerCount, ensemble.OutputCount);
        // Nothing cancels, so that the errors of single precision do not grow with depth: 2e-7 of the largest value at 8 as at 200 splits.
        var type = precision == TreeShapPrecision.Double ? ElementType.Double : ElementType.Float;
        PathTree[] trees = [.. some.Where(t => !t.Nodes[0].IsLeaf).Select(tree => PathTree.Of(tree, shap.Options.Groups))];
        _graphs = [.. Portioned(trees).Select(portion => new PathGraph(portion, type))];
        _targets = new TargetSums(_graphs.SelectMany(g => g.Splits).Select(TargetOf), _outputs * _players);
        _asked = new TargetSums(_graphs.SelectMany(g => g.Splits).Select(s => s.Player), _players);
    }

    /// <inheritdoc/>
    public override long RowsAtOnce => Math.Clamp(NumbersAtOnce / _graphs.Max(g => g.Width), 1, 256);

    /// <inheritdoc/>
    public override TreeResults Of(Value rows, bool interactions)
    {
        var ordinates = StepTable.Ordinates(rows);
        PathPass[] passes = [.. _graphs.Select(g => g.Pass(ordinates, _features))];
        var values = _targets.Spread(Sum(passes.Select((pass, i) => ByTarget(pass.Values(), _graphs[i].Splits))));
        return new TreeResults(values, interactions ? Interactions(values, Changes(values, passes)) : null);
    }

    // Trees whose paths ask more features need more nodes. Whoever shares a graph takes the most; each graph has its price.
    private static List<List<PathTree>> Portioned(IReadOnlyList<PathTree> trees)
    {
        var sizes = trees.GroupBy(t => t.Nodes).OrderBy(g => g.Key).Select(g => g.ToList()).ToList();
        var best = new (long Price, int From)[sizes.Count + 1];
        for (var to = 1; to <= sizes.Count; to++)
        {
            best[to].Price = long.MaxValue;
            var (splits, depth) = (0L, 0);
            for (var from = to - 1; from >= 0; from--)
            {
                splits += sizes[from].Sum(t => (long)t.Splits);
                depth = Math.Max(depth, sizes[from].Max(t => t.Depth));
                var price = best[from].Price + splits * sizes[to - 1][0].Nodes + depth * NumbersOfLevel;
                if (price < best[to].Price)
                    best[to] = (price, from);
            }
        }
        var portions = new List<List<PathTree>>();
        for (var to = sizes.Count; to > 0; to = best[to].From)
            portions.Add([.. sizes[best[to].From..to].SelectMany(t => t)]);
        return portions;
    }

    // For each player what it changes in the shares of those asked below it, [N, outputs, players, players].
    private Value Changes(Value values, PathPass[] passes)
    {
        var graph = values.Graph;
        var players = graph.Constant(Tensor.Vector<int>(_asked.Targets));
        var changes = graph.Loop(graph.Constant((long)_asked.Used), [], (turn, _) =>
        {
            var player = players.Gather(turn);
            var below = passes.Zip(_graphs, (pass, g) => (Changes: pass.Changes(player), Splits: g.Splits.Skip(g.Roots)))
                .Where(p => p.Changes is not null)
                .Select(p => ByTarget(p.Changes!, p.Splits))
                .ToList();
            return new LoopStep([], [below.Count == 0 ? values.FullLike(0) : _targets.Spread(Sum(below))]);
        })[0];
        var byAsked = changes.Reshape(_asked.Used, -1, _outputs, _players).Transpose(1, 2, 3, 0);
        return _asked.Spread(byAsked).TransposeMatrix();
    }

    private int TargetOf(PathSplit split) => split.Output * _players + split.Player;

    private Value ByTarget(Value values, IEnumerable<PathSplit> splits) => _targets
        .Sum(values, values.Graph.Seed(Tensor.Vector<int>([.. splits.Select(s => _targets.PlaceOf(TargetOf(s)))])))
        .Cast(ElementType.Double);

    // Whichever of a pair is asked above the other, each gets half; what is left of a player's value is its own.
    private Value Interactions(Value values, Value changes)
    {
        var numbers = values.Graph.Seed(Tensor.Vector<int>([.. Enumerable.Range(0, _players)]));
        var diagonal = numbers.Reshape(-1, 1).EqualTo(numbers).AsNumber(values.Type);
        var pairs = (changes + changes.TransposeMatrix()) * (0.5 - 0.5 * diagonal);
        var own = values.Reshape(-1, _outputs, _players) - pairs.ReduceSum([3], keepDimensions: false);
        return (pairs + own.Unsqueeze(3) * diagonal).Reshape(-1, _outputs * _players * _players);
    }

    private static Value Sum(IEnumerable<Value> values) => values.Aggregate((sum, value) => sum + value);
}
