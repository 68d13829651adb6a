using System.Numerics.Tensors;
using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>
/// Rows of a pipeline's columns, as the features of what is explained: the columns themselves, or the slots of the model's feature column.
/// </summary>
/// <param name="features">What is explained.</param>
/// <param name="file">The file.</param>
internal sealed class PipelineRows(PipelineFeatures features, RecordFile file) : FeatureRows(file)
{
    private readonly List<Record> _records = [];
    private Action[]? _checks;
    private Record? _checked;

    /// <summary>Opens a file.</summary>
    /// <param name="features">What is explained.</param>
    /// <param name="path">The file.</param>
    /// <param name="csv">How it is read.</param>
    public PipelineRows(PipelineFeatures features, string path, CsvOptions csv)
        : this(features, RecordFile.Open(path, csv, features.Schema, features.Columns))
    {
    }

    public override IReadOnlyList<string> Features => features.Names;

    public override string? TextOf(int feature, double code) => features.TextOf(feature, (float)code);

    public override void Forget() => features.Forget();

    public override void Take(RowBlock block, int row)
    {
        var record = file.Current;
        if (file.PassesFaults)
            Check(record);
        // A row that another reader refused is taken once more by none.
        _records.RemoveRange(row, _records.Count - row);
        _records.Add(record);
        (block.Carried[row], block.Classes[row]) = (file.Carried(), file.Class());
    }

    public override void Complete(RowBlock block)
    {
        if (_records.Count == 0)
            return;
        var numbers = features.Read(new RecordsView(features.Schema, file.Columns, _records));
        _records.Clear();
        for (var row = 0; row < block.Count; row++)
            TensorPrimitives.ConvertTruncating<float, double>(numbers.AsSpan(row * Features.Count, Features.Count), block.SeenRow(row));
    }

    // Cells are read for whole blocks; a row that cannot be is to be told before.
    private void Check(Record record)
    {
        _checked = record;
        _checks ??= [.. file.Columns.Where(c => c.Cells.Count > 0).Select(c => c.Check(() => _checked!))];
        foreach (var check in _checks)
            check();
    }
}
