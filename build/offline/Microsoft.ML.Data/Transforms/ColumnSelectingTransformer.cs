// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: Loadable(ColumnSelectingTransformer.Loader, typeof(ColumnSelectingTransformer))]

namespace Microsoft.ML.Transforms;

/// <summary>Keeps columns, in the order that they are named in, or drops them.</summary>
public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string Loader = "SelectColumnsTransform";
    private readonly IHost _host;
    private readonly string[] _names;
    private readonly bool _keep;
    private readonly bool _keepHidden;

    internal ColumnSelectingTransformer(IHostEnvironment env, string[] keep, string[] drop, bool keepHidden)
    {
        _host = env.Register(nameof(ColumnSelectingTransformer));
        Contracts.Check(keep?.Length > 0 != drop?.Length > 0, "Columns are to be either kept or dropped.");
        _keep = keep?.Length > 0;
        _names = _keep ? keep : drop;
        _keepHidden = keepHidden;
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new SelectedDataView(_host, new EmptyDataView(_host, inputSchema), MapOf(inputSchema)).Schema;
    }

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new SelectedDataView(_host, input, MapOf(input.Schema));
    }

    internal static object Load(IHostEnvironment env, ModelLoadContext context)
    {
        var reader = context.Reader;
        var (keep, keepHidden) = (reader.ReadBoolean(), reader.ReadBoolean());
        var names = new string[reader.ReadInt32()];
        for (var i = 0; i < names.Length; i++)
            names[i] = reader.ReadString();
        return new ColumnSelectingTransformer(env, keep ? names : null, keep ? null : names, keepHidden);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return new SelectedDataView(_host, new EmptyDataView(_host, inputSchema), MapOf(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        var writer = ctx.Begin(Loader, GetType());
        writer.Write(_keep);
        writer.Write(_keepHidden);
        writer.Write(_names.Length);
        foreach (var name in _names)
            writer.Write(name);
    }

    internal bool Keeps(string name) => _names.Contains(name) == _keep;

    internal void CheckNames(IEnumerable<string> names)
    {
        var missing = _names.Except(names).ToArray();
        if (missing.Length > 0)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", string.Join(",", missing));
    }

    private int[] MapOf(DataViewSchema schema)
    {
        CheckNames(schema.Select(column => column.Name));
        return _keep
            ? [.. _names.SelectMany(name => schema.Where(column => column.Name == name && (_keepHidden || !column.IsHidden))).Select(column => column.Index)]
            : [.. schema.Where(column => !_names.Contains(column.Name)).Select(column => column.Index)];
    }
}
