using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Explaining;
using Microsoft.ML.Introspection.Tool.Options;
using Microsoft.ML.Introspection.Tool.Results;
using Microsoft.ML.Introspection.Tool.Shap;

namespace Microsoft.ML.Introspection.Tool.Scoring;

/// <summary>Rows to score, and what is said of each.</summary>
/// <param name="Rows">The model, the rows, and where results go.</param>
/// <param name="Shap">What is asked of Shapley values; null where these are not asked for.</param>
/// <param name="Methods">What is asked of methods for networks.</param>
/// <param name="Top">How many reasons are given; null for the values of all features.</param>
/// <param name="Calibration">The rows that tell how far predictions may be believed; null where that is not asked.</param>
/// <param name="Failed">Where rows go that fail; null where the first of them ends the job.</param>
internal sealed record ScoreJob(
    NetworkJob Rows, ShapRequest? Shap, IReadOnlyList<ExplanationRequest> Methods, int? Top, CalibrationRequest? Calibration,
    string? Failed)
{
    /// <summary>Whether several methods are asked for, whose results are told apart by their names.</summary>
    public bool HasSeveral => Methods.Count + (Shap is null ? 0 : 1) > 1;

    /// <summary>The files that are read.</summary>
    public IEnumerable<string> Read =>
    [
        .. Rows.Read, .. Shap?.Background?.File is { } background ? (string[])[background] : [],
        .. Shap?.Groups?.File is { } groups and not GroupRequest.OneHot ? (string[])[groups] : [],
        .. Calibration is { } calibration ? calibration.Data.Select(d => d.Path).Concat(calibration.Read) : [],
    ];

    /// <summary>The same as a job of Shapley values.</summary>
    public ShapJob AsShap => new(
        Rows.Network with { Options = Rows.Network.Options with { KeepFinalActivation = Shap!.Predictions } }, Shap, Rows.Runtime,
        Rows.Data is [{ Input: null, Path: var path }] ? path
            : throw new InvalidDataException("Shapley values take one file of rows, --data FILE, with the numbers of all inputs."),
        Rows.Csv, Rows.Scales is [var scale] ? scale.Path : null, Rows.Output, false, null);
}

/// <summary>What a method says of each row.</summary>
/// <param name="Name">The method.</param>
/// <param name="Target">The explained output, for people.</param>
/// <param name="Output">The explained output, as a number.</param>
/// <param name="Score">The explained score.</param>
/// <param name="Base">What the values start from; null where the method promises no sum.</param>
/// <param name="Parts">The values and their names: of each input.</param>
internal sealed record ScoredExplanation(string Name, TableColumns Target, ResultPort Output, ResultPort Score,
    ResultPort? Base, IReadOnlyList<(ResultPort Port, IReadOnlyList<string> Names)> Parts);
