using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>
/// The columns of some data as a pipeline has to be given them. Pipelines overwrite columns in place (normalised, one-hot encoded), so that
/// behind a pipeline its raw columns are hidden; there they are found again, or it is said that they are not to be had.
/// </summary>
internal sealed class RawColumns
{
    private const string Normalized = "IsNormalized";

    // What the pipeline adds, by name: the types of its versions of a column, in order.
    private readonly IReadOnlyDictionary<string, IReadOnlyList<DataViewType>> _added;
    private readonly DataViewSchema _fitted;
    private readonly string _output;

    private RawColumns(IReadOnlyDictionary<string, IReadOnlyList<DataViewType>> added, DataViewSchema fitted, string output)
    {
        (_added, _output) = (added, output);
        Fitted = IsBehind(added, fitted, output) ? Before(fitted) : new RawSchema(fitted, [.. Enumerable.Range(0, fitted.Count)]);
        _fitted = Fitted.Schema;
    }

    /// <summary>The columns of the data that the pipeline was looked at with.</summary>
    public RawSchema Fitted { get; }

    /// <summary>Looks at a pipeline.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="schema">The columns of data that it is for, or that it has already transformed.</param>
    /// <param name="output">The column that the pipeline is asked for.</param>
    /// <exception cref="ArgumentException">The pipeline does not fit the columns (the error is ML.NET's own).</exception>
    public static RawColumns Of(ITransformer pipeline, DataViewSchema schema, string output)
    {
        Exception? error = null;
        RawColumns? plain = null;
        var first = schema.GroupBy(c => c.Name).Select(g => g.First().Index).Order().ToArray();
        foreach (var candidate in first.Length < schema.Count ? [schema, new RawSchema(schema, first).Schema] : (DataViewSchema[])[schema])
        {
            try
            {
                var added = Added(candidate, pipeline.GetOutputSchema(candidate));
                if (IsBehind(added, schema, output))
                    return new RawColumns(added, schema, output);
                if (ReferenceEquals(candidate, schema))
                    plain = new RawColumns(added, schema, output);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                error ??= e;
            }
        }
        if (plain is null)
            ExceptionDispatchInfo.Throw(error!);
        return plain;
    }

    /// <summary>The columns that the pipeline has to be given, in data of some columns.</summary>
    /// <param name="schema">The columns of the data.</param>
    /// <param name="read">The names of the columns that the pipeline reads.</param>
    /// <exception cref="ArgumentException">A column has been overwritten, and its raw values are not there.</exception>
    public RawSchema In(DataViewSchema schema, IEnumerable<string> read)
    {
        var names = read.ToArray();
        if (IsBehind(_added, schema, _output, names))
            return Before(schema);
        var overwritten = names.Where(n => _added.ContainsKey(n) && IsOverwritten(schema, n)).ToArray();
        if (overwritten.Length == 0 && names.Where(_added.ContainsKey).ToArray() is { Length: > 0 } doubtful
            && _fitted.GetColumnOrNull(_output) is null && schema.GetColumnOrNull(_output) is { } score
            && score.Type.Equals(_added.GetValueOrDefault(_output)?[^1]))
            throw new ArgumentException($"The data has a column '{_output}' already. It may have passed the pipeline, which overwrites "
                + $"{Listing.Of(doubtful)}, and no raw values are hidden behind these. If they are raw, drop '{_output}' first "
                + "(mlContext.Transforms.DropColumns); if not, explain first and predict then (model.Transform(shap.Transform(data))), or "
                + "both at once: mlContext.Transforms.Explain(model).", nameof(schema));
        if (overwritten.Length > 0)
            throw Overwritten(overwritten);
        // Only columns that scores do not read may be overwritten: a label that has become a key, which steps take for a text again.
        return IsBehind(_added, schema, _output) ? Before(schema) : new RawSchema(schema, [.. Enumerable.Range(0, schema.Count)]);
    }

    private static ArgumentException Overwritten(IReadOnlyList<string> columns) => new(
        $"The data has passed the pipeline, or steps of it, which have overwritten {Listing.Of(columns)}, and the raw values are no "
            + "longer there: what would be explained are other rows. Explain first and predict then "
            + "(model.Transform(shap.Transform(data))), or both at once: mlContext.Transforms.Explain(model).", nameof(columns));

    private bool IsOverwritten(DataViewSchema schema, string name)
    {
        var (there, raw) = (Versions(schema, name), Versions(_fitted, name));
        if (there.Length == 0 || raw.Length == 0)
            return false;
        var (last, own, added) = (schema[there[^1]], _fitted[raw[^1]], _added[name]);
        if (!last.Type.Equals(own.Type))
            return last.Type.Equals(added[^1]) || added.Any(last.Type.Equals);
        // Of the same type as before, it is known by what has been hidden since, or by a mark that the raw column has not had.
        return there.Length > raw.Length && added.Any(last.Type.Equals) || Has(last, Normalized) && !Has(own, Normalized);
    }

    private RawSchema Before(DataViewSchema schema)
    {
        var gone = new HashSet<int>();
        foreach (var (name, types) in _added)
            if (Versions(schema, name) is var there && there.Length > types.Count)
                gone.UnionWith(there[^types.Count..]);
        return new RawSchema(schema, [.. Enumerable.Range(0, schema.Count).Where(i => !gone.Contains(i))]);
    }

    // The pipeline's last word is there, and every column that was there before it lies hidden under what the pipeline has made of it.
    private static bool IsBehind(IReadOnlyDictionary<string, IReadOnlyList<DataViewType>> added, DataViewSchema schema, string output,
        IReadOnlyList<string>? names = null)
    {
        if (!added.ContainsKey(output) || !Ends(output))
            return false;
        string[] hiding = [.. (names ?? added.Keys).Where(n => added.ContainsKey(n) && Versions(schema, n).Length > added[n].Count)];
        return hiding.Length > 0 && hiding.All(Ends);

        bool Ends(string name) => Versions(schema, name) is var there && there.Length >= added[name].Count
            && there[^added[name].Count..].Select(i => schema[i].Type).SequenceEqual(added[name]);
    }

    private static Dictionary<string, IReadOnlyList<DataViewType>> Added(DataViewSchema before, DataViewSchema after) => after
        .GroupBy(c => c.Name).Select(g => (g.Key, Types: g.Select(c => c.Type).Skip(Versions(before, g.Key).Length).ToArray()))
        .Where(g => g.Types.Length > 0).ToDictionary(g => g.Key, g => (IReadOnlyList<DataViewType>)g.Types);

    private static int[] Versions(DataViewSchema schema, string name) => [.. schema.Where(c => c.Name == name).Select(c => c.Index)];

    private static bool Has(DataViewSchema.Column column, string annotation) =>
        column.Annotations.Schema.GetColumnOrNull(annotation) is not null;
}
