using Microsoft.ML.Introspection.Estimators.Scoring;

namespace Microsoft.ML.Introspection.Images.Scoring;

/// <summary>Data with explanation columns of images. Nothing is computed before a cursor on one of them moves.</summary>
internal sealed class ImageDataView(ImageExplanationTransformer transformer, IDataView source, SchemaBinding binding) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => binding.Whole;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = binding.Active(columnsNeeded);
        return Wrap([source.GetRowCursor(binding.Needed(active), rand)], active)[0];
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        var active = binding.Active(columnsNeeded);
        // One cursor already keeps all cores busy; more of them would only hold more memory.
        return binding.Explains(active) ? Wrap([source.GetRowCursor(binding.Needed(active), rand)], active)
            : Wrap(source.GetRowCursorSet(binding.Needed(active), n, rand), active);
    }

    /// <summary>The getter as one of <typeparamref name="TValue"/>.</summary>
    /// <exception cref="InvalidOperationException">The column holds something else.</exception>
    public static ValueGetter<TValue> As<TValue>(Delegate getter, DataViewSchema.Column column) => getter as ValueGetter<TValue>
        ?? throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type.RawType}, not {typeof(TValue)}.");

    private DataViewRowCursor[] Wrap(DataViewRowCursor[] cursors, bool[] active)
    {
        var wrapped = new DataViewRowCursor[cursors.Length];
        try
        {
            for (var i = 0; i < cursors.Length; i++)
                wrapped[i] = binding.Explains(active) ? new ImageCursor(binding, cursors[i], active, transformer)
                    : new PassingCursor(binding, cursors[i], active);
            return wrapped;
        }
        catch
        {
            // No session, no cursor: the source's must not stay open.
            for (var i = 0; i < cursors.Length; i++)
                (wrapped[i] ?? cursors[i]).Dispose();
            throw;
        }
    }
}
