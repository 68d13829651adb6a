using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>Linear models in closed form. What the features of a group get is added up.</summary>
internal sealed class LinearExplainer : Explainer
{
    private readonly LinearShap _shap;
    private readonly bool _isAll;

    public LinearExplainer(LinearModel model, ExplainerOptions options)
        : base(options with { Outputs = options.Outputs.In(options.OutputNames ?? model.OutputNames) },
            options.FeatureNames ?? model.FeatureNames, model.OutputCount, options.OutputNames)
    {
        if (options.Predictions && options.Link != ScoreLink.Identity)
            throw new ArgumentException("Linear SHAP values are shares in the raw score. Explain raw scores, or take another algorithm.",
                nameof(options));
        var background = options.Needed();
        var linear = options.Algorithm.Linear;
        // A mean is all that is taken of the background where features are independent, so that all rows count, and not a sample of them.
        var means = linear.Dependence == FeatureDependence.Independent ? background.Means(model.FeatureCount) : null;
        _shap = new LinearShap(model, linear with { Background = means is null ? background.Rows : null, Mean = means });
        _isAll = Players.Of is null && Needed.Count == OutputCount;
        (Link, Description) = (options.Link, $"linear SHAP, {background.Remark}");
    }

    public override string Description { get; }

    public override ScoreLink Link { get; }

    public override IReadOnlyList<double> BaseValues => _shap.BaseValues;

    public override bool ServesThreads => true;

    public override void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default) =>
        _shap.Model.Score(rows, scores, cancellation);

    public override OnnxModel Compile(ExplanationNames? names = null)
    {
        names ??= new ExplanationNames();
        return LinearExplanation.Compile(
            _shap,
            // Of a single output there is no axis.
            Outputs.Target ?? (OutputCount > 1 ? null : Target.Class(0)),
            new ExplanationOptions
            {
                InputNames = new Dictionary<string, string> { [LinearExplanation.InputName] = names.Input },
                AttributionName = names.Attribution,
                BaseValueName = names.BaseValue,
                ScoreName = names.Score,
                TargetName = names.Target,
            },
            Players.Of is null ? null : [.. Players.Of], Finish ?? (values => values));
    }

    private protected override void Compute<T>(
        ReadOnlySpan<T> rows, Explanations into, Span<double> values, Span<double> scores, Action<double>? progress,
        CancellationToken cancellation)
    {
        var singles = into.Singles(rows);
        var all = _isAll ? values : Explanations.Room(ref into.Scratch, into.Count * OutputCount * FeatureCount);
        _shap.Values(singles, all);
        if (!_isAll)
            TakeNeeded(Players.Of is null ? all : Added(all, into), Players.Count, values);
        if (scores.IsEmpty)
            return;
        var said = Explanations.Room(ref into.MoreScratch, into.Count * OutputCount);
        _shap.Model.Score(singles, said, cancellation);
        TakeNeeded(said, 1, scores);
    }

    private Span<double> Added(ReadOnlySpan<double> values, Explanations into)
    {
        var sums = Explanations.Room(ref into.MoreScratch, into.Count * OutputCount * Players.Count);
        Players.Add(values, sums);
        return sums;
    }
}
