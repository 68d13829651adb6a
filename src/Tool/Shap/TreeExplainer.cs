using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Trees by their own algorithm.</summary>
internal sealed class TreeExplainer : OutputsExplainer
{
    private const int MostRows = 2048;

    private readonly TreeEnsemble _ensemble;
    private readonly TreeShap _shap;
    private readonly TreeScorer? _scorer;
    private readonly int[] _explained;
    private double[] _scores = [];
    private double[] _values = [];

    /// <summary>Prepares the trees.</summary>
    /// <param name="ensemble">The trees; with covers where there is no background.</param>
    /// <param name="options">How features are taken away.</param>
    /// <param name="target">What will be explained.</param>
    /// <param name="players">The names of features or groups.</param>
    /// <param name="remark">What is to be said of the covers, or of the background.</param>
    public TreeExplainer(TreeEnsemble ensemble, TreeShapOptions options, ShapTarget target, IReadOnlyList<string> players, string remark)
    {
        (_ensemble, Players) = (ensemble, players);
        var isRaw = options.Output == TreeShapOutput.RawScore || ensemble.Link == ScoreLink.Identity;
        // Trees of other outputs have no part in a raw score.
        _explained = isRaw ? [.. target.Needed(ensemble.OutputCount)] : [.. Enumerable.Range(0, ensemble.OutputCount)];
        _shap = new TreeShap(_explained.Length == ensemble.OutputCount ? ensemble : Only(ensemble, _explained), options);
        var baseValues = new double[ensemble.OutputCount];
        foreach (var (place, output) in _explained.Index())
            baseValues[output] = _shap.BaseValues[place];
        (BaseValues, IsPrediction) = (baseValues, !isRaw);
        // Where values are rounded to single precision anyway, rows may be scored in it, which is faster.
        _scorer = ensemble.ComparesSingles ? new TreeScorer(ensemble, IsPrediction) : null;
        Description = $"exact tree SHAP, {remark}{(IsPrediction ? ", of predictions" : "")}";
    }

    public override string Description { get; }

    public override IReadOnlyList<string> Players { get; }

    public override int OutputCount => _ensemble.OutputCount;

    public override IReadOnlyList<string>? OutputNames => _ensemble.OutputNames;

    public override ScoreLink Link => IsPrediction ? ScoreLink.Identity : _ensemble.Link;

    public override int RowsAtOnce => MostRows;

    public override bool HasInteractions => _shap.Options.Background is null;

    protected override IReadOnlyList<double> BaseValues { get; }

    private bool IsPrediction { get; }

    protected override void Compute(RowBlock rows, IReadOnlyList<int> outputs, Span<double> values, Span<double> scores, Action<double> progress, CancellationToken cancellation)
    {
        Explained(rows, outputs, Players.Count, values, (seen, all) => _shap.Values(seen, all, cancellation));
        var all = Room(ref _scores, rows.Count * OutputCount);
        if (_scorer is null)
            Score(rows, all);
        else
            _scorer.Score(rows.SeenSingles, all, cancellation);
        TakeOutputs(all, outputs, 1, scores);
    }

    protected override void ComputeInteractions(RowBlock rows, IReadOnlyList<int> outputs, Span<double> values, CancellationToken cancellation) =>
        Explained(rows, outputs, Players.Count * Players.Count, values, (seen, all) => _shap.Interactions(seen, all, cancellation));

    private void Score(RowBlock rows, Span<double> scores)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            var own = scores.Slice(row * OutputCount, OutputCount);
            _ensemble.Score(rows.SeenRow(row), own);
            if (IsPrediction)
                _ensemble.Link.Apply(own);
        }
    }

    private void Explained(RowBlock rows, IReadOnlyList<int> outputs, int size, Span<double> values, Computation compute)
    {
        if (outputs.SequenceEqual(_explained))
        {
            compute(rows.Seen, values);
            return;
        }
        var all = Room(ref _values, checked(rows.Count * OutputCount * size));
        compute(rows.Seen, all);
        TakeOutputs(all, outputs, size, values);
    }

    private static TreeEnsemble Only(TreeEnsemble ensemble, int[] outputs) => new(
        ensemble.FeatureCount,
        [.. outputs.SelectMany((output, place) => ensemble.Trees.Where(t => t.Output == output).Select(t => t.Output == place ? t : new Tree(t.Nodes, t.Sets, place)))],
        [.. outputs.Select(o => ensemble.BaseScores[o])])
    {
        ComparesSingles = ensemble.ComparesSingles,
    };

    private delegate void Computation(ReadOnlySpan<double> rows, Span<double> values);
}
