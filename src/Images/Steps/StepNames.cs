using Microsoft.ML.Introspection.Estimators.Models;

namespace Microsoft.ML.Introspection.Images.Steps;

/// <summary>What steps of a pipeline are called in messages.</summary>
internal static class StepNames
{
    /// <summary>The type without what it is generic in.</summary>
    public static string Of(ITransformer step) => $"'{step.GetType().Name.Split('`')[0]}'";

    /// <summary>The columns that a step adds to some.</summary>
    public static IEnumerable<DataViewSchema.Column> Added(DataViewSchema before, DataViewSchema after) =>
        AddedColumns.Of(after, before)?.Where(c => !c.IsHidden) ?? [];

    /// <summary>The columns behind a step; null where it cannot be applied to these.</summary>
    public static DataViewSchema? Behind(ITransformer step, DataViewSchema schema)
    {
        try
        {
            return step.GetOutputSchema(schema);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The names of the columns that a step makes of some others, as far as it tells.</summary>
    public static IEnumerable<string> Read(ITransformer step, DataViewSchema schema, IEnumerable<DataViewSchema.Column> made)
    {
        if (!step.IsRowToRowMapper)
            return schema.Select(c => c.Name);
        var mapper = step.GetRowToRowMapper(schema);
        return mapper.GetDependencies(made.Select(c => mapper.OutputSchema[c.Index])).Select(c => c.Name);
    }
}
