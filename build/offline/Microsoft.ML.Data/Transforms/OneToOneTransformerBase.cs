// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A transformer of which each output column is made from one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    private protected readonly (string Output, string Input)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, (string Output, string Input)[] columns) : base(host)
    {
        Contracts.CheckValue(columns, nameof(columns));
        foreach (var (output, input) in columns)
        {
            Contracts.CheckNonEmpty(input, nameof(columns));
            Contracts.CheckNonEmpty(output, nameof(columns));
        }
        Contracts.CheckParam(columns.DistinctBy(pair => pair.Output).Count() == columns.Length, nameof(columns), "Two output columns have the same name.");
        ColumnPairs = columns;
    }

    private protected static void WriteColumns(BinaryWriter writer, (string Output, string Input)[] columns)
    {
        writer.Write(columns.Length);
        foreach (var (output, input) in columns)
        {
            writer.Write(output);
            writer.Write(input);
        }
    }

    private protected static (string Output, string Input)[] ReadColumns(BinaryReader reader)
    {
        var columns = new (string, string)[reader.ReadInt32()];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = (reader.ReadString(), reader.ReadString());
        return columns;
    }

    private protected abstract class OneToOneMapper : IRowMapper
    {
        protected OneToOneMapper(OneToOneTransformerBase parent, DataViewSchema schema)
        {
            Inputs = [.. parent.ColumnPairs.Select(pair => schema.GetColumnOrNull(pair.Input)
                ?? throw Contracts.ExceptSchemaMismatch("inputSchema", "input", pair.Input))];
        }

        protected DataViewSchema.Column[] Inputs { get; }

        public abstract DataViewSchema.DetachedColumn[] GetOutputColumns();

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
            => column => Enumerable.Range(0, Inputs.Length).Any(i => activeOutput(i) && Inputs[i].Index == column);

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            return [.. Inputs.Select((column, i) => activeOutput(i) ? MakeGetter(input, i) : null)];
        }

        protected abstract Delegate MakeGetter(DataViewRow input, int index);
    }
}
