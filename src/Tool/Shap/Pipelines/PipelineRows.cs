using Microsoft.ML.Introspection.Tool.Data;

namespace Microsoft.ML.Introspection.Tool.Shap.Pipelines;

/// <summary>Rows of a pipeline's columns, as the features of what is explained: the columns themselves, or the slots of the model's feature column.</summary>
internal sealed class PipelineRows : RowSource
{
    private readonly PipelineFeatures _features;
    private readonly RecordFile _file;
    private readonly List<Record> _records = [];

    /// <summary>Opens a file.</summary>
    /// <param name="features">What is explained.</param>
    /// <param name="path">The file.</param>
    /// <param name="csv">How it is read.</param>
    public PipelineRows(PipelineFeatures features, string path, CsvOptions csv) =>
        (_features, _file) = (features, RecordFile.Open(path, csv, features.Schema, features.Columns));

    public override IReadOnlyList<string> Features => _features.Names;

    public override IReadOnlyList<string> CarriedNames => _file.CarriedNames;

    public override double Progress => Math.Min(1, _file.Progress);

    public override RowBlock Block(int capacity) => new(capacity, Features.Count, isChanged: false);

    public override string? TextOf(int feature, double code) => _features.TextOf(feature, (float)code);

    public override void Forget() => _features.Forget();

    public override void Dispose() => _file.Dispose();

    protected override bool MoveNext() => _file.MoveNext();

    protected override void Take(RowBlock block, int row)
    {
        _records.Add(_file.Read());
        (block.Carried[row], block.Classes[row]) = (_file.Carried(), _file.Class());
    }

    protected override void Complete(RowBlock block)
    {
        if (_records.Count == 0)
            return;
        var numbers = _features.Read(new RecordsView(_features.Schema, _file.Columns, _records));
        _records.Clear();
        for (var row = 0; row < block.Count; row++)
            System.Numerics.Tensors.TensorPrimitives.ConvertTruncating<float, double>(numbers.AsSpan(row * Features.Count, Features.Count), block.SeenRow(row));
    }
}
