using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>Which part of a pipeline becomes a network. Every property checks what it is given.</summary>
public sealed record PipelineNetworkOptions
{
    /// <summary>Columns where the network starts, however they are made; empty for as early as can be.</summary>
    public IReadOnlyList<string> StartAt
    {
        get;
        init => field = Names(value, nameof(StartAt));
    } = [];

    /// <summary>
    /// The columns that the network is for, the first being explained; null for the scores and probabilities of the last model, or for what
    /// the last step makes.
    /// </summary>
    public IReadOnlyList<string>? OutputColumns
    {
        get;
        init => field = value is null ? null : value.Count > 0 ? Names(value, nameof(OutputColumns))
            : throw new ArgumentException("A network needs an output; null takes the scores of the last model.", nameof(OutputColumns));
    }

    /// <summary>
    /// Whether the network reads texts, keys and whole numbers as well, and tells labels: the whole pipeline as a file of its own, to be
    /// run elsewhere. What is to be explained starts at real numbers, which is the default.
    /// </summary>
    public bool FromRaw { get; init; }

    /// <summary>What networks leave open, for <see cref="PipelineNetwork.Network"/>.</summary>
    public NetworkOptions Network { get; init => field = value ?? throw new ArgumentNullException(nameof(Network)); } = new();

    private static IReadOnlyList<string> Names(IReadOnlyList<string>? names, string option) =>
        names is not null && !names.Any(string.IsNullOrEmpty) && names.Distinct().Count() == names.Count ? [.. names]
            : throw new ArgumentException($"Different names of columns were expected; given: {Listing.Of(names ?? [])}.", option);
}
