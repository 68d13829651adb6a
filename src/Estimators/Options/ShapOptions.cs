using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Shapley;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// How SHAP columns are computed, what they explain, and which columns come with them. Every property checks what it is given.
/// </summary>
public sealed record ShapOptions
{
    /// <summary>How the values are computed.</summary>
    public ShapAlgorithm Algorithm
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Algorithm), value, "There is no such algorithm.");
    }

    /// <summary>
    /// The algorithm with options of its own, such as <c>new KernelShap(Samples: 5000)</c>: any <see cref="CoalitionMethod"/>; for networks
    /// <see cref="DeepShap"/> and <see cref="GradientShap"/> too. It comes in the place of <see cref="Algorithm"/>; its baseline is
    /// replaced by the background.
    /// </summary>
    public AttributionMethod? Method { get; init; }

    /// <summary>
    /// The score that is explained: that of the predicted class (<see cref="Target.ArgMax"/>), of a class, of a label column
    /// (<see cref="Target.Label"/>), or the difference of two. Null explains all outputs side by side where there are several.
    /// </summary>
    public Target? Target { get; init; }

    /// <summary>
    /// What is shared out: raw scores (log-odds, logits, logarithms), or predictions (probabilities, what stands in the column
    /// <c>Score</c> of several classes and of Poisson and Tweedie regressions, <c>Probability</c> of two). Networks share out raw scores.
    /// Values of predictions are exact up to ten features or groups. Of more, trees share a prediction like the raw score, rescaled
    /// (it sums, but is no Shapley value), and other models are sampled; <see cref="ShapTransformer.Description"/> says which.
    /// </summary>
    public TreeShapOutput Output
    {
        get;
        init => field =
            Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Output), value, "There is no such output.");
    }

    /// <summary>Which rounds of XGBoost's trees count, where training went on after the best; by default those up to the best.</summary>
    public BoostingRounds Rounds { get; init; }

    /// <summary>
    /// Rows that features are taken from when they are taken away, with the columns that are explained. Null takes them from the data that
    /// the estimator is fitted to; trees that know their covers need none then, and give path-dependent values.
    /// </summary>
    public IDataView? Background { get; init; }

    /// <summary>How many background rows are kept: a sample of all there are.</summary>
    public int BackgroundRows
    {
        get;
        init => field = value > 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(BackgroundRows), value, "At least one background row is needed.");
    } = 100;

    /// <summary>
    /// Slots of the explained column that are one feature, by the feature's name: a one-hot block, n-grams, the pixels of a region. Slots
    /// that are in no group are features of their own, behind the groups. Of pipelines the numbers are those of
    /// <see cref="Pipelines.PipelineScorer.FeatureNames"/>.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? Groups
    {
        get;
        init
        {
            if (value is not null
                && (value.Count == 0 || value.Any(g => string.IsNullOrWhiteSpace(g.Key) || g.Value is not { Count: > 0 })))
                throw new ArgumentException("Groups map names to slots, at least one of each.", nameof(Groups));
            if (value is not null && value.SelectMany(g => g.Value).GroupBy(s => s).FirstOrDefault(s => s.Count() > 1) is { Key: var slot })
                throw new ArgumentException($"Slot {slot} is in several groups; a slot belongs to one.", nameof(Groups));
            field = value?.ToDictionary(g => g.Key, g => (IReadOnlyList<int>)[.. g.Value]);
        }
    }

    /// <summary>
    /// Vector columns that are one feature as a whole, where the raw columns of a pipeline are explained; of others every slot is one.
    /// </summary>
    public IReadOnlyList<string> WholeColumns
    {
        get;
        init => field = value is not null && !value.Any(string.IsNullOrEmpty) && value.Distinct().Count() == value.Count ? [.. value]
            : throw new ArgumentException($"Different names of columns were expected; given were {Listing.Of(value ?? [])}.",
                nameof(WholeColumns));
    } = [];

    /// <summary>
    /// Whether each block that one-hot encoding has made of a column is one feature. Of LightGBM models that split on categories this also
    /// is much faster.
    /// </summary>
    public bool OneHotBlocksAreFeatures { get; init; }

    /// <summary>
    /// Whether all slots that come from one column are one feature, whatever has made them of it: one-hot encoding, hashing, n-grams of a
    /// text, a vector. Of a prediction transformer; the raw columns of a whole pipeline are its features anyway.
    /// </summary>
    public bool ColumnsAreFeatures { get; init; }

    /// <summary>How many of the largest positive values of a row (and output) are kept, the others being 0; null for all.</summary>
    public int? NumberOfPositiveContributions { get; init => field = NotNegative(value, nameof(NumberOfPositiveContributions)); }

    /// <summary>How many of the largest negative values are kept; null for all.</summary>
    public int? NumberOfNegativeContributions { get; init => field = NotNegative(value, nameof(NumberOfNegativeContributions)); }

    /// <summary>Whether the values that are kept are divided by the largest magnitude among them.</summary>
    public bool Normalize { get; init; }

    /// <summary>The name of a column for the base value, which the values of a row are added to; null for none.</summary>
    public string? BaseValueColumnName { get; init => field = NotBlank(value, nameof(BaseValueColumnName)); }

    /// <summary>The name of a column for what is explained: base value and all values together; null for none.</summary>
    public string? ScoreColumnName { get; init => field = NotBlank(value, nameof(ScoreColumnName)); }

    /// <summary>
    /// The name of a column for the explained class, a vector of one <see cref="long"/>; only with a <see cref="Target"/>. Null for none.
    /// </summary>
    public string? TargetColumnName { get; init => field = NotBlank(value, nameof(TargetColumnName)); }

    /// <summary>
    /// The name of a column for interaction values, a matrix of features; path-dependent values of trees only. Null for none.
    /// </summary>
    public string? InteractionsColumnName { get; init => field = NotBlank(value, nameof(InteractionsColumnName)); }

    /// <summary>
    /// The column of a pipeline that is explained; null for <c>Score</c>, or for predictions <c>Probability</c> where there is one.
    /// </summary>
    public string? ExplainedColumnName { get; init => field = NotBlank(value, nameof(ExplainedColumnName)); }

    /// <summary>Threads for all models; for networks also device and rows in one run.</summary>
    public RuntimeOptions Runtime { get; init => field = value ?? throw new ArgumentNullException(nameof(Runtime)); } = new();

    /// <summary>Stops whoever is reading values with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>How the values are computed, as the engine takes it.</summary>
    internal AlgorithmChoice Choice => new() { Algorithm = Algorithm, Method = Method };

    /// <summary>Who gets a value.</summary>
    /// <param name="features">How many features there are.</param>
    /// <exception cref="ArgumentException">A group names a feature that is not there.</exception>
    internal Players Players(int features) =>
        Groups is null ? Explaining.Players.Each(features) : Explaining.Players.Named(features, Groups.Select(g => (g.Key, g.Value)));

    /// <summary>Which values are kept; null for all.</summary>
    internal KeptValues? Kept =>
        this is { NumberOfPositiveContributions: null, NumberOfNegativeContributions: null, Normalize: false } ? null
        : new(NumberOfPositiveContributions, NumberOfNegativeContributions, Normalize);

    /// <summary>The options as the engine takes them.</summary>
    /// <param name="players">Who gets a value.</param>
    /// <param name="background">Rows of the background, or of the data in its place.</param>
    internal ExplainerOptions ForExplainer(Players players, Background background) => new()
    {
        Algorithm = Choice,
        Outputs = new OutputChoice(Target),
        Players = players,
        Background = Background is null ? null : background,
        Otherwise = _ => background,
        Predictions = Output == TreeShapOutput.Prediction,
        Kept = Kept,
        Runtime = Runtime,
    };

    private static int? NotNegative(int? value, string property) => value is null or >= 0
        ? value
        : throw new ArgumentOutOfRangeException(property, value, $"{property} must not be negative.");

    private static string? NotBlank(string? value, string property) => value is null || !string.IsNullOrWhiteSpace(value)
        ? value
        : throw new ArgumentException($"{property} must be a name, or null for none; it is blank.", property);
}
