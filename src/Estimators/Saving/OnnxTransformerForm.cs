using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Estimators.Saving;

/// <summary>
/// The explanation as ML.NET's own <c>OnnxTransformer</c>: as such it is saved, for third parties cannot make the parts of one. It lives
/// for one question only, with a file that is gone afterwards.
/// </summary>
internal static class OnnxTransformerForm
{
    /// <summary>Saves an explanation.</summary>
    /// <param name="catalog">The catalog that makes the transformer.</param>
    /// <param name="model">The explanation graph.</param>
    /// <param name="inputs">The columns it reads.</param>
    /// <param name="outputs">The columns it adds.</param>
    /// <param name="context">Where ML.NET writes; takes exactly one model.</param>
    public static void Save(TransformsCatalog catalog, OnnxModel model, IReadOnlyList<InputColumn> inputs,
        IReadOnlyList<OutputColumn> outputs, ModelSaveContext context) =>
        Use(catalog, model, inputs, outputs, transformer => ((ICanSaveModel)transformer).Save(context));

    /// <summary>Does something with an explanation, which then ends.</summary>
    /// <inheritdoc cref="Save"/>
    /// <param name="catalog">The catalog that makes the transformer.</param>
    /// <param name="model">The explanation graph.</param>
    /// <param name="inputs">The columns it reads.</param>
    /// <param name="outputs">The columns it adds.</param>
    /// <param name="use">What is done.</param>
    public static void Use(TransformsCatalog catalog, OnnxModel model, IReadOnlyList<InputColumn> inputs,
        IReadOnlyList<OutputColumn> outputs, Action<ITransformer> use)
    {
        // Given a stream, ML.NET 5.0.0 leaves a copy in the temporary folder; given a file, it needs it as long as it lives.
        var folder = Directory.CreateTempSubdirectory("introspection-");
        try
        {
            var file = Path.Combine(folder.FullName, "explanation.onnx");
            model.Save(file);
            using var transformer = catalog.ApplyOnnxModel(outputColumnNames: [.. outputs.Select(o => o.Name)],
                inputColumnNames: [.. inputs.Select(i => i.Name)], modelFile: file).Fit(Rows(inputs));
            use(transformer);
        }
        catch (Exception e) when (NativeRuntime.Missing(e) is { } missing)
        {
            throw missing;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // There is nothing to learn; the estimator only wants to see columns that fit.
    private static SchemaOnlyView Rows(IEnumerable<InputColumn> inputs)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var input in inputs)
            builder.AddColumn(input.Name, ColumnTypes.RowOf(input.Type, input.Row));
        return new SchemaOnlyView(builder.ToSchema());
    }
}
