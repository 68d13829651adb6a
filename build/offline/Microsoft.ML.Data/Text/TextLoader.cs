// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads delimited text, lazily.</summary>
public sealed partial class TextLoader : IDataLoader<IMultiStreamSource>
{
    private const string Loader = "TextLoader";
    private readonly IHost _host;
    private readonly Options _options;
    private readonly TextColumn[] _columns;
    private readonly DataViewSchema _schema;

    internal TextLoader(IHostEnvironment env, Options options, IMultiStreamSource dataSample)
    {
        _host = env.Register(Loader);
        _options = options ?? new Options();
        Check(_options);
        dataSample ??= new MultiFileSource();
        var columns = _options.Columns is { Length: > 0 } given ? given : [new Column("Label", DataKind.Single, 0), new Column("Features", DataKind.Single, [new Range(1, null)])];
        foreach (var column in columns)
            Contracts.CheckParam(column.Source?.Length > 0, nameof(Column.Source), $"Column '{column.Name}' names no fields to read.");

        var lines = new TextLines(_options);
        var lineSize = _options.InputSize ?? 0;
        if (lineSize == 0 && columns.Any(column => column.Source.Any(range => range.AutoEnd && range.Max == null)))
            lineSize = SizeOf(TextLines.Read(dataSample).Take(100).Select(line => lines.Split(line.Line).Count));
        _columns = [.. columns.Select(column => TextColumn.Of(column, lineSize))];
        // Slots are named only where the header can be read, that is where there is a file of it or a sample of the data.
        var header = !string.IsNullOrWhiteSpace(_options.HeaderFile) ? new MultiFileSource(_options.HeaderFile) : _options.HasHeader ? dataSample : null;
        var names = header == null ? null : TextLines.Read(header).Select(line => lines.Split(line.Line)).FirstOrDefault();
        _schema = MakeSchema(_columns, names);
    }

    public DataViewSchema GetOutputSchema() => _schema;

    public IDataView Load(IMultiStreamSource source) => new TextDataView(_host, _schema, _columns, _options, source);

    void ICanSaveModel.Save(ModelSaveContext ctx) => throw new NotSupportedException("This stand-in for ML.NET saves no text loaders.");

    internal static TextLoader Create<TInput>(IHostEnvironment env, Options options, IMultiStreamSource dataSample)
    {
        options ??= new Options();
        var members = SchemaDefinition.MembersOf(typeof(TInput), SchemaDefinition.Direction.Read).ToArray();
        Contracts.CheckParam(members.Length > 0, nameof(TInput), $"{typeof(TInput)} has no public field or property to read into.");
        options.Columns = [.. members.Select(ColumnOf)];
        return new TextLoader(env, options, dataSample);
    }

    private static Column ColumnOf(MemberInfo member)
    {
        var load = member.GetCustomAttribute<LoadColumnAttribute>()
            ?? throw Contracts.Except($"Member '{member.Name}' has no {nameof(LoadColumnAttribute)} to say which fields it is read from.");
        var type = MemberType.TypeOf(member);
        var item = ColumnTypes.KindOf(type.IsArray ? type.GetElementType() : type)
            ?? throw Contracts.Except($"Member '{member.Name}' is of {type}, which cannot be read from text.");
        var key = member.GetCustomAttribute<KeyTypeAttribute>();
        return new Column(member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name, item, load.Sources, key == null ? null : new KeyCount(key.Count));
    }

    private static void Check(Options options)
    {
        if (options.AllowSparse || options.ReadMultilines || options.EscapeChar != '"')
            throw new NotSupportedException("This stand-in for ML.NET reads neither sparse lines, nor fields of several lines, nor other escapes than a doubled quote.");
        Contracts.CheckParam(!(options.MaxRows < 0), nameof(options.MaxRows));
        Contracts.CheckParam(options.DecimalMarker is '.' or ',', nameof(options.DecimalMarker), "Decimals are marked by '.' or ','.");
        Contracts.CheckParam(options.AllowQuoting || options.DecimalMarker == '.' || !options.Separators.Contains(','), nameof(options.AllowQuoting), "Where ',' marks decimals and separates fields, fields must be quoted.");
        Contracts.CheckParam(!options.Separators.Contains('"'), nameof(options.EscapeChar), "A quote does not separate fields.");
    }

    private static int SizeOf(IEnumerable<int> sizes)
    {
        var all = sizes.ToArray();
        Contracts.CheckParam(all.Length > 0, nameof(Column.Source), "The number of fields in a line cannot be told without a sample of the data.");
        Contracts.CheckParam(all.Distinct().Count() == 1, nameof(Column.Source), "The lines differ in their number of fields.");
        return all[0];
    }

    private static DataViewSchema MakeSchema(TextColumn[] columns, List<string> header)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var column in columns)
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            if (header != null && column.Type is VectorDataViewType { IsKnownSize: true } vector)
            {
                var names = new ReadOnlyMemory<char>[vector.Size];
                foreach (var (field, slot) in column.Slots(0).Where(pair => pair.Field < header.Count))
                    names[slot] = header[field].Trim().AsMemory();
                var value = new VBuffer<ReadOnlyMemory<char>>(names.Length, names);
                if (names.Any(name => !name.IsEmpty))
                    annotations.AddSlotNames(vector.Size, (ref VBuffer<ReadOnlyMemory<char>> destination) => value.CopyTo(ref destination));
            }
            builder.AddColumn(column.Name, column.Type, annotations.ToAnnotations());
        }
        return builder.ToSchema();
    }
}
