namespace Microsoft.ML.Introspection.Estimators.Scoring;

/// <summary>Explanation columns added to the columns of some data: where each column of the whole comes from.</summary>
internal sealed class SchemaBinding
{
    // For every column of the whole the source's column, or the complement of the number of an explanation column.
    private readonly List<int> _origin;
    private readonly int[] _read;

    /// <summary>Adds the columns; one whose name is there already comes right behind its namesake and hides it.</summary>
    /// <param name="source">The columns of the data.</param>
    /// <param name="read">Those that explanations are made of.</param>
    /// <param name="added">The explanations.</param>
    public SchemaBinding(
        DataViewSchema source, IEnumerable<DataViewSchema.Column> read, IEnumerable<DataViewSchema.DetachedColumn> added)
    {
        Source = source;
        _read = [.. read.Select(c => c.Index)];
        var all = source.Select(c => new DataViewSchema.DetachedColumn(c)).ToList();
        _origin = [.. Enumerable.Range(0, source.Count)];
        foreach (var (i, column) in added.Index())
        {
            var place = all.FindLastIndex(c => c.Name == column.Name) is var last and >= 0 ? last + 1 : all.Count;
            all.Insert(place, column);
            _origin.Insert(place, ~i);
        }
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(all);
        Whole = builder.ToSchema();
    }

    /// <summary>The columns of the data.</summary>
    public DataViewSchema Source { get; }

    /// <summary>The columns of the data and the explanations.</summary>
    public DataViewSchema Whole { get; }

    /// <summary>
    /// Whether a column of the whole is passed through, and where it lies in the source; otherwise the explanation's number.
    /// </summary>
    public bool IsPassedThrough(int column, out int index)
    {
        index = _origin[column] >= 0 ? _origin[column] : ~_origin[column];
        return _origin[column] >= 0;
    }

    /// <summary>Which columns of the whole are among those asked for.</summary>
    public bool[] Active(IEnumerable<DataViewSchema.Column> asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        var active = new bool[Whole.Count];
        foreach (var column in asked)
            active[CheckedIndex(column)] = true;
        return active;
    }

    /// <summary>The index of a column that must belong to the whole.</summary>
    public int CheckedIndex(DataViewSchema.Column column) => column.Index < Whole.Count && Whole[column.Index].Name == column.Name
        ? column.Index
        : throw new ArgumentOutOfRangeException(nameof(column),
            $"The column '{column.Name}' (number {column.Index}) does not belong to this data.");

    /// <summary>Whether an explanation is among the active columns.</summary>
    public bool Explains(bool[] active) => Enumerable.Range(0, active.Length).Any(i => active[i] && _origin[i] < 0);

    /// <summary>The source's columns that are passed through.</summary>
    public IEnumerable<DataViewSchema.Column> PassedThrough(bool[] active) =>
        Enumerable.Range(0, active.Length).Where(i => active[i] && _origin[i] >= 0).Select(i => Source[_origin[i]]);

    /// <summary>All columns of the source that the active columns need.</summary>
    public IEnumerable<DataViewSchema.Column> Needed(bool[] active)
    {
        var needed = PassedThrough(active).Select(c => c.Index);
        if (Explains(active))
            needed = needed.Concat(_read);
        return [.. needed.Distinct().Order().Select(i => Source[i])];
    }
}
