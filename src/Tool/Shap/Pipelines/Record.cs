namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>A row as it stands in its file.</summary>
/// <param name="Cells">The cells.</param>
/// <param name="Place">Where it stands, for messages: "rows.csv, line 3".</param>
internal sealed record Record(string[] Cells, string Place);
