using Microsoft.ML.Introspection.Attribution;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Saving;
using Microsoft.ML.Introspection.Importers;
using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>
/// Makes transformers that add explanation columns: what the estimators of all methods have in common. There is nothing to
/// learn; fitting settles the network's open dimensions from the column types and compiles the explanation graph.
/// </summary>
/// <typeparam name="TTransformer">The transformer.</typeparam>
public abstract class AttributionEstimator<TTransformer> : IEstimator<TTransformer>
    where TTransformer : AttributionTransformer
{
    private readonly TransformsCatalog _catalog;
    private readonly string _modelFile;
    private readonly OnnxModel _model;
    private readonly ColumnPlan _plan;
    private readonly ExplainOptions _options;

    private protected AttributionEstimator(
        TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, AttributionMethod method,
        AttributionOptions options)
        : this(catalog, inputColumnName, modelFile, options, model =>
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
            ArgumentNullException.ThrowIfNull(method);
            return ColumnPlan.Make(model, outputColumnName, inputColumnName, options).With(method);
        })
    {
    }

    private protected AttributionEstimator(
        TransformsCatalog catalog, string inputColumnName, string modelFile, ExplainOptions options, IReadOnlyList<Ask> asks)
        : this(catalog, inputColumnName, modelFile, options, model => ColumnPlan.Make(model, inputColumnName, options, asks))
    {
    }

    private AttributionEstimator(
        TransformsCatalog catalog, string inputColumnName, string modelFile, ExplainOptions options, Func<OnnxModel, ColumnPlan> plan)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(modelFile);
        ArgumentNullException.ThrowIfNull(options);
        (_catalog, _modelFile, _options) = (catalog, modelFile, options);
        _model = options.Network.WithConstants(ModelFile.ReadNetwork(modelFile));
        _plan = plan(_model);
    }

    /// <summary>Compiles the explanation for data of this schema.</summary>
    /// <param name="input">The data; its rows are not read.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A column that the network reads is missing or does not fit, or the target is no class of the network.
    /// </exception>
    /// <exception cref="UnsupportedOperatorException">The network has an operator that cannot be differentiated.</exception>
    public TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        try
        {
            var columns = ExplanationColumns.Compile(_model, _plan, _options, input.Schema);
            return Transformer(
                new FittedExplanation(_catalog, _options, columns, ((IExplanationColumns)columns).SlotNamesIn(input.Schema)));
        }
        catch (InvalidModelException e)
        {
            throw new InvalidModelException($"The model file '{_modelFile}' cannot be used. {e.Message}", e);
        }
    }

    /// <summary>The columns that come out, before there is data: vectors of known size.</summary>
    /// <param name="inputSchema">The columns that go in.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the network reads is missing or does not fit.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var input in _plan.Inputs)
            input.Check(inputSchema);
        return PromisedColumns.Add(_catalog, _plan.Outputs, inputSchema);
    }

    private protected abstract TTransformer Transformer(FittedExplanation fitted);
}
