using Microsoft.ML.Introspection.Rows;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>A row as it stands in its file.</summary>
/// <param name="Cells">The cells.</param>
/// <param name="Place">Where it stands, for messages: "rows.csv, line 3".</param>
internal sealed record Record(string[] Cells, string Place);

/// <summary>A file whose rows are read as the columns of a pipeline: as texts.</summary>
internal abstract class RecordFile : RowSource
{
    /// <summary>How each column of the pipeline's schema is read from a row.</summary>
    public abstract IReadOnlyList<CellColumn> Columns { get; }

    public override IReadOnlyList<RowTensor> Tensors => [];

    /// <summary>Whether a row that cannot be read is told of when it is taken.</summary>
    public bool PassesFaults { get; private init; }

    /// <summary>The current row.</summary>
    public Record Current => new(Cells(), Place);

    /// <summary>The class that the target's column tells; 0 where there is none.</summary>
    public virtual long Class() => 0;

    public override void Read<T>(int tensor, Span<T> row) =>
        throw new ArgumentOutOfRangeException(nameof(tensor), tensor, "The rows are read as texts.");

    /// <summary>Opens a file of a kind that its name tells.</summary>
    /// <param name="path">The file.</param>
    /// <param name="csv">How it is read.</param>
    /// <param name="schema">The columns that the pipeline was saved with.</param>
    /// <param name="needed">The names of those that it reads.</param>
    public static RecordFile Open(string path, CsvOptions csv, DataViewSchema schema, IReadOnlySet<string> needed) =>
        DataFiles.Kind(path, csv) switch
    {
        DataKind.Npy or DataKind.Npz => new ArrayRecordFile(path, schema, needed) { PassesFaults = csv.PassesFaults },
        _ => new CellRecordFile(path, csv, schema, needed) { PassesFaults = csv.PassesFaults },
    };

    /// <summary>The cells of the current row.</summary>
    protected abstract string[] Cells();
}
