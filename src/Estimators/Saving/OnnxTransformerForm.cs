using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.Introspection.Estimators.Saving;

/// <summary>
/// The explanation as ML.NET's own <c>OnnxTransformer</c>: as such it is saved, and such an estimator tells the schema before
/// there is data, for third parties cannot make the parts of either. It lives for one question only, with a file that is gone
/// afterwards.
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
        With(catalog, model, inputs.Select(i => i.Name), outputs.Select(o => o.Name), estimator =>
        {
            using var transformer = estimator.Fit(Rows(inputs));
            ((ICanSaveModel)transformer).Save(context);
            return true;
        });

    /// <summary>The schema shape that comes out; the inputs must have been checked.</summary>
    /// <param name="catalog">The catalog that makes the transformer.</param>
    /// <param name="inputs">The columns that are read, as far as tensors can hold them.</param>
    /// <param name="outputs">The columns that are added.</param>
    /// <param name="schema">The columns that there are.</param>
    public static SchemaShape Promise(
        TransformsCatalog catalog, IReadOnlyList<InputColumn> inputs, IReadOnlyList<(string Name, ElementType Type)> outputs,
        SchemaShape schema) => With(
        catalog, Outline(inputs, outputs), inputs.Select(i => i.Name), outputs.Select(o => o.Name), estimator =>
        {
            using var _ = estimator.Fit(Rows(inputs.Select(i => i with { Row = Shape.Of(1) })));
            return estimator.GetOutputSchema(schema);
        });

    private static T With<T>(
        TransformsCatalog catalog, OnnxModel model, IEnumerable<string> inputs, IEnumerable<string> outputs,
        Func<OnnxScoringEstimator, T> use)
    {
        // Given a stream, ML.NET 5.0.0 leaves a copy in the temporary folder; given a file, it needs it as long as it lives.
        var folder = Directory.CreateTempSubdirectory("introspection-");
        try
        {
            var file = Path.Combine(folder.FullName, "explanation.onnx");
            model.Save(file);
            return use(catalog.ApplyOnnxModel(outputColumnNames: [.. outputs], inputColumnNames: [.. inputs], modelFile: file));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Names and types are all that a schema shape tells, so one item each will do: nothing has to be differentiated, and
    // no dimension known, before there is data.
    private static OnnxModel Outline(IReadOnlyList<InputColumn> inputs, IReadOnlyList<(string Name, ElementType Type)> outputs)
    {
        var graph = new Graph();
        var one = new Shape(Dimension.Symbol("batch"), 1);
        foreach (var input in inputs)
            graph.Input(input.Name, input.Type, one);
        return graph.ToModel(outputs.Select(o => (o.Name, graph.Constant(Tensor.Filled(o.Type, 0, 1, 1)))),
            keepAllInputs: true);
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
