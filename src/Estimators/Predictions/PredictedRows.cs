using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Predictions;

/// <summary>Rows with SHAP values, and what a pipeline predicts of the very same rows.</summary>
internal sealed class PredictedRows : IRowToRowMapper
{
    private readonly IRowToRowMapper _shap;
    private readonly IRowToRowMapper _model;
    private readonly ScoreCheck? _check;
    private readonly string _values, _bases;
    private readonly string? _classes;

    // For every column its place among the explained ones, or the complement of its place among the pipeline's.
    private readonly int[] _origin;

    public PredictedRows(IRowToRowMapper shap, ITransformer model, DataViewSchema explained, ScoreCheck? check,
        IReadOnlySet<string> rawNames, string values, string bases, string? classes)
    {
        (_shap, _check, _values, _bases, _classes) = (shap, check, values, bases, classes);
        _model = model.GetRowToRowMapper(explained);
        var origin = Enumerable.Range(0, explained.Count).ToList();
        foreach (var column in _model.OutputSchema.Where(c => !c.IsHidden && !rawNames.Contains(c.Name)
            && _model.OutputSchema.Count(o => o.Name == c.Name) > explained.Count(o => o.Name == c.Name)))
            origin.Add(~column.Index);
        _origin = [.. origin];
        Explained = explained;
        var builder = new DataViewSchema.Builder();
        foreach (var place in _origin)
        {
            var column = place >= 0 ? explained[place] : _model.OutputSchema[~place];
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        }
        OutputSchema = builder.ToSchema();
    }

    /// <summary>The columns with the SHAP values.</summary>
    public DataViewSchema Explained { get; }

    public DataViewSchema InputSchema => _shap.InputSchema;

    public DataViewSchema OutputSchema { get; }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        _shap.GetDependencies(Needed(dependingColumns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        DataViewSchema.Column[] active = [.. activeColumns];
        return Over(_shap.GetRow(input, Needed(active)), active);
    }

    /// <summary>The explained columns that columns of the whole need.</summary>
    public IReadOnlyList<DataViewSchema.Column> Needed(IEnumerable<DataViewSchema.Column> columns)
    {
        DataViewSchema.Column[] asked = [.. columns];
        var own = asked.Where(c => _origin[c.Index] >= 0).Select(c => _origin[c.Index]);
        var others = _model.GetDependencies(OfModel(asked)).Select(c => c.Index);
        var checks = IsChecked(asked) ? new[] { _values, _bases, _classes }.OfType<string>().Select(n => Explained[n].Index) : [];
        return [.. own.Concat(others).Concat(checks).Distinct().Order().Select(i => Explained[i])];
    }

    /// <summary>A row of the whole over one with the SHAP values, which it takes over.</summary>
    public PredictedRow Over(DataViewRow explained, IReadOnlyList<DataViewSchema.Column> active)
    {
        var model = _model.GetRow(explained, OfModel(active));
        return new PredictedRow(OutputSchema, _origin, explained, model, active.Select(c => c.Index).ToHashSet(),
            IsChecked(active) ? _check!.Of(model, explained, _values, _bases, _classes) : null, Checked);
    }

    private HashSet<int> Checked => [OutputSchema[_values].Index, OutputSchema[_bases].Index];

    private bool IsChecked(IReadOnlyList<DataViewSchema.Column> asked) => _check is not null && asked.Any(c => Checked.Contains(c.Index));

    private DataViewSchema.Column[] OfModel(IReadOnlyList<DataViewSchema.Column> asked)
    {
        var own = asked.Where(c => _origin[c.Index] < 0).Select(c => ~_origin[c.Index]);
        var checks = IsChecked(asked) ? _check!.Needed(_model.OutputSchema).Select(c => c.Index) : [];
        return [.. own.Concat(checks).Distinct().Order().Select(i => _model.OutputSchema[i])];
    }
}

/// <summary>The current row: raw columns, SHAP values, predictions. Values are checked once a row, when they are read.</summary>
internal sealed class PredictedRow(DataViewSchema schema, int[] origin, DataViewRow explained, DataViewRow model, IReadOnlySet<int> active,
    Action? check, IReadOnlySet<int> isChecked) : DataViewRow
{
    private long _checked = -1;
    private bool _disposed;

    public override DataViewSchema Schema => schema;

    public override long Position => explained.Position;

    public override long Batch => explained.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => explained.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!active.Contains(column.Index))
            throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the row was made.");
        var place = origin[column.Index];
        var getter = place >= 0 ? explained.GetGetter<TValue>(explained.Schema[place]) : model.GetGetter<TValue>(model.Schema[~place]);
        if (check is null || !isChecked.Contains(column.Index))
            return getter;
        return (ref TValue value) =>
        {
            getter(ref value);
            if (Position == _checked)
                return;
            check();
            _checked = Position;
        };
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            model.Dispose();
            explained.Dispose();
        }
        base.Dispose(disposing);
    }
}

/// <summary>Data with SHAP values and predictions.</summary>
internal sealed class PredictedView(PredictedRows rows, IDataView explained) : IDataView
{
    public bool CanShuffle => explained.CanShuffle;

    public DataViewSchema Schema => rows.OutputSchema;

    public long? GetRowCount() => explained.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] asked = [.. columnsNeeded];
        return Over(explained.GetRowCursor(rows.Needed(asked), rand), asked);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] asked = [.. columnsNeeded];
        return [.. explained.GetRowCursorSet(rows.Needed(asked), n, rand).Select(c => Over(c, asked))];
    }

    private DataViewRowCursor Over(DataViewRowCursor source, DataViewSchema.Column[] asked)
    {
        try
        {
            return new Cursor(source, rows.Over(source, asked));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private sealed class Cursor(DataViewRowCursor source, PredictedRow row) : DataViewRowCursor
    {
        public override DataViewSchema Schema => row.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => row.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => row.GetGetter<TValue>(column);

        public override bool MoveNext() => source.MoveNext();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                row.Dispose();
            base.Dispose(disposing);
        }
    }
}
