namespace Microsoft.ML.Introspection.Explaining;

/// <summary>
/// Rows that stand for what is usual: features that are taken away have their values in these. Read when they are first needed.
/// </summary>
public sealed class Background
{
    private readonly Lazy<float[]> _rows;
    private readonly Func<IEnumerable<ReadOnlyMemory<float>>>? _all;

    /// <summary>Takes rows.</summary>
    /// <param name="rows">Shape [B, features], as the model sees them.</param>
    /// <param name="remark">Where they come from, for people: "against zeros".</param>
    public Background(float[] rows, string remark = "against a background") : this(() => rows, remark)
    {
    }

    /// <summary>Takes rows that are read when they are needed.</summary>
    /// <param name="rows">Reads them, shape [B, features]: a sample, some tens to hundreds.</param>
    /// <param name="remark">Where they come from, for people.</param>
    /// <param name="all">
    /// Reads all rows that the sample is one of, for what takes nothing but a mean of them; null where the sample is all.
    /// </param>
    public Background(Func<float[]> rows, string remark, Func<IEnumerable<ReadOnlyMemory<float>>>? all = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        (_all, Remark) = (all, remark);
        _rows = new Lazy<float[]>(() => rows() is { Length: > 0 } given ? given : throw new ArgumentException("There is no background "
            + "row: the data given for it is empty."));
    }

    /// <summary>The rows, shape [B, features].</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public float[] Rows => _rows.Value;

    /// <summary>Where they come from, for people.</summary>
    public string Remark { get; }

    /// <summary>One row of zeros.</summary>
    public static Background Zero(int features) => new(new float[features], "against zeros");

    /// <summary>
    /// The places of rows that are spread evenly: the middle one of each of equal parts; all of them where there are not more.
    /// </summary>
    /// <param name="count">How many rows there are.</param>
    /// <param name="most">How many to take at most.</param>
    public static long[] Spread(long count, int most)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var taken = (int)Math.Min(count, most);
        return [.. Enumerable.Range(0, taken).Select(i => (long)((2 * i + 1) * (Int128)count / (2 * taken)))];
    }

    /// <summary>
    /// The mean of every feature over all rows, for models that take no missing values; null where the rows are all there is.
    /// </summary>
    /// <exception cref="ArgumentException">There is no row, or a value is missing or infinite.</exception>
    internal double[]? Means(int features)
    {
        if (_all is null)
            return null;
        var (means, rows) = (new double[features], 0L);
        foreach (var row in _all())
        {
            rows++;
            for (var i = 0; i < features; i++)
                means[i] += (row.Span[i] - means[i]) / rows;
        }
        if (rows == 0)
            throw new ArgumentException("There is no background row to take means of: the data given for it is empty.");
        return Array.FindIndex(means, m => !double.IsFinite(m)) is >= 0 and var missing
            ? throw new ArgumentException($"Feature {missing} of the background has missing or infinite values, which linear models have "
                + "no answer to. Replace missing values first (ReplaceMissingValues).")
            : means;
    }
}
