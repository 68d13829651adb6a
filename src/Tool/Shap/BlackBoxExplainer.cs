using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Shapley;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Any model by its scores of rows that are made of parts of others.</summary>
internal sealed class BlackBoxExplainer : OutputsExplainer
{
    private const int MostRows = 256;

    private readonly IScorer _scorer;
    private readonly BlackBox _box;
    private readonly CoalitionMethod _method;

    /// <summary>Prepares the model.</summary>
    /// <param name="scorer">The model; disposed of with this, where it can be.</param>
    /// <param name="background">The background rows.</param>
    /// <param name="method">The method, with its groups.</param>
    /// <param name="outputNames">The outputs' names; null where nobody named them.</param>
    /// <param name="remark">What is to be said of the background.</param>
    public BlackBoxExplainer(IScorer scorer, float[] background, CoalitionMethod method, IReadOnlyList<string>? outputNames, string remark)
    {
        (_scorer, _method, OutputNames) = (scorer, method, outputNames);
        _box = new BlackBox(scorer, background);
        Players = method.Names(scorer.FeatureNames);
        Description = $"{Named(method)}, {remark}";
    }

    /// <summary>The axes that the values of a row have in an array; those of the model's input where they are more than one.</summary>
    public IReadOnlyList<int>? Shape { get; init; }

    public override IReadOnlyList<int> PlayerShape => Shape ?? base.PlayerShape;

    public override string Description { get; }

    public override IReadOnlyList<string> Players { get; }

    public override int OutputCount => _scorer.OutputNames.Count;

    public override IReadOnlyList<string>? OutputNames { get; }

    public override int RowsAtOnce => MostRows;

    protected override IReadOnlyList<double> BaseValues => _box.BaseValues;

    public override void Dispose() => (_scorer as IDisposable)?.Dispose();

    protected override void Compute(RowBlock rows, IReadOnlyList<int> outputs, Span<double> values, Span<double> scores, Action<double> progress, CancellationToken cancellation)
    {
        var explained = _box.Explain(_method, rows.SeenSingles, outputs, new Told(progress), cancellation);
        explained.Values.CopyTo(values);
        explained.Scores.CopyTo(scores);
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
