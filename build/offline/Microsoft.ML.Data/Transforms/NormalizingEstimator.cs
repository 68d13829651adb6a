// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Learns to scale numbers.</summary>
public sealed class NormalizingEstimator : IEstimator<NormalizingTransformer>
{
    private readonly IHost _host;
    private readonly NormalizingColumn[] _columns;

    internal NormalizingEstimator(IHostEnvironment env, params NormalizingColumn[] columns)
    {
        _host = env.Register(nameof(NormalizingEstimator));
        Contracts.CheckValue(columns, nameof(columns));
        _columns = columns;
    }

    public NormalizingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return NormalizingTransformer.Train(_host, input, _columns);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var columns = inputSchema.ToDictionary(column => column.Name);
        foreach (var wanted in _columns)
        {
            if (!inputSchema.TryFindColumn(wanted.Input, out var column))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", wanted.Input);
            if (column.Kind == SchemaShape.Column.VectorKind.VariableVector)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", wanted.Input, "known-size vector or scalar", column.TypeText);
            if (!column.ItemType.Equals(NumberDataViewType.Single) && !column.ItemType.Equals(NumberDataViewType.Double))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", wanted.Input, "vector or scalar of Single or Double", column.TypeText);
            var annotations = new List<SchemaShape.Column>
            {
                new(AnnotationKinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false),
            };
            if (column.Annotations.TryFindColumn(AnnotationKinds.SlotNames, out var slotNames))
                annotations.Add(slotNames);
            columns[wanted.Output] = new SchemaShape.Column(wanted.Output, column.Kind, column.ItemType, column.IsKey, new SchemaShape(annotations));
        }
        return new SchemaShape(columns.Values);
    }
}

internal enum NormalizingMode
{
    MinMax,
    MeanVariance,
}

/// <param name="Mode">What is measured.</param>
/// <param name="Output">The output column.</param>
/// <param name="Input">The input column.</param>
/// <param name="MaximumRows">How many rows are looked at.</param>
/// <param name="FixZero">Whether 0 must stay 0, so that numbers are scaled but not moved.</param>
internal sealed record NormalizingColumn(NormalizingMode Mode, string Output, string Input, long MaximumRows, bool FixZero);
