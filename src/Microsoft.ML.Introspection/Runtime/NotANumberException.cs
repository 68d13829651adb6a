namespace Microsoft.ML.Introspection.Runtime;

/// <summary>An input row holds NaN, for which no network has an answer and no gradient means anything.</summary>
public sealed class NotANumberException(string input, int row, int element) : ArithmeticException(
    $"Row {row} of the batch has NaN at element {element} of the input '{input}'. Replace missing values before explaining (ReplaceMissingValues in ML.NET), or filter such rows out.")
{
    /// <summary>The input's name.</summary>
    public string Input { get; } = input;

    /// <summary>The row within the batch.</summary>
    public int Row { get; } = row;

    /// <summary>The element within the row.</summary>
    public int Element { get; } = element;
}
