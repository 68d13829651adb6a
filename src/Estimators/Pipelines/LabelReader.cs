using Microsoft.ML.Data;
using Microsoft.ML.Introspection.Estimators.Columns;

namespace Microsoft.ML.Introspection.Estimators.Pipelines;

/// <summary>
/// Reads what is true of rows as metrics want it: numbers as they are, truth values as 0 and 1, classes by their place among the scores.
/// </summary>
internal static class LabelReader
{
    /// <summary>Reads the labels of some rows.</summary>
    /// <param name="data">The data.</param>
    /// <param name="columnName">The label column.</param>
    /// <param name="classes">What the scores are called.</param>
    /// <param name="positions">Which rows.</param>
    /// <exception cref="ArgumentException">There is no such column, or a label is missing or is none of the classes.</exception>
    public static double[] Read(IDataView data, string columnName, IReadOnlyList<string> classes, IReadOnlySet<long> positions)
    {
        var label = ReadColumn.Of(data.Schema, columnName);
        if (label.Size != 1)
            throw new ArgumentException($"The label column '{columnName}' has {label.Size} values in a row; one was expected.");
        var type = ColumnTypes.ItemOf(label.Column.Type);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var place = 0; place < classes.Count; place++)
            places.TryAdd(classes[place], place);
        var labels = new List<double>();
        using var cursor = data.GetRowCursor([label.Column]);
        label.Bind(cursor);
        while (cursor.MoveNext())
        {
            if (!positions.Contains(cursor.Position))
                continue;
            label.Read();
            labels.Add(Label(cursor.Position));
        }
        return [.. labels];

        double Label(long row)
        {
            var code = label.Row[0];
            if (type is KeyDataViewType && code == 0 || float.IsNaN(code))
                throw new ArgumentException($"Row {row} has no label: '{columnName}' is missing there. Leave such rows out.");
            // A single score has no class for a name.
            var text = label.TextOf(0);
            if (classes.Count > 1 && places.TryGetValue(text, out var place))
                return place;
            return type switch
            {
                NumberDataViewType or BooleanDataViewType => code,
                // Keys whose values nobody knows count from 1.
                KeyDataViewType when !label.HasKeyNames && code <= Math.Max(classes.Count, 2) => code - 1,
                _ => throw new ArgumentException(classes.Count > 1
                    ? $"The label '{text}' of row {row} is none of the model's classes, which are: {Listing.Of(classes)}."
                    : $"The label '{text}' of row {row} cannot be compared with the single score '{classes[0]}'; a number or a truth "
                        + "value was expected."),
            };
        }
    }
}
