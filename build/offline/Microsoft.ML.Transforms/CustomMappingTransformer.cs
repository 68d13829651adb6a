// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Loadable(CustomMappingTransformer.Loader, typeof(CustomMappingTransformer))]

namespace Microsoft.ML.Transforms;

/// <summary>Maps rows with the caller's own code.</summary>
public sealed class CustomMappingTransformer<TSrc, TDst> : ITransformer
    where TSrc : class, new()
    where TDst : class, new()
{
    private readonly IHost _host;
    private readonly Action<TSrc, TDst> _map;
    private readonly string _contract;

    internal CustomMappingTransformer(IHostEnvironment env, Action<TSrc, TDst> map, string contract, SchemaDefinition input, SchemaDefinition output)
    {
        _host = env.Register(nameof(CustomMappingTransformer<TSrc, TDst>));
        Contracts.CheckValue(map, "mapAction");
        _map = map;
        _contract = contract;
        InputDefinition = input;
        Added = MemberColumn.Of(typeof(TDst), output, SchemaDefinition.Direction.Write);
    }

    bool ITransformer.IsRowToRowMapper => true;

    internal SchemaDefinition InputDefinition { get; }

    internal MemberColumn[] Added { get; }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new ColumnBindings(inputSchema, new Mapper(this, inputSchema).GetOutputColumns()).Schema;
    }

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new MappedDataView(_host, input, new Mapper(this, input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new MappedDataView(_host, new EmptyDataView(_host, inputSchema), new Mapper(this, inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.Check(_contract != null, "A mapping without a contract name cannot be saved.");
        var writer = ctx.Begin(CustomMappingTransformer.Loader, typeof(CustomMappingTransformer));
        writer.Write(_contract);
        writer.Write(_map.Method.DeclaringType.Assembly.GetName().Name);
    }

    private sealed class Mapper : IRowMapper
    {
        private readonly CustomMappingTransformer<TSrc, TDst> _parent;
        private readonly ObjectFiller<TSrc> _source;

        public Mapper(CustomMappingTransformer<TSrc, TDst> parent, DataViewSchema schema)
        {
            _parent = parent;
            _source = new ObjectFiller<TSrc>(schema, false, parent.InputDefinition);
        }

        public DataViewSchema.DetachedColumn[] GetOutputColumns()
            => [.. MemberColumn.SchemaOf(_parent.Added).Select(column => new DataViewSchema.DetachedColumn(column))];

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
            => Enumerable.Range(0, _parent.Added.Length).Any(activeOutput) ? _source.Needs : _ => false;

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            if (!Enumerable.Range(0, _parent.Added.Length).Any(activeOutput))
                return new Delegate[_parent.Added.Length];

            var fill = _source.For(input);
            var (source, result, row) = (new TSrc(), new TDst(), new ObjectRow<TDst>(_parent.Added));
            var last = -1L;
            Action refresh = () =>
            {
                if (last == input.Position)
                    return;
                fill(source);
                _parent._map(source, result);
                row.Set(result);
                last = input.Position;
            };
            return [.. row.Schema.Select(column => activeOutput(column.Index)
                ? GenericCall.Invoke<Delegate>(typeof(Mapper), nameof(Refreshed), column.Type.RawType, row, column, refresh)
                : null)];
        }

        private static Delegate Refreshed<T>(DataViewRow row, DataViewSchema.Column column, Action refresh)
        {
            var get = row.GetGetter<T>(column);
            return (ValueGetter<T>)((ref T destination) =>
            {
                refresh();
                get(ref destination);
            });
        }
    }
}

internal static class CustomMappingTransformer
{
    public const string Loader = "CustomTransformer";

    internal static object Load(IHostEnvironment env, ModelLoadContext context)
    {
        var (contract, assembly) = (context.Reader.ReadString(), context.Reader.ReadString());
        var factory = env.ComponentCatalog.CreateExtension(contract, assembly) as ICustomMappingFactory
            ?? throw Contracts.Except($"The extension for the contract '{contract}' is no custom mapping factory.");
        return factory.CreateTransformer(env, contract);
    }
}
