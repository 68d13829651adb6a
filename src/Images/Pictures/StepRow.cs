using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Images.Pictures;

/// <summary>One of ML.NET's own steps, given image by image. Not for several threads at once.</summary>
internal sealed class StepRow<T> : IDisposable
{
    private readonly Feed _feed;
    private readonly DataViewRow _row;
    private readonly ValueGetter<T> _getter;

    /// <summary>Opens a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="inputs">The columns that it reads; all are given the same image.</param>
    /// <param name="type">What they hold.</param>
    /// <param name="output">The column that is wanted.</param>
    public StepRow(ITransformer step, IEnumerable<string> inputs, DataViewType type, string output)
    {
        _feed = new Feed(inputs, type);
        var mapper = step.GetRowToRowMapper(_feed.Schema);
        var column = mapper.OutputSchema[output];
        Type = column.Type;
        _row = mapper.GetRow(_feed, [column]);
        _getter = _row.GetGetter<T>(column);
    }

    /// <summary>What it makes.</summary>
    public DataViewType Type { get; }

    /// <summary>Takes an image through the step.</summary>
    public void Apply(MLImage? image, ref T value)
    {
        _feed.Give(image);
        _getter(ref value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A step disposes of the image that it saw last, which may be the user's own.
        T value = default!;
        Apply(null, ref value);
        _row.Dispose();
    }

    private sealed class Feed : DataViewRow
    {
        private MLImage? _image;
        private long _position = -1;

        public Feed(IEnumerable<string> names, DataViewType type)
        {
            var builder = new DataViewSchema.Builder();
            foreach (var name in names)
                builder.AddColumn(name, type);
            Schema = builder.ToSchema();
        }

        public override DataViewSchema Schema { get; }

        public override long Position => _position;

        public override long Batch => 0;

        public void Give(MLImage? image)
        {
            _image = image;
            _position++;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            (ValueGetter<TValue>)(object)(ValueGetter<MLImage>)((ref MLImage value) => value = _image!);
    }
}
