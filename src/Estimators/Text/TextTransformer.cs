using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators;

/// <summary>Adds columns made of a text: what the transformers of texts have in common.</summary>
/// <remarks>
/// It cannot be saved: a pipeline's file would have to hold the tokenizer. Save the steps behind it, and put it in front of them when they
/// are loaded (<c>tokens.Append(mlContext.Model.Load(…))</c>).
/// </remarks>
public abstract class TextTransformer : ITransformer
{
    private readonly ITransformer _mapping;
    private readonly string _name;

    private protected TextTransformer(ITransformer mapping, string name) => (_mapping, _name) = (mapping, name);

    bool ITransformer.IsRowToRowMapper => true;

    /// <summary>The columns of the data, then those that are added.</summary>
    /// <param name="inputSchema">The columns of the data.</param>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _mapping.GetOutputSchema(inputSchema);

    /// <summary>The data with the columns that are added, computed as they are read.</summary>
    /// <param name="input">The data.</param>
    public IDataView Transform(IDataView input) => _mapping.Transform(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => _mapping.GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException(
        $"{_name} cannot be saved in a pipeline: the file would have to hold the tokenizer. Save the steps behind it, load them, and put "
            + $"{_name} in front of them again; or write a CustomMappingFactory of your own that loads the tokenizer.");
}
