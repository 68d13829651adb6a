namespace Microsoft.ML.Introspection.Shapley.Trees.Graphs;

/// <summary>The splits of one level of many trees, ordered by how many of their children are splits.</summary>
internal sealed class PathLevel
{
    private PathLevel(IReadOnlyList<PathSplit> splits)
    {
        Order = [.. Enumerable.Range(0, splits.Count).OrderBy(i => splits[i].First is null ? 2 : splits[i].Second is null ? 1 : 0)];
        PathSplit[] ordered = [.. Order.Select(i => splits[i])];
        Both = [.. ordered.Where(s => s.Second is not null)];
        One = [.. ordered.Where(s => s.First is not null && s.Second is null)];
        None = [.. ordered.Where(s => s.First is null)];
    }

    /// <summary>The splits whose children both are splits.</summary>
    public PathSplit[] Both { get; }

    /// <summary>Behind them, those whose first child is.</summary>
    public PathSplit[] One { get; }

    /// <summary>Last, those of two leaves.</summary>
    public PathSplit[] None { get; }

    /// <summary>All splits.</summary>
    public IEnumerable<PathSplit> Splits => [.. Both, .. One, .. None];

    /// <summary>
    /// Where each split stands among the children of the level above: the first children of <see cref="Both"/>, those of <see cref="One"/>,
    /// the second ones of <see cref="Both"/>.
    /// </summary>
    public int[] Order { get; }

    /// <summary>The levels of trees, from the roots.</summary>
    public static IReadOnlyList<PathLevel> Of(IReadOnlyList<PathSplit> roots)
    {
        var levels = new List<PathLevel>();
        for (var splits = roots; splits.Count > 0;)
        {
            var level = new PathLevel(splits);
            levels.Add(level);
            splits = [.. level.Both.Select(s => s.First!), .. level.One.Select(s => s.First!), .. level.Both.Select(s => s.Second!)];
        }
        return levels;
    }
}
