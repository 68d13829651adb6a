using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Models;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>Which column of a fitted pipeline is made of which others.</summary>
internal sealed class ColumnFlow
{
    private ColumnFlow(IReadOnlyList<FlowColumn> made, IReadOnlyDictionary<string, FlowColumn> visible) =>
        (Made, Visible) = (made, visible);

    /// <summary>The columns that the steps make, in order.</summary>
    public IReadOnlyList<FlowColumn> Made { get; }

    /// <summary>The columns that come out, by name.</summary>
    public IReadOnlyDictionary<string, FlowColumn> Visible { get; }

    /// <summary>Follows the columns.</summary>
    /// <param name="pipeline">The steps, one behind the other.</param>
    /// <param name="schema">The columns of the data.</param>
    /// <param name="startAt">Columns that are taken as they are, however they are made; by name.</param>
    /// <param name="fromRaw">Whether texts, keys and whole numbers are read as well as real numbers.</param>
    /// <exception cref="ArgumentException">The pipeline does not fit the columns (the error is ML.NET's own).</exception>
    public static ColumnFlow Of(IReadOnlyList<ITransformer> pipeline, DataViewSchema schema, IReadOnlySet<string> startAt, bool fromRaw)
    {
        var visible = schema.Where(c => !c.IsHidden).ToDictionary(c => c.Name, c => new FlowColumn(c, null));
        var made = new List<FlowColumn>();
        foreach (var step in pipeline.Select((t, i) => new FlowStep(i, t)))
        {
            var after = step.Transformer.GetOutputSchema(schema);
            if (AddedColumns.Of(after, schema) is { } columns)
            {
                var added = columns.Select(column => Column(new StepSite(step, column, schema, visible, fromRaw))).ToList();
                made.AddRange(added);
                foreach (var column in added)
                    visible[column.Name] = column;
            }
            else
            {
                // Columns are left out, or put in another order.
                visible = after.Where(c => !c.IsHidden).ToDictionary(c => c.Name, c => visible.TryGetValue(c.Name, out var known) ? known
                    : new FlowColumn(c, step) { Inputs = [.. visible.Values] });
            }
            schema = after;
        }
        return new ColumnFlow(made, visible);

        FlowColumn Column(StepSite site)
        {
            var plan = startAt.Contains(site.Made.Name) ? StepPlan.Not("the network was asked to start there") : StepRules.Plan(site);
            return new FlowColumn(site.Made, site.Step)
            {
                Plan = plan, Inputs = [.. (plan.Inputs ?? site.Dependencies).Select(site.Column)],
            };
        }
    }
}
