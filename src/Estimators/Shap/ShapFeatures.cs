using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;
using Microsoft.ML.Introspection.Estimators.Pipelines;

namespace Microsoft.ML.Introspection.Estimators.Shap;

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
        ?? throw new ArgumentException($"The data has no column '{name}'; it has the columns {Listing.Of(schema.Where(c => !c.IsHidden).Select(c => c.Name))}."));

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

/// <summary>Where a feature's values stand.</summary>
internal sealed record ShapFeature(ReadColumn Column, int Slot)
{
    public bool IsCategorical => Column.IsCategorical;

    public float Value => Column.Row[Slot];

    public string Text => Column.TextOf(Slot);
}

/// <summary>Looks for what explained features are in each row.</summary>
/// <param name="schema">The data's columns.</param>
/// <param name="explained">The vector that was explained; null if it was none.</param>
/// <param name="others">Columns that hold no features.</param>
internal sealed class ShapFeatureSearch(DataViewSchema schema, ReadColumn? explained, IReadOnlyList<string> others)
{
    private readonly Dictionary<int, ReadColumn> _columns = [];

    /// <summary>Finds a feature; null where there is no such thing, as of groups.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="slot">Its slot in the explained column; null where that has other slots.</param>
    public ShapFeature? Find(string name, int? slot)
    {
        if (explained is not null && slot is { } own)
            return new ShapFeature(explained, own);
        if (explained is not null && PlaceOf(explained.Names, name) is >= 0 and var place)
            return new ShapFeature(explained, place);
        // The last column of a name counts, but a block of one-hot slots has the text that it was made of for a value, which is hidden behind it.
        foreach (var column in schema.Reverse())
        {
            if (others.Contains(column.Name) || !name.StartsWith(column.Name, StringComparison.Ordinal) || ColumnTypes.ItemOf(column.Type) is not (PrimitiveDataViewType or KeyDataViewType))
                continue;
            if (name.Length == column.Name.Length ? column.Type is VectorDataViewType : name[column.Name.Length] is not ('.' or '['))
                continue;
            var read = _columns.TryGetValue(column.Index, out var known) ? known : _columns[column.Index] = ReadColumn.Of(column);
            if (PlaceOf(read.FullNames, name) is >= 0 and var found)
                return new ShapFeature(read, found);
        }
        return null;
    }

    private static int PlaceOf(IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
            if (names[i] == name)
                return i;
        return -1;
    }
}
