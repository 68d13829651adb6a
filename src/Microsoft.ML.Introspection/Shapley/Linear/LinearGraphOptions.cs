using Microsoft.ML.Introspection.Networks;
using Microsoft.ML.Introspection.Shapley.Trees;

namespace Microsoft.ML.Introspection.Shapley;

/// <summary>What the graph of a linear model's SHAP values gives, and how everything is called. A name that is null leaves its output out.</summary>
public sealed record LinearGraphOptions
{
    /// <summary>
    /// The output that is explained, such as <see cref="Target.ArgMax"/> for the predicted class; null for all. Where there are several, what is
    /// given of all has an axis of outputs behind the rows.
    /// </summary>
    public Target? Target { get; init; }

    /// <summary>The name of the input: rows, [N, features], single precision.</summary>
    public string InputName { get; init; } = "input";

    /// <summary>The name of the values, [N, features] or [N, outputs, features].</summary>
    public string? AttributionName { get; init; } = "attribution";

    /// <summary>The name of the base value, to which a row's values add up to the score, [N, 1] or [N, outputs].</summary>
    public string? BaseValueName { get; init; }

    /// <summary>The name of the explained score, [N, 1] or [N, outputs].</summary>
    public string? ScoreName { get; init; }

    /// <summary>The name of the explained output's number, 64-bit integers of shape [N, 1]; only with a <see cref="Target"/>.</summary>
    public string? TargetName { get; init; }

    /// <summary>The name of the scores of all outputs, [N, outputs].</summary>
    public string? RawScoresName { get; init; }

    /// <summary>The name of the predictions of all outputs, [N, outputs]: what <see cref="Link"/> makes of the scores.</summary>
    public string? PredictionsName { get; init; }

    /// <summary>How scores become predictions: the logistic curve for logistic regression.</summary>
    public ScoreLink Link { get; init => field = value ?? throw new ArgumentNullException(nameof(Link)); } = ScoreLink.Identity;
}
