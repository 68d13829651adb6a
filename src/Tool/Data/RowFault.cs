namespace Microsoft.ML.Introspection.Tool.Data;

/// <summary>What tells a damaged row, or a cell that cannot be read, from a damaged file: the rows behind it are as good as ever.</summary>
internal static class RowFault
{
    private const string Column = "column";

    /// <summary>Makes the error of a row.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="column">The column that is meant; null for the whole row.</param>
    /// <param name="inner">What told so.</param>
    public static InvalidDataException Of(string message, string? column = null, Exception? inner = null) =>
        new(message, inner) { Data = { [Column] = column ?? "" } };

    /// <summary>Whether an error is that of a row.</summary>
    public static bool IsOfRow(InvalidDataException error) => error.Data.Contains(Column);

    /// <summary>The column that is meant; empty for the whole row.</summary>
    public static string ColumnOf(InvalidDataException error) => error.Data[Column] as string ?? "";
}
