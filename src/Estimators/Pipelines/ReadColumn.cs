using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>A column of which the current row is read: as numbers, and as texts.</summary>
internal sealed class ReadColumn
{
    private readonly ColumnCodec _codec;
    private readonly float[] _row;
    private RowEncoder? _encoder;

    private ReadColumn(DataViewSchema.Column column, ColumnCodec codec)
    {
        (Column, _codec) = (column, codec);
        _row = new float[codec.Column.FeatureCount];
        Names = SlotNames.Read(column, Size) ?? codec.FeatureNames;
    }

    public DataViewSchema.Column Column { get; }

    public int Size => _row.Length;

    /// <summary>The slots' names, by themselves.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The slots' names, behind the column's: what they are called as features of a pipeline.</summary>
    public IReadOnlyList<string> FullNames => _codec.FeatureNames;

    public bool IsCategorical => _codec.Column.IsCategorical;

    public ReadOnlySpan<float> Row => _row;

    /// <summary>Finds a column.</summary>
    /// <exception cref="ArgumentException">There is none, or nothing can be read from it.</exception>
    public static ReadColumn Of(DataViewSchema schema, string name) => Of(schema.GetColumnOrNull(name)
        ?? throw new ArgumentException(
            $"The data has no column '{name}'; it has the columns {Listing.Of(schema.Where(c => !c.IsHidden).Select(c => c.Name))}."));

    public static ReadColumn Of(DataViewSchema.Column column)
    {
        try
        {
            return new(column, ColumnCodec.Of(column, 0, whole: false));
        }
        catch (NotSupportedException)
        {
            throw new ArgumentException($"The column '{column.Name}' of type {column.Type} holds neither numbers nor texts.");
        }
    }

    public void Bind(DataViewRow row) => _encoder = _codec.EncoderOf(row, Column);

    public void Read() => _encoder!.Write(_row);

    public string TextOf(int slot) => _codec.Text(_row[slot]);

    /// <summary>Whether texts of keys are their values, and not just numbers.</summary>
    public bool HasKeyNames => _codec.KeyNames is not null;
}
