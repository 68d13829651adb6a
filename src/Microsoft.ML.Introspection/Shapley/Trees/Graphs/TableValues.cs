using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees.Tables;

namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>
/// Values that are looked up: the steps that a row's features have taken add up, by a product of matrices for each tree, to places in the
/// tables of its <see cref="LeafSet"/>s, and what stands there is summed by players.
/// </summary>
internal sealed class TableValues : TreeValues
{
    // More than these push each other out of the processor's caches.
    private const long NumbersAtOnce = 1 << 18;

    private const long MostBytes = 64L << 20;

    // Each portion has its own operators, which take longer than the arithmetic on this many trees.
    private const int FewTrees = 16;

    private readonly TargetSums _targets;
    private readonly Portion[] _portions;

    private TableValues(TreeShap shap, IEnumerable<IReadOnlyList<LeafSet>> trees, Func<Tree, LeafGame> game)
    {
        var type = shap.Options.Precision == TreeShapPrecision.Double ? ElementType.Double : ElementType.Float;
        var all = trees.Where(sets => sets.Count > 0).Select(sets => new TreeSets(sets, shap.PlayerCount)).ToList();
        _targets = new TargetSums(all.SelectMany(t => t.Targets), shap.Ensemble.OutputCount * shap.PlayerCount);
        var (portions, open) = (new List<Portion>(), new List<TreeSets>());
        foreach (var like in all.GroupBy(t => t.Sets.Count).OrderBy(g => g.Key).Select(g => g.ToList()).Append([]))
        {
            if (open.Count >= FewTrees || like.Count == 0)
            {
                portions.Add(new Portion(open, shap.Ensemble.FeatureCount, game, _targets, type));
                open = [];
            }
            open.AddRange(like);
        }
        _portions = [.. portions];
        RowsAtOnce = Math.Clamp(NumbersAtOnce / _portions.Max(p => p.Width), 1, 256);
    }

    /// <inheritdoc/>
    public override long RowsAtOnce { get; }

    /// <summary>Lays an ensemble out: in tables what they can hold, the rest without. Values of rows are the sums of all parts'.</summary>
    /// <param name="shap">The ensemble.</param>
    /// <param name="mostTableBytes">The most bytes of tables.</param>
    public static IReadOnlyList<TreeValues> Of(TreeShap shap, long mostTableBytes)
    {
        var (ensemble, options) = (shap.Ensemble, shap.Options);
        var size = options.Precision == TreeShapPrecision.Double ? sizeof(double) : sizeof(float);
        var most = shap.IsLinear ? Math.Min(mostTableBytes / 2, MostBytes) : 0;
        var sets = LeafSet.Of(ensemble, options.Groups, size, most, allOrNone: false);
        Tree[] rest = shap.IsLinear ? [.. ensemble.Trees.Where((_, i) => sets[i] is null)] : [.. ensemble.Trees];
        var (games, game) = (new Dictionary<Tree, LeafGame>(), LeafGame.Of(shap));
        var parts = new List<TreeValues>();
        if (!Array.TrueForAll(sets, s => s is null or []))
            parts.Add(new TableValues(shap, sets.Select(s => s ?? []),
                tree => games.TryGetValue(tree, out var made) ? made : games[tree] = game(tree)));
        if (!rest.All(t => t.Nodes[0].IsLeaf))
            parts.Add(options.Background is null ? new PathValues(shap, rest) : new BackgroundValues(shap, rest, mostTableBytes));
        return parts;
    }

    /// <inheritdoc/>
    public override TreeResults Of(Value rows, bool interactions)
    {
        var ordinates = StepTable.Ordinates(rows);
        var sums = _portions.Select(p => p.Sums(ordinates, _targets)).Aggregate((sum, value) => sum + value);
        return new TreeResults(_targets.Spread(sums));
    }

    /// <summary>The sets of a tree, and the steps that their patterns are sums of.</summary>
    private sealed class TreeSets
    {
        public TreeSets(IReadOnlyList<LeafSet> sets, int players)
        {
            Sets = sets;
            Missing = new double[sets.Count];
            foreach (var (place, set) in sets.Index())
            {
                Targets.AddRange(set.Players.Select(p => set.Tree.Output * players + p));
                foreach (var (bit, own) in set.Bits.Index())
                {
                    var function = StepFunction.Of(own.Feature, own.Borders, value => own.Takes(value) ? 1 << bit : 0);
                    Missing[place] += function.Missing;
                    foreach (var step in function.Steps)
                    {
                        if (!Steps.TryGetValue(step with { Height = 1 }, out var heights))
                            Steps[step with { Height = 1 }] = heights = new double[sets.Count];
                        heights[place] += step.Height;
                    }
                }
            }
        }

        public IReadOnlyList<LeafSet> Sets { get; }

        /// <summary>Whom the lines of their tables belong to, one after the other.</summary>
        public List<int> Targets { get; } = [];

        /// <summary>For each set the pattern of missing values.</summary>
        public double[] Missing { get; }

        /// <summary>What each step adds to each set's pattern.</summary>
        public Dictionary<Step, double[]> Steps { get; } = [];
    }

    /// <summary>Trees of like numbers of sets; of fewer sets, steps or players than the most there are others that add nothing.</summary>
    private sealed class Portion
    {
        private readonly int _trees, _sets, _steps, _players;
        private readonly Tensor _places, _froms, _heights, _starts, _numbers, _targets;

        public Portion(List<TreeSets> trees, int features, Func<Tree, LeafGame> game, TargetSums targets, ElementType type)
        {
            (_trees, _sets, _steps) = (trees.Count, trees.Max(t => t.Sets.Count), trees.Max(t => t.Steps.Count));
            _players = trees.Max(t => t.Sets.Max(s => s.Players.Length));
            var (places, froms) = (new int[_trees * _steps], new float[_trees * _steps]);
            Array.Fill(froms, float.NaN);
            var (heights, starts, to) = (new float[_trees * _sets * _steps], new float[_trees * _sets], new int[_trees * _sets * _players]);
            var numbers = new List<double>(new double[_players]);
            foreach (var (t, tree) in trees.Index())
            {
                foreach (var (k, (step, height)) in tree.Steps.Index())
                {
                    places[t * _steps + k] = step.Falling ? features + step.Feature : step.Feature;
                    froms[t * _steps + k] = step.From;
                    for (var s = 0; s < height.Length; s++)
                        heights[(t * _sets + s) * _steps + k] = (float)height[s];
                }
                var target = 0;
                foreach (var (s, set) in tree.Sets.Index())
                {
                    starts[t * _sets + s] = (float)(tree.Missing[s] + numbers.Count / _players);
                    foreach (var line in set.Table(game(set.Tree), set.Players.Length).Chunk(set.Players.Length))
                        numbers.AddRange([.. line, .. new double[_players - line.Length]]);
                    for (var p = 0; p < set.Players.Length; p++)
                        to[(t * _sets + s) * _players + p] = targets.PlaceOf(tree.Targets[target++]);
                }
            }
            (_places, _froms) = (Tensor.Vector<int>(places), Tensor.From(froms, froms.Length, 1));
            (_heights, _starts) = (Tensor.From(heights, _trees, _sets, _steps), Tensor.From(starts, _trees, _sets, 1));
            (_numbers, _targets) = (Tensor.FromDoubles(type, [.. numbers], numbers.Count / _players, _players), Tensor.Vector<int>(to));
        }

        public long Width => _trees * (long)Math.Max(_steps, _sets * _players);

        /// <summary>What rows find in the tables, summed by targets, [N, used targets].</summary>
        public Value Sums(Value ordinates, TargetSums targets)
        {
            var graph = ordinates.Graph;
            // Rows come last as long as the numbers are many: then whole lines of them are moved and compared.
            var steps = ordinates.Gather(graph.Constant(_places)).GreaterOrEqual(graph.Constant(_froms)).AsNumber(ElementType.Float);
            var places = graph.Constant(_heights).MatMul(steps.Reshape(_trees, _steps, -1)) + graph.Constant(_starts);
            var found = graph.Constant(_numbers).Gather(places.Reshape(_trees * _sets, -1).Transpose(1, 0).Cast(ElementType.Int32));
            return targets.Sum(found.Reshape(-1, _trees * _sets * _players), graph.Seed(_targets)).Cast(ElementType.Double);
        }
    }
}
