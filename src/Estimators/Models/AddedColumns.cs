namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>The columns that a step adds to others.</summary>
internal static class AddedColumns
{
    /// <summary>
    /// Mappers of rows keep the columns that there are, in order, and put each of theirs at the end or behind the one that it overwrites.
    /// </summary>
    /// <param name="after">The columns behind the step.</param>
    /// <param name="before">The columns in front of it.</param>
    /// <returns>Null for steps that do something else, such as leaving columns out.</returns>
    public static IReadOnlyList<DataViewSchema.Column>? Of(DataViewSchema after, DataViewSchema before)
    {
        var added = new List<DataViewSchema.Column>();
        var kept = 0;
        foreach (var column in after)
        {
            if (kept < before.Count && column.Name == before[kept].Name)
                kept++;
            else
                added.Add(column);
        }
        return kept == before.Count ? added : null;
    }
}
