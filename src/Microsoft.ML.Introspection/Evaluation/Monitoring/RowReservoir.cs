namespace Microsoft.ML.Introspection.Evaluation.Monitoring;

/// <summary>
/// A sample of rows that are seen once: all of them as long as there is room, then each with the same chance (Vitter 1985, algorithm R).
/// </summary>
internal sealed class RowReservoir(int columns, int capacity, int seed)
{
    private readonly double[][] _columns = [.. Enumerable.Range(0, columns).Select(_ => new double[Math.Min(capacity, 1024)])];
    private readonly Random _random = new(seed);

    public long Seen { get; private set; }

    public int Count => (int)Math.Min(Seen, capacity);

    /// <summary>Whether every row is there.</summary>
    public bool IsWhole => Seen <= capacity;

    public void Add(ReadOnlySpan<double> row)
    {
        var place = Seen < capacity ? Seen : _random.NextInt64(Seen + 1);
        Seen++;
        if (place >= capacity)
            return;
        if (place >= _columns[0].Length)
            for (var column = 0; column < columns; column++)
                Array.Resize(ref _columns[column], Math.Min(capacity, 2 * _columns[column].Length));
        for (var column = 0; column < columns; column++)
            _columns[column][place] = row[column];
    }

    public ReadOnlySpan<double> this[int column] => _columns[column].AsSpan(0, Count);

    /// <summary>The finite numbers of a column in their order.</summary>
    public double[] Sorted(int column)
    {
        double[] sorted = [.. _columns[column].Take(Count).Where(double.IsFinite)];
        Array.Sort(sorted);
        return sorted;
    }
}
