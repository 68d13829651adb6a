using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Scoring;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Gathers rows of numbers from a source.</summary>
internal abstract class ShapRows(ShapColumns columns) : IRowMemory
{
    private InputReader? _label;

    /// <summary>The rows, [capacity, features].</summary>
    public float[] Features { get; private set; } = [];

    /// <summary>The class that each row's label tells, where there is a label.</summary>
    public long[] Labels { get; private set; } = [];

    /// <summary>Makes room.</summary>
    public void Reserve(int rows)
    {
        Features = new float[checked(rows * columns.Shape.Features)];
        Labels = new long[columns.Label is null ? 0 : rows];
    }

    /// <summary>Says where rows come from.</summary>
    public void Bind(DataViewRow source, Func<string, ColumnBuffer?> kept)
    {
        BindFeatures(source, kept);
        if (columns.Label is { } label)
            _label = InputReader.Of(source, label, this, 1, kept(label.Name));
    }

    /// <summary>Takes the source's current row.</summary>
    public void Read(int row)
    {
        ReadFeatures(row);
        _label?.Read(row);
    }

    /// <summary>What is wrong with a row by itself.</summary>
    public string? Fault(int row) => _label?.Fault(row, columns.Shape.Outputs);

    /// <summary>Is told that the rows are explained and will not be asked for again.</summary>
    public virtual void Done()
    {
    }

    int IRowMemory.Size(int input) => input == 0 ? columns.Shape.Features : 1;

    Span<T> IRowMemory.Row<T>(int input, int row) => input == 0
        ? System.Runtime.InteropServices.MemoryMarshal.Cast<float, T>(Features.AsSpan(row * columns.Shape.Features, columns.Shape.Features))
        : System.Runtime.InteropServices.MemoryMarshal.Cast<long, T>(Labels.AsSpan(row, 1));

    protected abstract void BindFeatures(DataViewRow source, Func<string, ColumnBuffer?> kept);

    protected abstract void ReadFeatures(int row);
}

/// <summary>Rows of one feature column.</summary>
internal sealed class FeatureRows(ShapColumns columns, FeatureFeed feed) : ShapRows(columns)
{
    private InputReader? _reader;

    protected override void BindFeatures(DataViewRow source, Func<string, ColumnBuffer?> kept) =>
        _reader = InputReader.Of(source, feed.Column, this, 0, kept(feed.Column.Name));

    protected override void ReadFeatures(int row) => _reader!.Read(row);
}

/// <summary>Rows of a pipeline's raw columns, as its scorer encodes them.</summary>
internal sealed class PipelineRows(ShapColumns columns, PipelineScorer scorer) : ShapRows(columns)
{
    private readonly int _features = columns.Shape.Features;
    private readonly IReadOnlyList<int> _remembered = scorer.Remembered;
    private RowWriter? _writer;

    public override void Done() => scorer.ForgetAfter(_remembered);

    protected override void BindFeatures(DataViewRow source, Func<string, ColumnBuffer?> kept) => _writer = scorer.Encoder(source);

    protected override void ReadFeatures(int row) => _writer!(Features.AsSpan(row * _features, _features));
}
