using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators;

namespace Microsoft.ML;

public static partial class IntrospectionCatalog
{
    /// <summary>
    /// An engine that predicts and explains one object at a time: <c>CreatePredictionEngine</c> with reasons. For one thread at a time; for
    /// several make one each, of the same explained pipeline.
    /// </summary>
    /// <typeparam name="TInput">The class of the rows, with the columns that the pipeline reads.</typeparam>
    /// <param name="catalog">The catalog of operations on models.</param>
    /// <param name="explained">
    /// The pipeline with its reasons, as <c>mlContext.Transforms.Explain(model).Fit(data)</c> gives it. It belongs to the caller, and must
    /// live as long.
    /// </param>
    /// <param name="inputSchemaDefinition">What columns the members are; null for what the class itself says.</param>
    /// <exception cref="ArgumentException">A column is missing, or has another type.</exception>
    /// <example>
    /// <code>
    /// var explained = mlContext.Transforms.Explain(model).Fit(training);
    /// using var engine = mlContext.Model.CreateExplanationEngine&lt;House&gt;(explained);
    /// var prediction = engine.Explain(new House { Area = 120, District = "North" });
    /// Console.WriteLine($"{prediction.Scores[0]}, mostly for {prediction.Reasons[0].Column}");
    /// </code>
    /// </example>
    public static ExplanationEngine<TInput> CreateExplanationEngine<TInput>(
        this ModelOperationsCatalog catalog, ExplainedPredictions explained, SchemaDefinition? inputSchemaDefinition = null)
        where TInput : class
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(explained);
        return new ExplanationEngine<TInput>(catalog, explained, inputSchemaDefinition);
    }
}
