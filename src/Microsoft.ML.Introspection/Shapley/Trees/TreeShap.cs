using System.Numerics;
using System.Runtime.Intrinsics;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Shapley.Trees.Lanes;
using Microsoft.ML.Introspection.Shapley.Trees.Tables;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// Exact Shapley values of an ensemble of trees: what each feature of a row adds to the score, in units of the score, positive where it
/// raises it. The values of a row sum to its score less the base value.
/// </summary>
/// <remarks>
/// Lundberg, Erion, Lee 2018, arXiv:1802.03888 (the values); Lundberg et al. 2020, arXiv:1905.04610 (interactions, interventional values);
/// computed as
/// <see cref="PathProgram{T}"/> says (compare Yu et al. 2022, arXiv:2209.08192), or, where paths ask few features, looked up in tables of
/// up to 64 MB, which are made for the first row (compare Yang 2021, arXiv:2109.09847). A row has the same values to the last bit alone, in
/// any batch, and with any number of threads. Instances are immutable and may be used from several threads.
/// </remarks>
/// <example><code>
/// var shap = new TreeShap(XGBoostModel.Load("model.json"));
/// var values = new double[rows.Length];          // one output
/// shap.Values(rows, values);
/// </code></example>
public sealed class TreeShap
{
    /// <summary>The most splits on the way to a leaf: branches are laid out by recursion, for which a thread has so much room.</summary>
    public const int MaximumDepth = 2048;

    // Up to so many nodes of a rule (two features each) the errors of single precision stay near 1e-7 of the largest value; at 64 features
    // they reach 4e-7.
    private const int MostNodesInSingle = 8;

    private readonly Lazy<TreeEngine> _values;
    private readonly Lazy<TreeEngine> _interactions;

    /// <summary>Prepares an ensemble.</summary>
    /// <param name="ensemble">The trees.</param>
    /// <param name="options">How features are taken away, and more; null for path-dependent values of the raw score.</param>
    /// <exception cref="ArgumentException">
    /// The trees do not tell their covers and there is no background; the background has rows of another length; or predictions are asked
    /// without one.
    /// </exception>
    /// <exception cref="InvalidModelException">A tree is deeper than <see cref="MaximumDepth"/>.</exception>
    public TreeShap(TreeEnsemble ensemble, TreeShapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ensemble);
        (Ensemble, Options) = (ensemble, options ?? new TreeShapOptions());
        Check();
        var inSingle = Options.Precision switch
        {
            TreeShapPrecision.Single => true,
            TreeShapPrecision.Double => false,
            _ => ensemble.Trees.All(t => PathRule.NodesOf(t) <= MostNodesInSingle),
        };
        (BaseValues, _values, _interactions) = (inSingle, Vector512.IsHardwareAccelerated) switch
        {
            (true, true) => Engines<WideLanes<float>, float>(),
            (true, false) => Engines<PlatformLanes<float>, float>(),
            (false, true) => Engines<WideLanes<double>, double>(),
            (false, false) => Engines<PlatformLanes<double>, double>(),
        };
    }

    // In registers of a chosen kind and without tables, to try what this machine would not choose.
    private TreeShap(TreeEnsemble ensemble, TreeShapOptions options, Func<TreeShap, (double[], Lazy<TreeEngine>, Lazy<TreeEngine>)> engines)
    {
        (Ensemble, Options) = (ensemble, options);
        Check();
        (BaseValues, _values, _interactions) = engines(this);
    }

    /// <summary>The trees.</summary>
    public TreeEnsemble Ensemble { get; }

    /// <summary>How features are taken away, and more.</summary>
    public TreeShapOptions Options { get; }

    /// <summary>The number of values of a row and output: features, or groups of them.</summary>
    public int PlayerCount => Options.Groups is { } groups ? groups.Max() + 1 : Ensemble.FeatureCount;

    /// <summary>
    /// The score where all features are taken away, for each output: the mean over the covers, or over the background.
    /// </summary>
    public IReadOnlyList<double> BaseValues { get; }

    /// <summary>Explains rows.</summary>
    /// <param name="rows">Shape [N, features], row by row; NaN for missing values.</param>
    /// <param name="values">Where to write, shape [N, outputs, features]; groups in the place of features where there are any.</param>
    /// <param name="cancellation">Stops between blocks of rows.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public void Values(ReadOnlySpan<float> rows, Span<double> values, CancellationToken cancellation = default) =>
        Run(_values.Value, rows, values, 1, cancellation);

    /// <inheritdoc cref="Values(ReadOnlySpan{float}, Span{double}, CancellationToken)"/>
    public void Values(ReadOnlySpan<double> rows, Span<double> values, CancellationToken cancellation = default) =>
        Run(_values.Value, rows, values, 1, cancellation);

    /// <summary>
    /// Explains rows by pairs of features: what i and j add together beyond what they add alone, half of it at (i, j) and half at (j, i);
    /// on the diagonal what a feature adds by itself. Each line sums to the feature's value. Only path-dependent, and of the raw score.
    /// </summary>
    /// <param name="rows">Shape [N, features], row by row; NaN for missing values.</param>
    /// <param name="values">Where to write, shape [N, outputs, features, features]; likewise.</param>
    /// <param name="cancellation">Stops between blocks of rows.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    /// <exception cref="NotSupportedException">There is a background.</exception>
    public void Interactions(ReadOnlySpan<float> rows, Span<double> values, CancellationToken cancellation = default) =>
        Run(_interactions.Value, rows, values, PlayerCount, cancellation);

    /// <inheritdoc cref="Interactions(ReadOnlySpan{float}, Span{double}, CancellationToken)"/>
    public void Interactions(ReadOnlySpan<double> rows, Span<double> values, CancellationToken cancellation = default) =>
        Run(_interactions.Value, rows, values, PlayerCount, cancellation);

    internal static TreeShap In<TLanes, T>(TreeEnsemble ensemble, TreeShapOptions? options = null)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(ensemble, options ?? new TreeShapOptions(), shap => shap.Engines<TLanes, T>(hasTables: false));

    private void Run<TRow>(TreeEngine engine, ReadOnlySpan<TRow> rows, Span<double> values, int times, CancellationToken cancellation)
        where TRow : unmanaged, INumber<TRow>
    {
        var features = Ensemble.FeatureCount;
        var size = (long)Ensemble.OutputCount * PlayerCount * times;
        if (rows.Length % features != 0)
            throw new ArgumentException($"Rows of {features} values were expected; {rows.Length} values are no whole number of rows.",
                nameof(rows));
        if (values.Length != rows.Length / features * size)
            throw new ArgumentException($"Room for {rows.Length / features} rows of {size} values was expected; there is room for "
                + $"{values.Length} values.", nameof(values));
        engine.Run(rows, values, cancellation);
    }

    private (double[] BaseValues, Lazy<TreeEngine> Values, Lazy<TreeEngine> Interactions) Engines<TLanes, T>(bool hasTables = true)
        where TLanes : struct, ILanes<TLanes, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (features, trees, threads) = (Ensemble.FeatureCount, Ensemble.Trees.Count, Options.Threads ?? Environment.ProcessorCount);
        var size = (long)Ensemble.OutputCount * PlayerCount;
        if (Options.Background is { } background)
        {
            var against = new BackgroundPlan(Ensemble, background, Options, TLanes.Count);
            return (
                against.BaseValues,
                new(() => Engine(against.Codes, () => new BackgroundWork<TLanes, T>(against))),
                new(() => throw new NotSupportedException("Interaction values are path-dependent; against a background there are none. "
                    + "Leave the background out.")));
        }
        var plan = new PathPlan<T>(Ensemble, Options.Groups);
        return (
            plan.BaseValues,
            new(() => Engine(plan.Codes, () => new PathWork<TLanes, T>(plan))),
            new(() => new TreeEngine(features, trees, size * PlayerCount, threads, () => new InteractionWork<TLanes, T>(plan))));

        TreeEngine Engine(FeatureCodes codes, Func<BlockWork> sweep)
        {
            if (!hasTables || !IsLinear)
                return new TreeEngine(features, trees, size, threads, sweep);
            var tables = LeafTables<T>.Of(this, codes);
            return new TreeEngine(features, trees, size, threads,
                () => new TableWork<T>(tables, features, Ensemble.OutputCount, PlayerCount, tables.AreAll ? null : sweep()));
        }
    }

    /// <summary>
    /// Whether each tree is shared out by itself. Shares in predictions are not: they depend on the score of every background row.
    /// </summary>
    internal bool IsLinear => Options.Output == TreeShapOutput.RawScore || Ensemble.Link == ScoreLink.Identity;

    private void Check()
    {
        if (Ensemble.Trees.Select(t => t.Depth).DefaultIfEmpty().Max() is > MaximumDepth and var depth)
            throw new InvalidModelException(
                $"A tree is {depth:N0} splits deep; trees of at most {MaximumDepth:N0} are explained. Deeper ones can only be scored.");
        if (Options.Groups is { } groups && groups.Count != Ensemble.FeatureCount)
            throw new ArgumentException(
                $"A group for each of the {Ensemble.FeatureCount} features was expected; given were {groups.Count}.");
        if (Options.Background is { } background && background.Length % Ensemble.FeatureCount != 0)
            throw new ArgumentException($"Background rows of {Ensemble.FeatureCount} values were expected; {background.Length} values "
                + "are no whole number of rows.");
        if (Options is { Background: null, Output: TreeShapOutput.Prediction } && Ensemble.Link != ScoreLink.Identity)
            throw new ArgumentException("Shares in the prediction need a background (TreeShapOptions.Background); path-dependent Shapley "
                + "values are shares in the raw score.");
        if (Options.Background is null && !Ensemble.HasCover)
            throw new ArgumentException(
                "The trees do not tell how much of the training data passed each node, which path-dependent Shapley values need. " +
                "Give background rows (TreeShapOptions.Background), or let rows tell it (TreeEnsemble.WithCover).");
    }
}
