using Microsoft.ML.Introspection.Explaining;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>A file to explain by Shapley values.</summary>
/// <param name="Model">The model, and what a network leaves open.</param>
/// <param name="Request">What is explained, and how.</param>
/// <param name="Runtime">Where networks run.</param>
/// <param name="Data">The rows.</param>
/// <param name="Csv">How CSV files are read.</param>
/// <param name="Scale">How rows are scaled first; null for not at all.</param>
/// <param name="Output">Where the values go.</param>
/// <param name="Interactions">Whether pairs of features are explained, too.</param>
/// <param name="Report">Where a page with plots goes; null for none.</param>
internal sealed record ShapJob(
    NetworkRequest Model, ShapRequest Request, RuntimeOptions Runtime,
    string Data, CsvOptions Csv, string? Scale, string Output, bool Interactions, string? Report);

/// <summary>What is explained, and how.</summary>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Outputs">The outputs that are explained.</param>
/// <param name="Background">What absent features take their values from; null for what the algorithm does without.</param>
/// <param name="Groups">Features that are explained as one; null for each by itself.</param>
/// <param name="Predictions">Whether predictions (probabilities) are explained in the place of raw scores.</param>
/// <param name="Output">The output of a network, or the column of a pipeline, whose scores are explained; null for the usual one.</param>
internal sealed record ShapRequest(
    AlgorithmChoice Algorithm, OutputChoice Outputs, BackgroundRequest? Background, GroupRequest? Groups, bool Predictions, string? Output);
