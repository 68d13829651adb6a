// Offline stand-in for ML.NET, used where no NuGet source has the real packages; not shipped.
namespace Microsoft.ML.Data;

/// <summary>Where the columns of an output schema come from: the input, or those added to it. A column added under an old name follows the one it hides.</summary>
internal sealed class ColumnBindings
{
    private readonly int[] _sources;

    public ColumnBindings(DataViewSchema input, DataViewSchema.DetachedColumn[] added)
    {
        InputSchema = input;
        var sources = Enumerable.Range(0, input.Count).ToList();
        var names = input.Select(column => column.Name).ToList();
        for (var i = 0; i < added.Length; i++)
        {
            var last = names.LastIndexOf(added[i].Name);
            var at = last >= 0 ? last + 1 : names.Count;
            names.Insert(at, added[i].Name);
            sources.Insert(at, ~i);
        }
        _sources = [.. sources];
        Added = new int[added.Length];
        var builder = new DataViewSchema.Builder();
        for (var i = 0; i < _sources.Length; i++)
        {
            var column = _sources[i] >= 0 ? new DataViewSchema.DetachedColumn(input[_sources[i]]) : added[~_sources[i]];
            builder.AddColumn(column.Name, column.Type, column.Annotations);
            if (_sources[i] < 0)
                Added[~_sources[i]] = i;
        }
        Schema = builder.ToSchema();
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema Schema { get; }

    /// <summary>The place in the output schema of each added column.</summary>
    public int[] Added { get; }

    public bool IsInput(int column, out int index)
    {
        var source = _sources[column];
        index = source >= 0 ? source : ~source;
        return source >= 0;
    }

    public Func<int, bool> ActiveAdded(bool[] active) => i => i >= 0 && i < Added.Length && active[Added[i]];

    public IEnumerable<DataViewSchema.Column> InputsFor(bool[] active, IRowMapper mapper)
    {
        var passed = new bool[InputSchema.Count];
        for (var i = 0; i < _sources.Length; i++)
        {
            if (active[i] && _sources[i] >= 0)
                passed[_sources[i]] = true;
        }
        var needed = mapper.GetDependencies(ActiveAdded(active));
        return InputSchema.Where(column => passed[column.Index] || needed(column.Index));
    }
}
