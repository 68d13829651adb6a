using System.Globalization;
using Microsoft.ML.Introspection.Estimators.Pipelines;

namespace Microsoft.ML.Introspection.Tool.Projects;

/// <summary>
/// What single columns of the data tell of themselves: constant ones, missing values, names in the place of categories, copies.
/// </summary>
internal static class ColumnFindings
{
    private const int FewRows = 50, ManyFeatures = 500;
    private const double NearlyAll = 0.9;

    /// <summary>Looks at all columns.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="emptyIsMissing">Whether empty cells of numbers are missing values, and not 0.</param>
    /// <param name="scorer">The pipeline.</param>
    /// <param name="rows">The encoded rows, [N, features].</param>
    public static IEnumerable<Finding> Of(ProjectTable table, bool emptyIsMissing, PipelineScorer scorer, float[] rows)
    {
        var count = table.Numbers.Count;
        foreach (var column in table.Columns)
        {
            if (column.Distinct == 1 && count > 1)
                yield return new(column.Name, "the same in every row", "It tells nothing here. If it changes where the model is used, the "
                    + "model has never seen that; else leave it out.");
            if (column.Missing > 0)
                yield return new(column.Name, $"{Share(column.Missing, count)} missing values", "The model sees what the pipeline puts in "
                    + "their place. Ask why they are missing: that alone may tell the label.");
            if (column.Empty > 0)
                yield return new(column.Name, $"{Share(column.Empty, count)} empty cells", !column.IsNumber
                    ? "An empty text is a text of its own to the model. Ask why they are empty: that alone may tell the label."
                    : emptyIsMissing ? "They are taken for missing values. Ask why they are empty: that alone may tell the label."
                    : "They are read as 0, as the generated code reads them (ML.NET's loader does unless MissingRealsAsNaNs is set), so "
                        + "that ReplaceMissingValues never sees them. If they mean 'unknown', say so to the loader.");
        }
        foreach (var column in scorer.Columns.Where(c => c is { FeatureCount: 1 } && count >= FewRows))
        {
            var told = table.Columns.First(c => c.Name == column.Name);
            if (column.IsCategorical && told.Distinct > NearlyAll * count)
                yield return new(column.Name, string.Create(CultureInfo.InvariantCulture,
                    $"{told.Distinct:N0} different values in {count:N0} rows"), "Nearly every row has its own: a name or a free text, no "
                        + "category. A model that encodes it learns rows by heart.");
            else if (!column.IsCategorical && Numbers(rows, scorer.FeatureNames.Count, column.FirstFeature))
                yield return new(column.Name, "whole numbers that rise from row to row", "It numbers the rows. If rows were sorted or "
                    + "collected by what is predicted, it gives that away; leave it out.");
        }
        foreach (var (one, other) in Copies(rows, scorer.FeatureNames.Count))
            yield return new(scorer.FeatureNames[other], $"the same as '{scorer.FeatureNames[one]}' in every row", "Two columns share what "
                + "one would get, and each by itself looks less important than it is. Leave one out.");
    }

    private static string Share(int some, int all) =>
        string.Create(CultureInfo.InvariantCulture, $"{some:N0} of {all:N0} ({100.0 * some / all:0.#} %)");

    private static bool Numbers(float[] rows, int features, int feature)
    {
        for (var at = feature; at < rows.Length; at += features)
            if (rows[at] != MathF.Floor(rows[at]) || at >= features && !(rows[at] > rows[at - features]))
                return false;
        return true;
    }

    private static IEnumerable<(int One, int Other)> Copies(float[] rows, int features)
    {
        if (features > ManyFeatures || rows.Length == features)
            yield break;
        for (var other = 1; other < features; other++)
            for (var one = 0; one < other; one++)
                if (AreSame(rows, features, one, other))
                {
                    yield return (one, other);
                    break;
                }
    }

    // Constant columns are copies of one another and have been told.
    private static bool AreSame(float[] rows, int features, int one, int other)
    {
        var changes = false;
        for (var start = 0; start < rows.Length; start += features)
        {
            if (!rows[start + one].Equals(rows[start + other]))
                return false;
            changes |= !rows[start + one].Equals(rows[one]);
        }
        return changes;
    }
}
