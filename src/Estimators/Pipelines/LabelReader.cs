using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>
/// Reads what is true of rows: numbers as they are, truth values as 0 and 1, classes by their place among the scores, whether they stand in
/// the column as texts or as keys, in whatever order.
/// </summary>
internal sealed class LabelReader
{
    private readonly ReadColumn _column;
    private readonly IReadOnlyList<string> _classes;
    private readonly DataViewType _type;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    /// <summary>Takes a column.</summary>
    /// <param name="column">The label column.</param>
    /// <param name="classes">What the scores are called.</param>
    /// <exception cref="ArgumentException">The column holds no single label.</exception>
    public LabelReader(DataViewSchema.Column column, IReadOnlyList<string> classes)
    {
        (_column, _classes, _type) = (ReadColumn.Of(column), classes, ColumnTypes.ItemOf(column.Type));
        if (_column.Size != 1)
            throw new ArgumentException($"The label column '{column.Name}' has {_column.Size} values in a row; one was expected.");
        for (var place = 0; place < classes.Count; place++)
            _places.TryAdd(classes[place], place);
    }

    /// <summary>Reads the labels of some rows.</summary>
    /// <param name="data">The data.</param>
    /// <param name="columnName">The label column.</param>
    /// <param name="classes">What the scores are called.</param>
    /// <param name="positions">Which rows.</param>
    /// <exception cref="ArgumentException">There is no such column, or a label is missing or is none of the classes.</exception>
    public static double[] Read(IDataView data, string columnName, IReadOnlyList<string> classes, IReadOnlySet<long> positions)
    {
        var reader = new LabelReader(ReadColumn.Of(data.Schema, columnName).Column, classes);
        var labels = new List<double>();
        using var cursor = data.GetRowCursor([reader._column.Column]);
        reader.Bind(cursor);
        while (cursor.MoveNext())
        {
            if (!positions.Contains(cursor.Position))
                continue;
            labels.Add(reader.Read(out var fault));
            if (fault is not null)
                throw new ArgumentException($"Row {cursor.Position} has {fault}");
        }
        return [.. labels];
    }

    /// <summary>The column.</summary>
    public DataViewSchema.Column Column => _column.Column;

    /// <summary>Says where rows come from.</summary>
    public void Bind(DataViewRow source) => _column.Bind(source);

    /// <summary>The label of the source's current row.</summary>
    /// <param name="fault">What is wrong with it; null where nothing is.</param>
    public double Read(out string? fault)
    {
        fault = null;
        _column.Read();
        var code = _column.Row[0];
        if (_type is KeyDataViewType && code == 0 || float.IsNaN(code))
        {
            fault = $"no label: '{_column.Column.Name}' is missing there. Leave such rows out.";
            return 0;
        }
        // A single score has no class for a name.
        var text = _column.TextOf(0);
        if (_classes.Count > 1 && _places.TryGetValue(text, out var place))
            return place;
        switch (_type)
        {
            case NumberDataViewType or BooleanDataViewType:
                return code;
            // Keys whose values nobody knows count from 1.
            case KeyDataViewType when !_column.HasKeyNames && code <= Math.Max(_classes.Count, 2):
                return code - 1;
            default:
                fault = _classes.Count > 1
                    ? $"a label '{text}' that is none of the model's classes, which are: {Listing.Of(_classes)}."
                    : $"a label '{text}' that cannot be compared with the single score '{_classes[0]}'; a number or a truth value was "
                        + "expected.";
                return 0;
        }
    }
}
