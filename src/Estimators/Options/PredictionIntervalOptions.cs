using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>Which columns intervals are made of, and what they promise.</summary>
public sealed record PredictionIntervalOptions
{
    /// <summary>The predictions, numbers of single precision; lower quantiles where <see cref="UpperColumnName"/> is given.</summary>
    public string ScoreColumnName { get; init => field = Named(value, nameof(ScoreColumnName)); } = "Score";

    /// <summary>Upper quantiles, for intervals around two quantiles (CQR); null for predictions.</summary>
    public string? UpperColumnName { get; init => field = value is null ? null : Named(value, nameof(UpperColumnName)); }

    /// <summary>
    /// How uncertain the model, or a second one, holds itself to be, not below 0: intervals are wider where it is more (locally weighted);
    /// null for the same width everywhere.
    /// </summary>
    public string? UncertaintyColumnName { get; init => field = value is null ? null : Named(value, nameof(UncertaintyColumnName)); }

    /// <summary>Groups of rows, whole numbers or keys, for each of which the promise is kept (Mondrian); null for one of all.</summary>
    public string? GroupColumnName { get; init => field = value is null ? null : Named(value, nameof(GroupColumnName)); }

    /// <summary>The share of rows whose truth may lie outside, between 0 and 1.</summary>
    public double Alpha
    {
        get;
        init => field = value is > 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(nameof(Alpha), value, "A share of rows between 0 and 1 may be missed: 0.1, say.");
    } = 0.1;

    /// <summary>Whether both ends move by the same; else each by its own errors, with α/2 for each.</summary>
    public bool IsSymmetric { get; init; } = true;

    /// <summary>Device, rows in one run, threads.</summary>
    public RuntimeOptions Runtime { get; init => field = value ?? throw new ArgumentNullException(nameof(Runtime)); } = new();

    private static string Named(string value, string property)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value, property);
        return value;
    }
}
