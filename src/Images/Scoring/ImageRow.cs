using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Scoring;
using Microsoft.ML.Introspection.Images.Pictures;
using Microsoft.ML.Introspection.Runtime;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>Adds explanations to single rows.</summary>
internal sealed class ImageRowMapper(ImageExplanationTransformer transformer, SchemaBinding binding) : IRowToRowMapper
{
    public DataViewSchema InputSchema => binding.Source;

    public DataViewSchema OutputSchema => binding.Whole;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        binding.Needed(binding.Active(dependingColumns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!ReferenceEquals(input.Schema, InputSchema))
            throw new ArgumentException("The row must have the very schema that the mapper was made for.", nameof(input));
        return new ImageRow(binding, input, binding.Active(activeColumns), transformer);
    }
}

/// <summary>One row at a time, as a prediction engine wants it: an image is explained when the input's position has changed.</summary>
internal sealed class ImageRow : DataViewRow
{
    private readonly SchemaBinding _binding;
    private readonly DataViewRow _input;
    private readonly Delegate?[] _getters;
    private readonly SingleImage? _single;
    private bool _disposed;

    /// <summary>Takes over the input row, and disposes of it.</summary>
    public ImageRow(SchemaBinding binding, DataViewRow input, bool[] active, ImageExplanationTransformer transformer)
    {
        (_binding, _input) = (binding, input);
        if (binding.Explains(active))
            _single = new SingleImage(transformer, input, transformer.Wanted(binding, active));
        _getters = [.. active.Select((isActive, i) => isActive && !binding.IsPassedThrough(i, out var index)
            ? ImageGetters.Of(transformer.Plan.Columns[index], () => _single!.Result(index)) : null)];
    }

    public override DataViewSchema Schema => _binding.Whole;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) =>
        _binding.IsPassedThrough(_binding.CheckedIndex(column), out var index) ? _input.IsColumnActive(_input.Schema[index])
            : _getters[column.Index] is not null;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        _binding.IsPassedThrough(_binding.CheckedIndex(column), out var index) ? _input.GetGetter<TValue>(_input.Schema[index])
            : ImageDataView.As<TValue>(_getters[column.Index] ?? throw new InvalidOperationException(
                $"The column '{column.Name}' was not asked for when the row was made."), column);

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        if (disposing)
        {
            _single?.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }
}

/// <summary>Explains the image of a row when its position has changed.</summary>
internal sealed class SingleImage : IDisposable
{
    private readonly DataViewRow _input;
    private readonly PictureEngine _engine;
    private readonly SharedSession _session;
    private readonly BatchRunner _runner;
    private readonly PictureBatch _batch;
    private readonly Func<PictureValue> _images;
    private long _explained = -1;
    private int _disposed;

    public SingleImage(ImageExplanationTransformer transformer, DataViewRow input, bool[] wanted)
    {
        (_input, _session) = (input, transformer.Session);
        _engine = new PictureEngine(transformer.Plan, input.Schema, transformer.Host);
        _images = ImageSource.Of(transformer.Plan, input);
        var opened = _session.Acquire();
        try
        {
            _runner = new BatchRunner(opened, transformer.Plan.Model, 1);
        }
        catch
        {
            _session.Release();
            throw;
        }
        _batch = new PictureBatch(_engine, _runner, 1, wanted);
        transformer.Lend(this);
    }

    /// <summary>What a column has of the current row.</summary>
    public object? Result(int column)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, typeof(ITransformer));
        if (_input.Position != _explained || _batch.Count == 0)
        {
            _batch.Restart();
            _batch.Add(_images());
            _explained = _input.Position;
        }
        return _batch.Result(column, 0, _input.Position);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _batch.Dispose();
        _engine.Dispose();
        _runner.Dispose();
        _session.Release();
    }
}
