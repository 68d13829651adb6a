// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Loadable(NormalizingTransformer.Loader, typeof(NormalizingTransformer))]

namespace Microsoft.ML.Transforms;

/// <summary>Scales numbers.</summary>
public sealed class NormalizingTransformer : OneToOneTransformerBase
{
    internal const string Loader = "Normalizer";
    private const string Expected = "scalar or known-size vector of Single or Double";
    private readonly AffineMap[] _maps;
    private readonly DataViewType[] _types;

    private NormalizingTransformer(IHostEnvironment env, (string Output, string Input)[] columns, AffineMap[] maps, DataViewType[] types)
        : base(env.Register(nameof(NormalizingTransformer)), columns)
    {
        _maps = maps;
        _types = types;
    }

    public NormalizerModelParametersBase GetNormalizerModelParameters(int index)
    {
        Contracts.CheckParam(index >= 0 && index < _maps.Length, nameof(index));
        return _maps[index].Parameters(_types[index] is VectorDataViewType);
    }

    internal static NormalizingTransformer Train(IHostEnvironment env, IDataView data, NormalizingColumn[] columns)
    {
        var inputs = columns.Select(column => data.Schema.GetColumnOrNull(column.Input)
            ?? throw Contracts.ExceptSchemaMismatch(nameof(data), "input", column.Input)).ToArray();
        foreach (var input in inputs)
            CheckType(input);
        using var cursor = data.GetRowCursor(inputs);
        var statistics = columns.Select((column, i) => Measure(column, cursor, inputs[i])).ToArray();
        while (cursor.MoveNext())
        {
            var wantsMore = false;
            foreach (var one in statistics)
                wantsMore |= one.AddRow();
            if (!wantsMore)
                break;
        }
        return new NormalizingTransformer(
            env, [.. columns.Select(column => (column.Output, column.Input))], [.. statistics.Select(one => one.Finish())], [.. inputs.Select(input => input.Type)]);
    }

    internal static object Load(IHostEnvironment env, ModelLoadContext context)
    {
        var columns = ReadColumns(context.Reader);
        var maps = new AffineMap[columns.Length];
        var types = new DataViewType[columns.Length];
        for (var i = 0; i < maps.Length; i++)
        {
            var dimensions = new int[context.Reader.ReadInt32()];
            for (var d = 0; d < dimensions.Length; d++)
                dimensions[d] = context.Reader.ReadInt32();
            maps[i] = AffineMap.Read(context.Reader);
            var item = ColumnTypes.Of(maps[i].ItemType);
            types[i] = dimensions.Length > 0 ? new VectorDataViewType(item, dimensions) : item;
        }
        return new NormalizingTransformer(env, columns, maps, types);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        var writer = ctx.Begin(Loader, GetType());
        WriteColumns(writer, ColumnPairs);
        for (var i = 0; i < _maps.Length; i++)
        {
            var dimensions = (_types[i] as VectorDataViewType)?.Dimensions ?? [];
            writer.Write(dimensions.Length);
            foreach (var dimension in dimensions)
                writer.Write(dimension);
            _maps[i].Write(writer);
        }
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static INormalizingStatistics Measure(NormalizingColumn options, DataViewRow row, DataViewSchema.Column column)
        => column.Type.ItemType() == NumberDataViewType.Single
            ? new NormalizingStatistics<float>(options, row, column)
            : new NormalizingStatistics<double>(options, row, column);

    private static void CheckType(DataViewSchema.Column column)
    {
        if (column.Type.ValueCount() == 0 || (column.Type.ItemType() != NumberDataViewType.Single && column.Type.ItemType() != NumberDataViewType.Double))
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", column.Name, Expected, $"{column.Type}");
    }

    private sealed class Mapper : OneToOneMapper
    {
        private readonly NormalizingTransformer _parent;

        public Mapper(NormalizingTransformer parent, DataViewSchema schema) : base(parent, schema)
        {
            _parent = parent;
            foreach (var input in Inputs)
                CheckType(input);
        }

        public override DataViewSchema.DetachedColumn[] GetOutputColumns()
            => [.. Inputs.Select((input, i) =>
            {
                var annotations = new DataViewSchema.Annotations.Builder();
                annotations.AddPrimitiveValue(AnnotationKinds.IsNormalized, BooleanDataViewType.Instance, true);
                annotations.Add(input.Annotations, name => name == AnnotationKinds.SlotNames);
                return new DataViewSchema.DetachedColumn(_parent.ColumnPairs[i].Output, _parent._types[i], annotations.ToAnnotations());
            })];

        protected override Delegate MakeGetter(DataViewRow input, int index)
            => _parent._maps[index].GetterOf(input, input.Schema[Inputs[index].Index]);
    }

    /// <summary>What a normalizer has learnt of one column.</summary>
    public abstract class NormalizerModelParametersBase
    {
        private protected NormalizerModelParametersBase()
        {
        }
    }

    /// <summary>Offsets to subtract and scales to multiply with.</summary>
    public sealed class AffineNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal AffineNormalizerModelParameters(TData scale, TData offset)
        {
            Scale = scale;
            Offset = offset;
        }

        public TData Scale { get; }

        public TData Offset { get; }
    }
}
