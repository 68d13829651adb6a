using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>A file whose rows are read as the columns of a pipeline.</summary>
internal abstract class RecordFile : IDisposable
{
    /// <summary>How each column of the pipeline's schema is read from a row.</summary>
    public abstract IReadOnlyList<CellColumn> Columns { get; }

    /// <summary>The names of the cells that are carried along.</summary>
    public virtual IReadOnlyList<string> CarriedNames => [];

    /// <summary>How much of the file has been read, from 0 to 1.</summary>
    public abstract double Progress { get; }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    public abstract bool MoveNext();

    /// <summary>The current row.</summary>
    public abstract Record Read();

    /// <summary>The cells of the current row that are carried along.</summary>
    public virtual string[] Carried() => [];

    /// <summary>The class that the target's column tells; 0 where there is none.</summary>
    public virtual long Class() => 0;

    public abstract void Dispose();

    /// <summary>Opens a file of a kind that its name tells.</summary>
    /// <param name="path">The file.</param>
    /// <param name="csv">How it is read.</param>
    /// <param name="schema">The columns that the pipeline was saved with.</param>
    /// <param name="needed">The names of those that it reads.</param>
    public static RecordFile Open(string path, CsvOptions csv, DataViewSchema schema, IReadOnlySet<string> needed) => DataFile.Kind(path) switch
    {
        DataKind.Npy => new NpyRecordFile(path, schema, needed),
        DataKind.Tsv => new CsvRecordFile(path, csv with { Delimiter = csv.Delimiter ?? '\t' }, schema, needed),
        _ => new CsvRecordFile(path, csv with { Delimiter = csv.Delimiter ?? ',' }, schema, needed),
    };
}
