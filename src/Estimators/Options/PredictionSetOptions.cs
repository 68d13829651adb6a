using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Uncertainty;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>Which column sets of classes are made of, and what they promise.</summary>
public sealed record PredictionSetOptions
{
    /// <summary>
    /// The probabilities of all classes, or that of the second of two (what ML.NET calls <c>Probability</c>), in single precision.
    /// </summary>
    public string ProbabilityColumnName
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value, nameof(ProbabilityColumnName));
            field = value;
        }
    } = "Score";

    /// <summary>How classes are scored: the smallest sets by default.</summary>
    public SetScore Score { get; init => field = value ?? throw new ArgumentNullException(nameof(Score)); } = new LeastAmbiguous();

    /// <summary>The share of rows whose class may lie outside, between 0 and 1.</summary>
    public double Alpha
    {
        get;
        init => field = value is > 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Alpha), value, "A share of rows between 0 and 1 may be missed: 0.1, say.");
    } = 0.1;

    /// <summary>Whether the promise holds for the rows of each class, which has a threshold of its own then.</summary>
    public bool IsClassWise { get; init; }

    /// <summary>Whether the class that crosses the threshold belongs to the set: no set is empty then.</summary>
    public bool WithCrossing { get; init; }

    /// <summary>
    /// Of cumulated probabilities (<see cref="CumulativeProbability"/>): the seed of draws by which sets are not too large on the average
    /// (randomised APS). A row's draw follows from its probabilities, so that the same row has the same set. Null for none.
    /// </summary>
    public int? DrawSeed { get; init; }

    /// <summary>Device, rows in one run, threads.</summary>
    public RuntimeOptions Runtime { get; init => field = value ?? throw new ArgumentNullException(nameof(Runtime)); } = new();
}
