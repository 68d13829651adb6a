using Microsoft.ML.Introspection.Models;
using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Importers;

/// <summary>The trees of a file as they are made: their number of nodes is bounded, and errors say which tree they speak of.</summary>
internal sealed class TreeList
{
    /// <summary>
    /// The most nodes of all trees together. A tree of a file may become several, so that the file's size does not bound them.
    /// </summary>
    public const int MaximumNodes = 1 << 26;

    private readonly List<Tree> _trees = [];
    private long _nodes;

    /// <summary>The trees so far.</summary>
    public IReadOnlyList<Tree> Trees => _trees;

    /// <summary>Adds what one tree of the file becomes.</summary>
    /// <param name="number">The tree's number in the file.</param>
    /// <param name="trees">Makes the trees, one when the one before has been taken.</param>
    /// <exception cref="InvalidModelException">One cannot be made, or there are too many nodes; the message names the tree.</exception>
    public void Add(int number, IEnumerable<Tree> trees)
    {
        try
        {
            foreach (var tree in trees)
            {
                _nodes += tree.Nodes.Length;
                if (_nodes > MaximumNodes)
                    throw new InvalidModelException(
                        $"With it the model has more than {MaximumNodes:N0} nodes, counted once for each output that they add to.");
                _trees.Add(tree);
            }
        }
        catch (InvalidModelException e)
        {
            throw new InvalidModelException($"Tree {number}: {e.Message}", e);
        }
    }
}
