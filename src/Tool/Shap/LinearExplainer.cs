using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Linear models in closed form.</summary>
/// <param name="shap">The model and its background.</param>
/// <param name="features">The names of the features.</param>
/// <param name="outputNames">The outputs' names; null where nobody named them.</param>
/// <param name="link">How scores become predictions.</param>
/// <param name="remark">What is to be said of the background.</param>
internal sealed class LinearExplainer(LinearShap shap, IReadOnlyList<string> features, IReadOnlyList<string>? outputNames, ScoreLink link, string remark) : OutputsExplainer
{
    private const int MostRows = 2048;

    private double[] _values = [];
    private double[] _scores = [];

    public override string Description => $"linear SHAP, {remark}";

    public override IReadOnlyList<string> Players => features;

    public override int OutputCount => shap.Model.OutputCount;

    public override IReadOnlyList<string>? OutputNames => outputNames;

    public override ScoreLink Link => link;

    public override int RowsAtOnce => MostRows;

    protected override IReadOnlyList<double> BaseValues => shap.BaseValues;

    protected override void Compute(RowBlock rows, IReadOnlyList<int> outputs, Span<double> values, Span<double> scores, Action<double> progress, CancellationToken cancellation)
    {
        (_values, _scores) = (Room(_values, checked(rows.Count * OutputCount * Players.Count)), Room(_scores, rows.Count * OutputCount));
        var seen = rows.SeenSingles;
        shap.Values(seen, _values.AsSpan(0, rows.Count * OutputCount * Players.Count));
        shap.Model.Score(seen, _scores.AsSpan(0, rows.Count * OutputCount), cancellation);
        TakeOutputs(_values, outputs, Players.Count, values);
        TakeOutputs(_scores, outputs, 1, scores);
    }

    private static double[] Room(double[] buffer, int size) => buffer.Length < size ? new double[size] : buffer;
}
