namespace Microsoft.ML.Introspection.Models;

/// <summary>Counts how many rows pass each node.</summary>
internal sealed class TreeCovers(TreeEnsemble ensemble)
{
    private readonly double[][] _covers = [.. ensemble.Trees.Select(t => new double[t.Nodes.Length])];
    private readonly double[] _row = new double[ensemble.FeatureCount];
    private bool _isEmpty = true;

    /// <summary>Sends a row through all trees.</summary>
    /// <exception cref="ArgumentException">The length does not fit.</exception>
    public void Add(ReadOnlySpan<float> row)
    {
        if (row.Length != _row.Length)
            throw new ArgumentException($"A row of {_row.Length} values was expected; given were {row.Length}.", nameof(row));
        for (var i = 0; i < row.Length; i++)
            _row[i] = row[i];
        for (var i = 0; i < _covers.Length; i++)
            Pass(ensemble.Trees[i], _covers[i]);
        _isEmpty = false;
    }

    /// <summary>The ensemble with these covers.</summary>
    /// <exception cref="ArgumentException">There was no row.</exception>
    public TreeEnsemble Ensemble() => _isEmpty
        ? throw new ArgumentException($"Rows of {_row.Length} values, at least one, were expected to take covers from; there was none.")
        : ensemble.With([.. ensemble.Trees.Zip(_covers, (tree, cover) => tree.WithCover(cover))]);

    private void Pass(Tree tree, double[] cover)
    {
        var at = 0;
        while (true)
        {
            cover[at]++;
            ref readonly var node = ref tree.Nodes[at];
            if (node.IsLeaf)
                return;
            at = tree.GoesLeft(node, _row[node.Feature]) ? node.Left : node.Right;
        }
    }
}
