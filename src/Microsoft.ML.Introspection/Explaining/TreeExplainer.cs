using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>Trees by their own algorithm.</summary>
internal sealed class TreeExplainer : Explainer
{
    private readonly TreeEnsemble _ensemble;
    private readonly TreeShapOptions _options;
    private readonly OneHotBlocks? _blocks;
    private readonly TreeShap _shap;
    private readonly TreeScorer _scorer;
    private readonly int[] _computed;
    private readonly bool _isPrediction;
    private readonly bool _isNeeded;

    private TreeExplainer(TreeEnsemble ensemble, TreeShapOptions shap, string remark, ExplainerOptions options)
        : base(options, ensemble.FeatureNames ?? options.FeatureNames ?? Numbered(ensemble.FeatureCount), ensemble.OutputCount,
            ensemble.OutputNames ?? options.OutputNames)
    {
        (_ensemble, _options, _blocks) = (ensemble, shap with { Groups = Players.Of }, options.Blocks);
        _isPrediction = shap.Output == TreeShapOutput.Prediction && ensemble.Link != ScoreLink.Identity;
        // Trees of other outputs have no part in a raw score.
        _computed = _isPrediction ? [.. Enumerable.Range(0, ensemble.OutputCount)] : [.. Needed];
        _isNeeded = _computed.SequenceEqual(Needed);
        _shap = new TreeShap(_computed.Length == ensemble.OutputCount ? ensemble : ensemble.Only(_computed), _options);
        _scorer = new TreeScorer(ensemble, _isPrediction);
        double[] bases = [.. Enumerable.Repeat(double.NaN, ensemble.OutputCount)];
        foreach (var (place, output) in _computed.Index())
            bases[output] = _shap.BaseValues[place];
        BaseValues = bases;
        Description = $"exact tree SHAP, {remark}{(_isPrediction ? ", rescaled to predictions" : "")}";
    }

    /// <inheritdoc cref="Explainer.For(TreeEnsemble, ExplainerOptions?)"/>
    public static TreeExplainer Of(TreeEnsemble trees, ExplainerOptions options)
    {
        var sharesPredictions = options.Predictions && trees.Link != ScoreLink.Identity;
        var background = options.Background
            ?? (sharesPredictions
                ? options.Needed(PredictionsNeedBackground) : null);
        var remark = background?.Remark ?? "path-dependent";
        if (background is null && !trees.HasCover && options.Covers is { } covers)
        {
            trees = trees.WithCover(covers.Rows().Select(row => options.Blocks?.Merge(row.Span) ?? row));
            remark = $"path-dependent with covers by '{covers.Name}'";
        }
        return new TreeExplainer(trees, new TreeShapOptions
        {
            Background = background is null ? null : options.Blocks?.Merge(background.Rows) ?? background.Rows,
            Output = options.Predictions ? TreeShapOutput.Prediction : TreeShapOutput.RawScore,
            Threads = options.Runtime.Threads,
        }, remark, options);
    }

    public override int FeatureCount => _blocks?.SlotCount ?? base.FeatureCount;

    public override string Description { get; }

    public override IReadOnlyList<double> BaseValues { get; }

    public override ScoreLink Link => _isPrediction ? ScoreLink.Identity : _ensemble.Link;

    public override bool HasInteractions => _options.Background is null;

    public override bool ServesThreads => true;

    public override void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default)
    {
        if (_blocks is null)
            _scorer.Score(rows, scores, cancellation);
        else
        {
            var merged = new float[rows.Length / _blocks.SlotCount * _blocks.FeatureCount];
            _blocks.Merge(rows, merged);
            _scorer.Score(merged, scores, cancellation);
        }
    }

    public override OnnxModel Compile(ExplanationNames? names = null)
    {
        names ??= new ExplanationNames();
        return TreeExplanation.Compile(_computed.Length == OutputCount ? _shap : new TreeShap(_ensemble, _options), new TreeGraphOptions
        {
            Target = Outputs.Target,
            InputName = names.Input,
            AttributionName = names.Attribution,
            InteractionsName = names.Interactions,
            BaseValueName = names.BaseValue,
            ScoreName = names.Score,
            TargetName = names.Target,
            Prepare = _blocks is null ? null : (_blocks.SlotCount, _blocks.Merge),
            Finish = Finish,
        });
    }

    private protected override void Compute<T>(
        ReadOnlySpan<T> rows, Explanations into, Span<double> values, Span<double> scores, Action<double>? progress,
        CancellationToken cancellation)
    {
        var computed = _isNeeded ? values : Explanations.Room(ref into.Scratch, values.Length / Needed.Count * _computed.Length);
        if (_blocks is not null)
            _shap.Values(Merged(rows, into), computed, cancellation);
        else if (typeof(T) == typeof(double))
            _shap.Values(MemoryMarshal.Cast<T, double>(rows), computed, cancellation);
        else
            _shap.Values(MemoryMarshal.Cast<T, float>(rows), computed, cancellation);
        if (!_isNeeded)
            TakeNeeded(computed, Players.Count, values);
        if (!scores.IsEmpty)
            Score(rows, into, scores, cancellation);
    }

    private protected override void ComputePairs<T>(ReadOnlySpan<T> rows, Explanations into, Span<double> values,
        CancellationToken cancellation)
    {
        // Raw scores are explained here, of which nothing but what is needed is computed.
        if (_blocks is not null)
            _shap.Interactions(Merged(rows, into), values, cancellation);
        else if (typeof(T) == typeof(double))
            _shap.Interactions(MemoryMarshal.Cast<T, double>(rows), values, cancellation);
        else
            _shap.Interactions(MemoryMarshal.Cast<T, float>(rows), values, cancellation);
    }

    private void Score<T>(ReadOnlySpan<T> rows, Explanations into, Span<double> scores, CancellationToken cancellation)
        where T : unmanaged, INumber<T>
    {
        var all = Explanations.Room(ref into.MoreScratch, into.Count * OutputCount);
        // Where values are rounded to single precision anyway, rows may be scored in it, which is faster.
        if (typeof(T) == typeof(float) || _blocks is not null || _ensemble.ComparesSingles)
        {
            _scorer.Score(_blocks is null ? into.Singles(rows) : Merged(rows, into), all, cancellation);
        }
        else
        {
            var doubles = MemoryMarshal.Cast<T, double>(rows);
            for (var row = 0; row < into.Count; row++)
            {
                var own = all.Slice(row * OutputCount, OutputCount);
                _ensemble.Score(doubles.Slice(row * FeatureCount, FeatureCount), own);
                if (_isPrediction)
                    _ensemble.Link.Apply(own);
            }
        }
        TakeNeeded(all, 1, scores);
    }

    private ReadOnlySpan<float> Merged<T>(ReadOnlySpan<T> rows, Explanations into) where T : unmanaged, INumber<T>
    {
        var merged = Explanations.Room(ref into.Merged, into.Count * _blocks!.FeatureCount);
        _blocks.Merge(into.Singles(rows), merged);
        return merged;
    }

    private static IReadOnlyList<string> Numbered(int features) =>
        [.. Enumerable.Range(0, features).Select(i => FormattableString.Invariant($"f{i}"))];
}
