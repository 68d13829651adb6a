using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Saving;

/// <summary>
/// Steps that overwrite columns in place, between others that keep the raw values and bring them back: all of them ML.NET's own.
/// </summary>
internal static class KeptColumns
{
    /// <summary>Puts the steps together.</summary>
    /// <param name="catalog">The catalog that makes the others.</param>
    /// <param name="schema">The raw columns.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="stays">Whether a column that they add stays, by its name.</param>
    public static TransformerChain<ITransformer> Chain(TransformsCatalog catalog, DataViewSchema schema, IReadOnlyList<ITransformer> steps,
        Func<string, bool> stays)
    {
        var after = steps.Aggregate(schema, (s, t) => t.GetOutputSchema(s));
        string[] raw = [.. schema.Where(c => !c.IsHidden).Select(c => c.Name)];
        string[] overwritten = [.. raw.Where(n => after.Count(c => c.Name == n) > schema.Count(c => c.Name == n) && !stays(n))];
        var kept = overwritten.ToDictionary(n => n, n => Unused($"{n} (raw)", after));
        var parts = new List<ITransformer>();
        var now = schema;
        foreach (var (name, copy) in kept)
            Add(catalog.CopyColumns(copy, name).Fit(new SchemaOnlyView(now)));
        foreach (var step in steps)
            Add(step);
        foreach (var (name, copy) in kept)
            Add(catalog.CopyColumns(name, copy).Fit(new SchemaOnlyView(now)));
        string[] gone = [.. now.Where(c => !c.IsHidden && !raw.Contains(c.Name)
            && (!stays(c.Name) || kept.ContainsValue(c.Name))).Select(c => c.Name)];
        if (gone.Length > 0)
            Add(catalog.DropColumns(gone).Fit(new SchemaOnlyView(now)));
        return new TransformerChain<ITransformer>([.. parts]);

        void Add(ITransformer part)
        {
            parts.Add(part);
            now = part.GetOutputSchema(now);
        }
    }

    private static string Unused(string name, DataViewSchema schema) => schema.GetColumnOrNull(name) is null ? name
        : Unused(name + "'", schema);
}
