using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>One row at a time, as a prediction engine wants it: the network runs when the input's position has changed.</summary>
internal sealed class ExplanationRow : DataViewRow
{
    private readonly SchemaBinding _binding;
    private readonly DataViewRow _input;
    private readonly RowScorer? _scorer;
    private readonly Delegate?[] _getters;
    private readonly RowPlace _place = new() { Row = 0 };
    private long _scored = -1;
    private bool _disposed;

    /// <summary>Takes over the input row and the scorer, and disposes of them.</summary>
    public ExplanationRow(SchemaBinding binding, DataViewRow input, bool[] active, RowScorer? scorer, IReadOnlyList<OutputColumn> outputs)
    {
        (_binding, _input, _scorer) = (binding, input, scorer);
        scorer?.Bind(input, _ => null);
        _getters = [.. active.Select((isActive, i) =>
            isActive && !binding.IsPassedThrough(i, out var index) ? ResultGetters.Of(scorer!, index, outputs[index].Type, _place) : null)];
    }

    public override DataViewSchema Schema => _binding.Whole;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) =>
        _binding.IsPassedThrough(_binding.CheckedIndex(column), out var index)
        ? _input.IsColumnActive(_input.Schema[index])
        : _getters[column.Index] is not null;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (_binding.IsPassedThrough(_binding.CheckedIndex(column), out var index))
            return _input.GetGetter<TValue>(_input.Schema[index]);
        var getter = ResultGetters.As<TValue>(_getters[column.Index] ?? throw new InvalidOperationException($"The column '{column.Name}' "
            + "was not asked for when the row was made."), column);
        return (ref TValue value) =>
        {
            Update();
            getter(ref value);
        };
    }

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        if (disposing)
        {
            _scorer?.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Update()
    {
        if (_input.Position == _scored)
            return;
        _scorer!.Restart(_input.Position);
        _scorer.Read();
        _scored = _input.Position;
    }
}
