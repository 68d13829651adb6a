using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Evaluation;

/// <summary>What is followed over a training.</summary>
public sealed record LearningOptions
{
    private readonly int? _taylorOrder;
    private readonly int _components = 5;
    private readonly double _kept = 0.99;

    /// <summary>The features' names; null for x0, x1, ….</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>
    /// The methods whose attributions are averaged, by the names they are shown under; of scores before a final squashing.
    /// </summary>
    public IReadOnlyDictionary<string, AttributionMethod> Methods { get; init; } =
        new Dictionary<string, AttributionMethod> { ["input-x-gradient"] = new InputXGradient() };

    /// <summary>
    /// To which order Taylor coefficients are averaged, 0 for none; null for the second of up to 32 features, for the first of more.
    /// </summary>
    public int? TaylorOrder
    {
        get => _taylorOrder;
        init => _taylorOrder = value is null or (>= 0 and <= 2) ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "Taylor coefficients are there to order 0, 1 or 2.");
    }

    /// <summary>
    /// Whether Taylor coefficients are those of scores, not of probabilities (Wunsch et al.). The scores of a network of ReLUs have none of
    /// the second order.
    /// </summary>
    public bool TaylorOfScores { get; init; }

    /// <summary>
    /// How scores become probabilities; null for softmax of several, for the logistic curve of one whose labels are all 0 or 1 or which
    /// the file squashes, and for the score itself otherwise.
    /// </summary>
    public ScoreLink? Link { get; init; }

    /// <summary>The layers that are compared; null for activations, at most six, evenly chosen.</summary>
    public IReadOnlyList<string>? Layers { get; init; }

    /// <summary>The output that is looked at; null for the default.</summary>
    public string? Output { get; init; }

    /// <summary>
    /// The class that is explained; null for each row's label, or what the last checkpoint says where there are no labels.
    /// </summary>
    public int? Class { get; init; }

    /// <summary>How many principal directions are kept.</summary>
    public int Components
    {
        get => _components;
        init => _components = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A number of directions from 0 was expected.");
    }

    /// <summary>The share of variance that SVCCA keeps of each layer.</summary>
    public double Kept
    {
        get => _kept;
        init => _kept = value is > 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "A share above 0, at most 1, was expected.");
    }

    /// <summary>
    /// What takes the place of an ablated feature in the last checkpoint, a number each: the means of the training rows
    /// (<see cref="FeatureAblation.Means"/>); null for no ablation.
    /// </summary>
    public IReadOnlyList<double>? Replacement { get; init; }
}
