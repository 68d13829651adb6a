using System.Runtime.InteropServices;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Pipelines;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Explaining;

namespace Microsoft.ML.Introspection.Estimators.Shap;

/// <summary>Gathers rows of numbers from a source.</summary>
internal abstract class ShapRows(ShapColumns columns, Explainer explainer) : IRowMemory
{
    private readonly int _features = explainer.FeatureCount;
    private InputReader? _label;

    /// <summary>The rows, [capacity, features].</summary>
    public float[] Features { get; private set; } = [];

    /// <summary>The class that each row's label tells, where there is a label.</summary>
    public long[] Labels { get; private set; } = [];

    /// <summary>Makes room.</summary>
    public void Reserve(int rows)
    {
        Features = new float[checked(rows * _features)];
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

    /// <summary>What is wrong with a row by itself; its label is made harmless then, so that the other rows do not suffer.</summary>
    public string? Fault(int row)
    {
        if (_label?.Fault(row, explainer.OutputCount) is not { } fault)
            return null;
        _label.Clear(row);
        return fault;
    }

    /// <summary>Is told that the rows are explained and will not be asked for again.</summary>
    public virtual void Done()
    {
    }

    int IRowMemory.Size(int input) => input == 0 ? _features : 1;

    Span<T> IRowMemory.Row<T>(int input, int row) => input == 0
        ? MemoryMarshal.Cast<float, T>(Features.AsSpan(row * _features, _features))
        : MemoryMarshal.Cast<long, T>(Labels.AsSpan(row, 1));

    protected abstract void BindFeatures(DataViewRow source, Func<string, ColumnBuffer?> kept);

    protected abstract void ReadFeatures(int row);
}

/// <summary>Rows of one feature column.</summary>
internal sealed class FeatureRows(ShapColumns columns, Explainer explainer, InputColumn features) : ShapRows(columns, explainer)
{
    private InputReader? _reader;

    protected override void BindFeatures(DataViewRow source, Func<string, ColumnBuffer?> kept) => _reader = InputReader.Of(source, features, this, 0, kept(features.Name));

    protected override void ReadFeatures(int row) => _reader!.Read(row);
}

/// <summary>Rows of a pipeline's raw columns, as its scorer encodes them.</summary>
internal sealed class PipelineRows(ShapColumns columns, Explainer explainer, PipelineScorer scorer) : ShapRows(columns, explainer)
{
    private readonly int _features = explainer.FeatureCount;
    private readonly IReadOnlyList<int> _remembered = scorer.Remembered;
    private RowWriter? _writer;

    public override void Done() => scorer.ForgetAfter(_remembered);

    protected override void BindFeatures(DataViewRow source, Func<string, ColumnBuffer?> kept) => _writer = scorer.Encoder(source);

    protected override void ReadFeatures(int row) => _writer!(Features.AsSpan(row * _features, _features));
}
