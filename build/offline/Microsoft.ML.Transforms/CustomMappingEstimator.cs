// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Maps rows with the caller's own code.</summary>
public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
    where TSrc : class, new()
    where TDst : class, new()
{
    internal CustomMappingEstimator(IHostEnvironment env, Action<TSrc, TDst> map, string contract, SchemaDefinition input, SchemaDefinition output)
        : base(env.Register(nameof(CustomMappingEstimator<TSrc, TDst>)), new CustomMappingTransformer<TSrc, TDst>(env, map, contract, input, output))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        var columns = inputSchema.ToDictionary(column => column.Name);
        foreach (var needed in MemberColumn.Of(typeof(TSrc), Transformer.InputDefinition, SchemaDefinition.Direction.Both))
        {
            if (!columns.TryGetValue(needed.Name, out var column))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", needed.Name);
            var (kind, item, isKey) = SchemaShape.KindOf(needed.Type);
            // A member of unknown size takes a vector of any; else the kinds are the same.
            var fits = kind == column.Kind
                || (kind == SchemaShape.Column.VectorKind.VariableVector && column.Kind == SchemaShape.Column.VectorKind.Vector);
            if (item != column.ItemType || isKey != column.IsKey || !fits)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", needed.Name, $"{needed.Type}", column.TypeText);
        }
        foreach (var added in SchemaShape.Create(MemberColumn.SchemaOf(Transformer.Added)))
            columns[added.Name] = added;
        return new SchemaShape(columns.Values);
    }
}
