using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>Reads a feature column into one array, row by row.</summary>
internal static class FeatureVectors
{
    /// <summary>Reads the column's vectors, sparse ones filled up.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="columnName">A vector of float of known size.</param>
    /// <param name="maximumRows">How many rows to read at most.</param>
    /// <returns>Shape [N, slots].</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such column, or it is of another type.</exception>
    public static float[] Read(IDataView data, string columnName, int maximumRows = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumRows, 1);
        return [.. Rows(data, columnName).Take(maximumRows).SelectMany(row => row.ToArray())];
    }

    /// <summary>Reads some of the column's vectors, spread evenly over the data.</summary>
    /// <inheritdoc cref="Read"/>
    public static float[] Sample(IDataView data, string columnName, int maximumRows)
    {
        var chosen = SampledRows.Of(data, maximumRows);
        return [.. Rows(data, columnName).Where((_, position) => chosen.Contains(position)).SelectMany(row => row.ToArray())];
    }

    /// <summary>The column's vectors one by one, in the memory of the one before.</summary>
    /// <inheritdoc cref="Read"/>
    public static IEnumerable<ReadOnlyMemory<float>> Rows(IDataView data, string columnName)
    {
        ArgumentNullException.ThrowIfNull(data);
        var column = data.Schema.GetColumnOrNull(columnName) ?? throw new ArgumentOutOfRangeException(nameof(data),
            $"The data has no feature column '{columnName}'; it has the columns "
                + $"{Listing.Of(data.Schema.Where(c => !c.IsHidden).Select(c => c.Name))}.");
        var size = SizeOf(column.Type, columnName);
        return Rows(data, column, size);
    }

    private static IEnumerable<ReadOnlyMemory<float>> Rows(IDataView data, DataViewSchema.Column column, int size)
    {
        var row = new float[size];
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            if (value.Length != size)
                throw new InvalidOperationException($"The vector of column '{column.Name}' in row {cursor.Position} has {value.Length} "
                    + $"items; the column's type says {size}.");
            value.CopyTo(row);
            yield return row;
        }
    }

    /// <summary>The size of a feature vector.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The type is no vector of float of known size.</exception>
    public static int SizeOf(DataViewType? type, string? columnName) =>
        type is VectorDataViewType { IsKnownSize: true, ItemType: var item } vector && item == NumberDataViewType.Single ? vector.Size
            : throw new ArgumentOutOfRangeException(nameof(type), $"The feature column '{columnName}' is of type "
                + $"{type?.ToString() ?? "unknown"}; a vector of float of known size was expected.");
}
