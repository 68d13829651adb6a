using Microsoft.ML.Introspection.Explaining;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>
/// A sample of the rows of some data that is the same every time: spread evenly, so that data in some order is met fairly.
/// </summary>
internal static class SampledRows
{
    /// <summary>The positions of the chosen rows; all of them where there are not more.</summary>
    public static HashSet<long> Of(IDataView data, int rows)
    {
        ArgumentNullException.ThrowIfNull(data);
        var count = data.GetRowCount() ?? Count(data);
        return [.. Background.Spread(count, rows)];
    }

    private static long Count(IDataView data)
    {
        using var cursor = data.GetRowCursor([]);
        var count = 0L;
        while (cursor.MoveNext())
            count++;
        return count;
    }
}
