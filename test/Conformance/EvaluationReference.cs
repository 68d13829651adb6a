using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Evaluation;
using Microsoft.ML.Introspection.Files;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Conformance;

/// <summary>An array of reference values, and the metric that it is of.</summary>
internal sealed class EvaluationReference(NpzArchive arrays, string array, JsonElement settings)
{
    private readonly string[] _parts = array.Split('.');

    /// <summary>The reference values.</summary>
    public double[] Expected => arrays.Read(arrays.Contains(array + "_f64") ? array + "_f64" : array).ToDoubles();

    /// <summary>How far values may be apart, as a share of the largest.</summary>
    public static double Bound(string array) => array switch
    {
        _ when array.StartsWith("relative_input", StringComparison.Ordinal) => 3e-4,
        _ when array.StartsWith("relative_", StringComparison.Ordinal) => 1e-3,
        _ when array.StartsWith("infidelity", StringComparison.Ordinal) => 3e-5,
        _ when array.StartsWith("irof", StringComparison.Ordinal) => 1e-5,
        _ => 3e-6,
    };

    /// <summary>What we have for it; null where it is nothing that a metric gives.</summary>
    public double[]? Compute(RowFunction scores, RowFunction gradient, RowFunction? representation)
    {
        if (array.Contains("_quantus", StringComparison.Ordinal) || Metric() is not ({ } metric, var wants))
            return null;
        var of = _parts.FirstOrDefault(part => arrays.Contains($"attribution.{part}"));
        var said = wants.Gradient ? "gradient" : wants.Map && arrays.Contains($"map.{of}") ? $"map.{of}" : $"attribution.{of}";
        var input = arrays.Read("input");
        var rows = new ExplainedRows(input.ToDoubles(), arrays.Read(said).ToDoubles(), [.. input.Shape.Skip(1)],
            scores, [.. arrays.Read("target").ToInt64s().Select(t => (int)t)])
        {
            Explains = gradient, Representation = representation,
            Masks = arrays.Contains("mask") ? [.. arrays.Read("mask").ToInt64s().Select(m => m != 0)] : null,
            Segments = arrays.Contains("segments") ? [.. arrays.Read("segments").ToInt64s().Select(s => (int)s)] : null,
        };
        if (wants.Column is { } column)
        {
            var parts = ((Arcc)metric).Parts(rows);
            return [.. parts.Select(p => column == 0 ? p.Coherency : column == 1 ? p.Complexity : p.Road)];
        }
        if (!wants.Curve)
            return metric.Of(rows);
        var curves = ((CurveMetric)metric).Curves(rows);
        var longest = curves.Max(c => c.Length);
        // Curves of rows with fewer segments repeat their last point.
        return [.. curves.SelectMany(c => c.Concat(Enumerable.Repeat(c[^1], longest - c.Length)))];
    }

    private double Real(string name) => settings.GetProperty(name).GetDouble();

    private int Whole(string name) => settings.GetProperty(name).GetInt32();

    private Tensor Given(string name)
    {
        var given = arrays.Read(name);
        long[] shape = [.. given.Shape.Select(d => (long)d)];
        return given.Type is NpyType.Single or NpyType.Double ? Tensor.From(given.ToDoubles(), shape)
            : Tensor.From(given.ToInt64s(), shape);
    }

    private (ExplanationMetric?, Wants) Metric()
    {
        var follows = _parts[^1] == "softmax" ? JudgedScore.Probability : JudgedScore.Score;
        var (curve, map) = (new Wants(Curve: true), new Wants(Map: true));
        var again = new Wants(Gradient: true);
        Baseline Filled() => Baseline.Parse(_parts[0][(_parts[0].LastIndexOf('_') + 1)..] switch
        {
            "black" => "row-min", "white" => "row-max", _ => "zero",
        });
        int Step() => Whole("features_in_step");
        int Tail() => int.Parse(_parts[0][(_parts[0].LastIndexOf('_') + 1)..], CultureInfo.InvariantCulture);
        int[] Percentages() => [10, 30, 50, 70, 90];
        return _parts[0] switch
        {
            "faithfulness_correlation" => (new FaithfulnessCorrelation { Given = Given("subsets"), Follows = follows }, default),
            "sensitivity_n_paper" => (new FaithfulnessCorrelation { Given = Given("subsets"), Follows = follows }, default),
            "mu_fidelity" => (new MuFidelity { Given = Given("subsets"), Follows = follows }, default),
            "faithfulness_estimate" => (new FaithfulnessEstimate(settings.TryGetProperty("features_in_step", out _) ? Step() : 1)
            {
                Follows = follows,
            }, default),
            "monotonicity_correlation" => (new MonotonicityCorrelation(Step: Step())
            {
                Given = Given("monotonicity_fill"), Follows = follows,
            }, default),
            "monotonicity_arya_curve" => (new Monotonicity(Step()) { Follows = follows }, curve),
            "monotonicity_arya_share" => (new Monotonicity(StepOfFill()) { Follows = follows }, default),
            "pixel_flipping_curve" or "pixel_flipping_curve_black" or "pixel_flipping_curve_white" =>
                (new PixelFlipping(Step()) { Follows = follows, Baseline = Filled() }, curve),
            "pixel_flipping_auc" => (new PixelFlipping(StepOfFill()) { Follows = follows }, default),
            "deletion_curve" => (new Deletion { Follows = follows }, curve),
            "deletion_auc" => (new Deletion { Follows = follows }, default),
            "insertion_curve" => (new Insertion { Follows = follows }, curve),
            "insertion_auc" => (new Insertion { Follows = follows }, default),
            var n when n.StartsWith("region_perturbation_", StringComparison.Ordinal) || n.StartsWith("aopc_", StringComparison.Ordinal) =>
                (new RegionPerturbation(Tail(), n.Contains("_lerf_", StringComparison.Ordinal) ? RegionOrder.LeastRelevantFirst
                    : RegionOrder.MostRelevantFirst) { Follows = follows }, n[0] == 'r' ? curve : default),
            var n when n.StartsWith("selectivity_", StringComparison.Ordinal) => (new Selectivity(Tail()) { Follows = follows }, curve),
            "irof_curve_paper" => (new Irof { Follows = follows }, curve),
            "irof_paper" => (new Irof { Follows = follows }, default),
            "road_hits" => (new Road(Percentages()) { Given = Given("road_noise") }, curve),
            "road_confidence" => (new Road(Percentages(), Measure:
                follows == JudgedScore.Score ? RoadMeasure.Score : RoadMeasure.Probability)
            {
                Given = Given("road_noise"),
            }, curve),
            "infidelity" or "infidelity_normalized" => (new Infidelity(Scaled: _parts[0] != "infidelity")
            {
                Given = Given("infidelity_perturbation"), Follows = follows,
            }, default),
            "non_sensitivity" => (new NonSensitivity(Real("eps")) { Follows = follows }, default),
            "completeness_gap" => (new CompletenessGap { Follows = follows }, default),
            "sparseness" => (new Sparseness(), default),
            "complexity" => (new Entropy(), default),
            "effective_complexity" => (new EffectiveComplexity(), default),
            var n when n.StartsWith("effective_complexity_", StringComparison.Ordinal) => (new EffectiveComplexity(Real("eps")), default),
            "sufficiency" => (new Sufficiency(Real("threshold")), default),
            "max_sensitivity" or "sensitivity_max_captum" => (new MaxSensitivity { Given = Given("robustness_noise") }, again),
            "avg_sensitivity" => (new AverageSensitivity { Given = Given("robustness_noise") }, again),
            "local_lipschitz" => (new LocalLipschitz { Given = Given("robustness_noise") }, again),
            "relative_input_stability" => (new RelativeInputStability { Given = Given("robustness_noise") }, again),
            "relative_output_stability" => (new RelativeOutputStability { Given = Given("robustness_noise") }, again),
            "relative_representation_stability" => (new RelativeRepresentationStability { Given = Given("robustness_noise") }, again),
            "consistency" => (new Consistency(5, ConsistencySigns.First), default),
            "continuity" => (new Continuity(Whole("nr_steps")), again),
            "pgi" => (new PredictionGapImportant { Top = Whole("k"), Given = Given("gap_noise"), Follows = follows }, default),
            "pgu" => (new PredictionGapUnimportant { Top = Whole("k"), Given = Given("gap_noise"), Follows = follows }, default),
            "pointing_game" => (new PointingGame(), map),
            "pointing_game_weighted" => (new PointingGame(true), map),
            "attribution_localisation" => (new AttributionLocalisation(), map),
            "attribution_localisation_weighted" => (new AttributionLocalisation(Weighted: true), map),
            "attribution_localisation_positive" => (new AttributionLocalisation(MapPart.Positive), map),
            var n when n.StartsWith("top_k_intersection_", StringComparison.Ordinal) =>
                (new TopKIntersection(Whole("k"), n.EndsWith("influence", StringComparison.Ordinal)), map),
            "relevance_rank_accuracy" => (new RelevanceRankAccuracy(), map),
            "relevance_mass_accuracy" => (new RelevanceMassAccuracy(MapPart.Signed), map),
            "relevance_mass_accuracy_abs" => (new RelevanceMassAccuracy(MapPart.Absolute), map),
            "localisation_auc" => (new LocalisationAuc(), map),
            "average_precision" => (new AveragePrecision(), map),
            "focus" => (new Focus { Quadrants = [.. arrays.Read("focus_quadrants").ToInt64s().Select(q => q != 0)] }, map),
            "average_drop" => (new AverageDrop { Follows = follows }, default),
            "average_increase" => (new AverageIncrease { Follows = follows }, default),
            "average_gain" => (new AverageGain { Follows = follows }, default),
            "confidence_change" or "gradcam_confidence_change" => (new ConfidenceChange { Follows = follows }, default),
            "gradcam_drop_in_confidence" => (new DropInConfidence { Follows = follows }, default),
            "gradcam_increase_in_confidence" => (new AverageIncrease { Follows = follows }, default),
            "arcc" => (new Arcc(), again),
            "arcc_coherency" => (new Arcc(), again with { Column = 0 }),
            "arcc_complexity" => (new Arcc(), again with { Column = 1 }),
            "arcc_road_combined" => (new Arcc(), again with { Column = 2 }),
            _ => (null, default),
        };
    }

    // The arrays that hold one number for each row do not say their steps: as many as there are fills.
    private int StepOfFill() => arrays.Read("input").Shape.Skip(1).Aggregate(1, (p, e) => p * e) is var features
        && arrays.Contains("monotonicity_fill") ? features / arrays.Read("monotonicity_fill").Shape[0] : 1;

    private readonly record struct Wants(bool Curve = false, bool Map = false, bool Gradient = false, int? Column = null);
}
