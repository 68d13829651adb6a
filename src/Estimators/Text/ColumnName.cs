namespace Microsoft.ML.Introspection.Estimators;

/// <summary>Checks of names of columns, as options have them.</summary>
internal static class ColumnName
{
    /// <summary>A name.</summary>
    public static string Of(string? name, string option) => !string.IsNullOrWhiteSpace(name) ? name
        : throw new ArgumentException("The name of a column was expected.", option);

    /// <summary>A name, or none.</summary>
    public static string? OrNull(string? name, string option) => name is null ? null : Of(name, option);
}
