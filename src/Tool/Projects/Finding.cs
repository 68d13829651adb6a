namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>Something in data or model that is worth a look.</summary>
/// <param name="Column">The column that it is about; empty where it is about all.</param>
/// <param name="What">What was found.</param>
/// <param name="Meaning">What that may mean, and what to do.</param>
internal sealed record Finding(string Column, string What, string Meaning)
{
    /// <summary>Column and finding in a line.</summary>
    public string Title => Column.Length > 0 ? $"{Column}: {What}" : What;
}
