// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Scores rows with an ONNX model; there is nothing to learn.</summary>
public sealed class OnnxScoringEstimator : TrivialEstimator<OnnxTransformer>
{
    internal OnnxScoringEstimator(IHostEnvironment env, OnnxOptions options, Stream model)
        : base(env.Register(nameof(OnnxTransformer)), new OnnxTransformer(env, options, model))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var columns = inputSchema.ToDictionary(column => column.Name);
        for (var i = 0; i < Transformer.Inputs.Length; i++)
        {
            var input = Transformer.Inputs[i];
            if (Transformer.Model.Inputs[i].Shape.Count(size => size == 0) > 1)
                throw new ArgumentOutOfRangeException(input, "At most one dimension may be unknown.");
            if (!inputSchema.TryFindColumn(input, out var column))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input);
            var node = Transformer.Model.Inputs.FirstOrDefault(candidate => candidate.Name == input)
                ?? throw Contracts.Except($"Column {input} is no input of the model.");
            var expected = ((VectorDataViewType)node.Type).ItemType;
            if (column.ItemType != expected)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input, $"{expected}", $"{column.ItemType}");
        }
        for (var i = 0; i < Transformer.Outputs.Length; i++)
        {
            var type = Transformer.OutputTypes[i];
            var kind = type.IsKnownSizeVector() ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.VariableVector;
            columns[Transformer.Outputs[i]] = new SchemaShape.Column(Transformer.Outputs[i], kind, type.ItemType(), false);
        }
        return new SchemaShape(columns.Values);
    }
}
