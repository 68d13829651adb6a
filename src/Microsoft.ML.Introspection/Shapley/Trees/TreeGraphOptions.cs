using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>
/// What the graph of an ensemble's Shapley values gives, and how everything is called. A name that is null leaves its output out.
/// </summary>
internal sealed record TreeGraphOptions
{
    /// <summary>
    /// The output that is explained, such as <see cref="Target.ArgMax"/> for the predicted class; null for all. Where there are several,
    /// what is given of all has an axis of outputs behind the rows.
    /// </summary>
    public Target? Target { get; init; }

    /// <summary>
    /// Against a background: the most bytes of tables that are made when the graph is loaded and then kept in memory. What is larger is
    /// made in every run for some leaves at a time, which is slow for few rows.
    /// </summary>
    public long MostTableBytes
    {
        get;
        init => field = value >= 0 ? value
            : throw new ArgumentOutOfRangeException(nameof(MostTableBytes), value, "The number of bytes must not be negative.");
    } = 128L << 20;

    /// <summary>The name of the input: rows, [N, features], single precision, NaN for missing values.</summary>
    public string InputName { get; init; } = "input";

    /// <summary>The name of the values, [N, features] or [N, outputs, features].</summary>
    public string? AttributionName { get; init; } = "attribution";

    /// <summary>The name of the interaction values, [N, features, features] or [N, outputs, features, features].</summary>
    public string? InteractionsName { get; init; }

    /// <summary>The name of the base value, to which a row's values add up to what is explained, [N, 1] or [N, outputs].</summary>
    public string? BaseValueName { get; init; }

    /// <summary>The name of what is explained, [N, 1] or [N, outputs]: raw scores, or predictions where those are shared out.</summary>
    public string? ScoreName { get; init; }

    /// <summary>The name of the explained output's number, 64-bit integers of shape [N, 1]; only with a <see cref="Target"/>.</summary>
    public string? TargetName { get; init; }

    /// <summary>The name of the raw scores of all outputs, [N, outputs].</summary>
    public string? RawScoresName { get; init; }

    /// <summary>The name of the predictions of all outputs, [N, outputs].</summary>
    public string? PredictionsName { get; init; }

    /// <summary>Where rows are not the ensemble's but become so: the length of those that go in, and what is done to them.</summary>
    internal (long Length, Func<Value, Value> Map)? Prepare { get; init; }

    /// <summary>What is done to the values, along their last axis, before they are given.</summary>
    internal Func<Value, Value>? Finish { get; init; }
}
