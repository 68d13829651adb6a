using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tool.Data;
using Microsoft.ML.Introspection.Tool.Options;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>A file to explain.</summary>
/// <param name="Network">The model.</param>
/// <param name="Explanation">What is explained, and how.</param>
/// <param name="Runtime">Where the model runs.</param>
/// <param name="Data">The rows, a file for each input; the first is the main one.</param>
/// <param name="Scales">How inputs are scaled first, a file for each that is.</param>
/// <param name="Csv">How CSV files are read; named columns are those of the main file.</param>
/// <param name="Output">Where the explanations go.</param>
internal sealed record ExplainJob(
    NetworkRequest Network, ExplanationRequest Explanation, RuntimeOptions Runtime,
    IReadOnlyList<NamedFile> Data, IReadOnlyList<NamedFile> Scales, CsvOptions Csv, string Output);
