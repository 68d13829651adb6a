using Microsoft.ML.Introspection.Estimators;
using Microsoft.ML.Introspection.Models;

namespace Microsoft.ML;

// Pipelines as networks.
public static partial class IntrospectionCatalog
{
    /// <summary>
    /// A fitted pipeline as one network, down to its raw columns: steps and model in the operators of ONNX, joined with the networks among
    /// the steps. <see cref="PipelineNetwork"/> tells more: what stands in front, and the file.
    /// </summary>
    /// <param name="catalog">The catalog of models.</param>
    /// <param name="pipeline">A fitted pipeline, as <c>Fit</c> or <c>Load</c> gives it.</param>
    /// <param name="inputSchema">The columns of the data that it is for.</param>
    /// <param name="options">Where the network starts and ends; null for as early as can be, and the scores of the last model.</param>
    /// <exception cref="ArgumentException">
    /// The pipeline does not fit the columns (the error is ML.NET's own), or has no such column.
    /// </exception>
    /// <exception cref="NotSupportedException">The model cannot be written in operators; the message says what can be done.</exception>
    public static Network ToNetwork(this ModelOperationsCatalog catalog, ITransformer pipeline, DataViewSchema inputSchema,
        PipelineNetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new PipelineNetwork(pipeline, inputSchema, options).Network;
    }
}
