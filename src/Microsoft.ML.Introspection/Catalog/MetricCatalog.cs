using System.Reflection;
using Microsoft.ML.Introspection.Evaluation;

namespace Microsoft.ML.Introspection.Catalog;

/// <summary>A metric of explanations as a text interface offers it.</summary>
/// <param name="Type">The metric's type.</param>
/// <param name="Name">Its name in kebab case.</param>
/// <param name="Family">What it judges: faithfulness, localisation, complexity, robustness, axioms, randomisation.</param>
/// <param name="Summary">What it is, in one line.</param>
/// <param name="Paper">The paper: authors, year, and where to find it.</param>
/// <param name="Options">Its options.</param>
/// <param name="Create">Makes the metric from the values of its options, by name; those that are not given take their defaults.</param>
public sealed record MetricDescription(Type Type, string Name, string Family, string Summary, string Paper,
    IReadOnlyList<MethodOption> Options, Func<IReadOnlyDictionary<string, string>, ExplanationMetric> Create);

/// <summary>The one list of metrics of explanations, each as its <see cref="MethodAttribute"/> describes it.</summary>
public static class MetricCatalog
{
    /// <summary>All metrics, in the order in which they are listed.</summary>
    public static IReadOnlyList<MetricDescription> All { get; } =
    [
        .. Of("faithfulness", typeof(FaithfulnessCorrelation), typeof(FaithfulnessEstimate), typeof(MuFidelity), typeof(SensitivityN),
            typeof(MonotonicityCorrelation), typeof(Monotonicity), typeof(PixelFlipping), typeof(Deletion), typeof(Insertion),
            typeof(RegionPerturbation), typeof(Selectivity), typeof(Irof), typeof(Road), typeof(Infidelity), typeof(Sufficiency),
            typeof(PredictionGapImportant), typeof(PredictionGapUnimportant), typeof(AverageDrop), typeof(AverageIncrease),
            typeof(AverageGain), typeof(ConfidenceChange), typeof(DropInConfidence), typeof(Arcc)),
        .. Of("robustness", typeof(LocalLipschitz), typeof(MaxSensitivity), typeof(AverageSensitivity), typeof(Continuity),
            typeof(Consistency), typeof(RelativeInputStability), typeof(RelativeOutputStability), typeof(RelativeRepresentationStability)),
        .. Of("localisation", typeof(PointingGame), typeof(AttributionLocalisation), typeof(TopKIntersection),
            typeof(RelevanceRankAccuracy), typeof(RelevanceMassAccuracy), typeof(LocalisationAuc), typeof(AveragePrecision),
            typeof(MaskFit), typeof(Focus)),
        .. Of("complexity", typeof(Sparseness), typeof(Entropy), typeof(EffectiveComplexity)),
        .. Of("axioms", typeof(CompletenessGap), typeof(NonSensitivity)),
        .. Of("randomisation", typeof(RandomLogit)),
    ];

    /// <summary>Makes a metric from its name and some of its options; the others take their defaults.</summary>
    /// <exception cref="ArgumentException">There is no such metric, option, or value; the message lists those there are.</exception>
    public static ExplanationMetric Create(string name, IReadOnlyDictionary<string, string>? options = null) => Find(name)
        .Create(options ?? new Dictionary<string, string>());

    /// <summary>A metric by its name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static MetricDescription Find(string name) => All.FirstOrDefault(m => m.Name == name)
        ?? throw new ArgumentException($"There is no metric '{name}'; there are {string.Join(", ", All.Select(m => m.Name))}.",
            nameof(name));

    private static IEnumerable<MetricDescription> Of(string family, params Type[] types) => types.Select(type =>
    {
        var (described, record) = (type.GetCustomAttribute<MethodAttribute>()!, new DescribedRecord(type));
        return new MetricDescription(type, described.Name, family, described.Summary, described.Paper, record.Options,
            options => (ExplanationMetric)record.Create($"metric {described.Name}", options));
    });
}
