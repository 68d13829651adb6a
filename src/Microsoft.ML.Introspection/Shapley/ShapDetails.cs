using Microsoft.ML.Introspection.Models;


namespace Microsoft.ML.Introspection.Shapley;

/// <summary>What is known of explained rows beside their SHAP values, for all outputs together. Each part may be left out.</summary>
public sealed record ShapDetails
{
    /// <summary>How scores become predictions.</summary>
    public ScoreLink Link { get; init => field = value ?? throw new ArgumentNullException(nameof(Link)); } = ScoreLink.Identity;

    /// <summary>A name for every row.</summary>
    public IReadOnlyList<string>? RowNames { get; init; }

    /// <summary>What is true of every row.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>What the model itself says of every row, shape [N, outputs].</summary>
    public ReadOnlyMemory<double> Scores { get; init; }

    /// <summary>SHAP interaction values of the first M rows, shape [M, outputs, features, features].</summary>
    public ReadOnlyMemory<double> Interactions { get; init; }

    /// <summary>What stands in every row of the features that are categories or texts, by the feature's place.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<string>> Texts { get; init =>
        field = value ?? throw new ArgumentNullException(nameof(Texts)); } = new Dictionary<int, IReadOnlyList<string>>();
}
