using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Linear models in closed form. What the features of a group get is added up.</summary>
/// <param name="shap">The model and its background.</param>
/// <param name="features">The names of the features.</param>
/// <param name="groups">Features that are explained as one; null where each is by itself.</param>
/// <param name="outputNames">The outputs' names; null where nobody named them.</param>
/// <param name="link">How scores become predictions.</param>
/// <param name="remark">What is to be said of the background.</param>
internal sealed class LinearExplainer(
    LinearShap shap, IReadOnlyList<string> features, PlayerGroups? groups, IReadOnlyList<string>? outputNames, ScoreLink link, string remark) : OutputsExplainer
{
    private const int MostRows = 2048;

    private double[] _values = [];
    private double[] _shares = [];
    private double[] _scores = [];

    public override string Description => $"linear SHAP, {remark}";

    public override IReadOnlyList<string> Players => groups?.Names ?? features;

    public override int OutputCount => shap.Model.OutputCount;

    public override IReadOnlyList<string>? OutputNames => outputNames;

    public override ScoreLink Link => link;

    public override int RowsAtOnce => MostRows;

    protected override IReadOnlyList<double> BaseValues => shap.BaseValues;

    protected override void Compute(RowBlock rows, IReadOnlyList<int> outputs, Span<double> values, Span<double> scores, Action<double> progress, CancellationToken cancellation)
    {
        var seen = rows.SeenSingles;
        var all = Room(ref _values, checked(rows.Count * OutputCount * features.Count));
        shap.Values(seen, all);
        TakeOutputs(groups is null ? all : Added(all, groups, Room(ref _shares, rows.Count * OutputCount * Players.Count)), outputs, Players.Count, values);
        var said = Room(ref _scores, rows.Count * OutputCount);
        shap.Model.Score(seen, said, cancellation);
        TakeOutputs(said, outputs, 1, scores);
    }

    private static ReadOnlySpan<double> Added(ReadOnlySpan<double> values, PlayerGroups groups, Span<double> sums)
    {
        sums.Clear();
        for (var i = 0; i < values.Length; i++)
            sums[i / groups.Of.Count * groups.Names.Count + groups.Of[i % groups.Of.Count]] += values[i];
        return sums;
    }
}
