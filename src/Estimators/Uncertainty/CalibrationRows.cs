using Microsoft.ML.Introspection.Estimators.Pipelines;

namespace Microsoft.ML.Introspection.Estimators.Uncertainty;

/// <summary>Rows that a model has not learnt from, read for calibration.</summary>
internal static class CalibrationRows
{
    /// <summary>Goes through the rows.</summary>
    /// <param name="data">The data.</param>
    /// <param name="columns">The columns that are read.</param>
    /// <param name="label">What is true of a row, where it is no number; null where a column among the others tells it.</param>
    /// <param name="read">Is given the numbers of each column, in order, and the label.</param>
    /// <exception cref="ArgumentException">A column is missing, a number is NaN, a label does not fit, or there are no rows.</exception>
    public static void Read(IDataView data, IReadOnlyList<string> columns, LabelReader? label, Action<ReadColumn[], double> read)
    {
        ReadColumn[] found = [.. columns.Select(c => ReadColumn.Of(data.Schema, c))];
        var needed = found.Select(c => c.Column).Concat(label is null ? [] : [label.Column]);
        using var cursor = data.GetRowCursor(needed.DistinctBy(c => c.Index));
        foreach (var column in found)
            column.Bind(cursor);
        label?.Bind(cursor);
        var rows = 0L;
        for (; cursor.MoveNext(); rows++)
        {
            foreach (var column in found)
            {
                column.Read();
                foreach (var number in column.Row)
                    if (float.IsNaN(number))
                        throw new ArgumentException($"Row {cursor.Position} of the calibration has NaN in the column "
                            + $"'{column.Column.Name}'; leave such rows out (FilterRowsByMissingValues).");
            }
            string? fault = null;
            var truth = label?.Read(out fault) ?? 0;
            if (fault is not null)
                throw new ArgumentException($"Row {cursor.Position} of the calibration has {fault}");
            read(found, truth);
        }
        if (rows == 0)
            throw new ArgumentException("There are no rows to calibrate on: Fit takes data that the model has not learnt from, with its "
                + "scores and labels.");
    }
}
