namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>Where in the current batch a cursor stands; its getters look it up for every value they hand out.</summary>
internal sealed class RowPlace
{
    /// <summary>The row within the batch; negative on no row.</summary>
    public int Row { get; set; } = -1;

    /// <summary>The row within the batch.</summary>
    /// <exception cref="InvalidOperationException">The cursor is on no row.</exception>
    public int Current => Row >= 0 ? Row
        : throw new InvalidOperationException("The cursor is on no row: MoveNext was not called yet, or has returned false.");
}
