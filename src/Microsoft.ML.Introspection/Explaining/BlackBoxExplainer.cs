using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Explaining;

/// <summary>Any model by its scores of rows that are made of parts of others.</summary>
internal sealed class BlackBoxExplainer : Explainer
{
    // Rows that many evaluations are made of are few; small games are played for many rows at once.
    private const int FewestRows = 16, MostRowsAtOnce = 256, ManyEvaluations = 1 << 16;

    private readonly IScorer _scorer;
    private readonly BlackBox _box;
    private readonly CoalitionMethod _method;
    private readonly Network? _network;
    private readonly string? _output;
    private readonly string _name;

    /// <summary>Prepares the model.</summary>
    /// <param name="scorer">The model; disposed of with this, where it can be.</param>
    /// <param name="options">What is explained and how.</param>
    /// <param name="network">The network that the scorer asks; null where it asks none.</param>
    public BlackBoxExplainer(IScorer scorer, ExplainerOptions options, Network? network = null)
        : base(options with { Outputs = options.Outputs.In(options.OutputNames ?? scorer.OutputNames) },
            scorer.FeatureNames, scorer.OutputNames.Count, options.OutputNames)
    {
        (_scorer, _network, _output, _name) = (scorer, network, options.Output, options.ModelName);
        var method = options.Algorithm.ForScores(Players, options.ModelName);
        var background = options.Needed();
        var shape = network?.Inputs is [{ Shape: { Rank: > 2 } extents }] ? extents.Skip(1).Select(d => (int)d.Value).ToArray() : null;
        var channels = shape is null ? 0 : Axes.Channels(network!.Definition(network.Inputs[0].Name)) - 1;
        _method = options.Algorithm.InHierarchy(method, scorer, background.Rows, shape, channels);
        Algorithm = options.Algorithm with { Method = _method };
        _box = new BlackBox(scorer, background.Rows);
        var design = _method.Design(Players.Count, background.Rows.Length / FeatureCount);
        var evaluations = ScoresPerRow = (long)design.Coalitions.Count * (design.Rows is null ? background.Rows.Length / FeatureCount : 1);
        MostRows = (int)Math.Clamp(ManyEvaluations / Math.Max(evaluations, 1), FewestRows, MostRowsAtOnce);
        PlayerShape = Players.Of is null && shape is not null ? shape : base.PlayerShape;
        (Link, Description) = (options.Predictions ? ScoreLink.Identity : options.Link,
            $"{Named(_method)}, {background.Remark}{Spent(_method)}");
    }

    public override IReadOnlyList<int> PlayerShape { get; }

    public override string Description { get; }

    public override long ScoresPerRow { get; }

    public override ScoreLink Link { get; }

    public override IReadOnlyList<double> BaseValues => _box.BaseValues;

    private protected override int MostRows { get; }

    public override void Score(ReadOnlySpan<float> rows, Span<double> scores, CancellationToken cancellation = default) =>
        _scorer.Score(rows, scores, cancellation);

    public override OnnxModel Compile(ExplanationNames? names = null) => _network is { Inputs: [var input] }
        ? GraphExplainer.Compile(_network, _method with { Baseline = GraphExplainer.Baseline(input, _box.Background) }, Outputs, _output,
            Kept, names)
        : throw new NotSupportedException(
            $"There is no graph of {_name}: it is explained as a black box, by asking it for the scores of many rows.");

    public override void Dispose()
    {
        (_scorer as IDisposable)?.Dispose();
        base.Dispose();
    }

    private protected override void Compute<T>(
        ReadOnlySpan<T> rows, Explanations into, Span<double> values, Span<double> scores, Action<double>? progress,
        CancellationToken cancellation) =>
        _box.Explain(_method, into.Singles(rows), Needed, values, scores, progress is null ? null : new Told(progress), cancellation);

    // How far the evaluations last: of features that may vary, if others do not.
    private string Spent(CoalitionMethod method)
    {
        if (method is not PartitionShap partition)
            return "";
        var idle = _box.Idle(FeatureGroups.For(method.Groups, [FeatureCount], "the scorer"));
        return (partition with { Idle = idle }).Undivided(Players.Count) is > 0 and var undivided
            ? FormattableString.Invariant($"; {partition.MaximumEvaluations:N0} evaluations do not last to tell {undivided:N0} of the ")
                + FormattableString.Invariant($"{Players.Count - idle.Count:N0} features or groups apart, which share evenly with others")
            : "";
    }

    private static string Named(CoalitionMethod method) => method switch
    {
        ExactShap => "all coalitions",
        KernelShap => "kernel SHAP",
        PermutationShap { Permutations: var orders } => FormattableString.Invariant($"permutation SHAP of {orders:N0} orders"),
        SamplingShap { Samples: var draws } => FormattableString.Invariant($"sampling SHAP of {draws:N0} draws"),
        PartitionShap => "partition SHAP",
        _ => method.GetType().Name,
    };

    // Tells at once, on the thread that computes.
    private sealed class Told(Action<double> progress) : IProgress<double>
    {
        public void Report(double value) => progress(value);
    }
}
