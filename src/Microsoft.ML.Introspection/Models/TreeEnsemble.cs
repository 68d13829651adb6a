using Microsoft.ML.Introspection.Onnx;

namespace Microsoft.ML.Introspection.Models;

/// <summary>
/// A sum of decision trees with one or several outputs: boosted trees, a random forest, whoever trained it. Immutable. The raw
/// score of an output is its base score and the leaves that a row reaches in the output's trees.
/// </summary>
public sealed class TreeEnsemble
{
    private readonly Tree[] _trees;
    private readonly double[] _baseScores;

    /// <summary>Takes the trees and checks that they fit.</summary>
    /// <param name="featureCount">The length of a row.</param>
    /// <param name="trees">The trees; random forests have their leaves divided by the number of trees already.</param>
    /// <param name="baseScores">What every output starts from, in raw scores; their number is that of the outputs.</param>
    /// <exception cref="InvalidModelException">
    /// A tree asks a feature or adds to an output that is not there; the message names tree and node.
    /// </exception>
    public TreeEnsemble(int featureCount, IReadOnlyList<Tree> trees, params IReadOnlyList<double> baseScores)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(featureCount, 1);
        ArgumentNullException.ThrowIfNull(trees);
        ArgumentNullException.ThrowIfNull(baseScores);
        if (baseScores.Count == 0 || baseScores.Any(b => !double.IsFinite(b)))
            throw new InvalidModelException(
                $"An ensemble needs a finite base score for every output; given were [{string.Join(", ", baseScores)}].");
        (FeatureCount, _trees, _baseScores) = (featureCount, [.. trees], [.. baseScores]);
        for (var i = 0; i < _trees.Length; i++)
            Check(i, _trees[i]);
    }

    /// <summary>The length of a row.</summary>
    public int FeatureCount { get; }

    /// <summary>The number of outputs: 1, or one for each class or target.</summary>
    public int OutputCount => _baseScores.Length;

    /// <summary>The trees.</summary>
    public IReadOnlyList<Tree> Trees => _trees;

    /// <summary>What every output starts from, in raw scores.</summary>
    public IReadOnlyList<double> BaseScores => _baseScores;

    /// <summary>The features' names; null where the file has none.</summary>
    public IReadOnlyList<string>? FeatureNames
    {
        get;
        init => field = value is null || value.Count == FeatureCount ? value is null ? null : [.. value]
            : throw new ArgumentException($"{value.Count} names were given for {FeatureCount} features.", nameof(FeatureNames));
    }

    /// <summary>The outputs' names; null where the file has none.</summary>
    public IReadOnlyList<string>? OutputNames
    {
        get;
        init => field = value is null || value.Count == OutputCount ? value is null ? null : [.. value]
            : throw new ArgumentException($"{value.Count} names were given for {OutputCount} outputs.", nameof(OutputNames));
    }

    /// <summary>How raw scores become predictions.</summary>
    public ScoreLink Link { get; init => field = value ?? throw new ArgumentNullException(nameof(Link)); } = ScoreLink.Identity;

    /// <summary>
    /// Whether values are rounded to single precision before they are compared, as XGBoost, ML.NET and most ONNX models do
    /// (LightGBM does not).
    /// </summary>
    public bool ComparesSingles { get; init; } = true;

    /// <summary>Whether every node of every tree tells how much of the training data passed it.</summary>
    public bool HasCover => Array.TrueForAll(_trees, t => t.HasCover);

    /// <summary>The most splits on the way to a leaf.</summary>
    public int Depth => _trees.Length == 0 ? 0 : _trees.Max(t => t.Depth);

    /// <summary>The raw scores of one row.</summary>
    /// <param name="row">A value for every feature; NaN for missing ones.</param>
    /// <param name="scores">Where to write, one for every output.</param>
    public void Score(ReadOnlySpan<double> row, Span<double> scores)
    {
        if (row.Length != FeatureCount || scores.Length != OutputCount)
            throw new ArgumentException($"A row of {FeatureCount} values and room for {OutputCount} scores were expected; given were "
                + $"{row.Length} and {scores.Length}.");
        if (ComparesSingles)
        {
            var rounded = new double[row.Length];
            for (var i = 0; i < rounded.Length; i++)
                rounded[i] = (float)row[i];
            row = rounded;
        }
        _baseScores.CopyTo(scores);
        foreach (var tree in _trees)
            scores[tree.Output] += tree.Nodes[tree.Leaf(row)].Value;
    }

    /// <summary>
    /// The same ensemble with the covers that some rows give it: how many of them pass each node. For models that do not tell
    /// their covers, and where the training data no longer stand for the data in use.
    /// </summary>
    /// <param name="rows">Shape [N, features], row by row; best the training data.</param>
    /// <exception cref="ArgumentException">There is no row, or the length does not fit.</exception>
    public TreeEnsemble WithCover(ReadOnlySpan<float> rows)
    {
        if (rows.IsEmpty || rows.Length % FeatureCount != 0)
            throw new ArgumentException($"Rows of {FeatureCount} values, at least one, were expected; given were {rows.Length} values.",
                nameof(rows));
        var covers = new TreeCovers(this);
        for (var start = 0; start < rows.Length; start += FeatureCount)
            covers.Add(rows.Slice(start, FeatureCount));
        return covers.Ensemble();
    }

    /// <summary>The same ensemble with the covers that some rows give it, which are read one by one.</summary>
    /// <param name="rows">Rows of a value for every feature; each may lie in the memory of the one before.</param>
    /// <exception cref="ArgumentException">There is no row, or a length does not fit.</exception>
    public TreeEnsemble WithCover(IEnumerable<ReadOnlyMemory<float>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var covers = new TreeCovers(this);
        foreach (var row in rows)
            covers.Add(row.Span);
        return covers.Ensemble();
    }

    /// <summary>The same ensemble with other names; null for none.</summary>
    /// <exception cref="ArgumentException">Their number is not that of the features, or of the outputs.</exception>
    public TreeEnsemble Named(IReadOnlyList<string>? features, IReadOnlyList<string>? outputs) => new(FeatureCount, _trees, _baseScores)
    {
        FeatureNames = features,
        OutputNames = outputs,
        Link = Link,
        ComparesSingles = ComparesSingles,
    };

    /// <summary>The raw scores of some of the outputs, as an ensemble without names or link.</summary>
    internal TreeEnsemble Only(IReadOnlyList<int> outputs) => new(
        FeatureCount,
        [.. outputs.SelectMany((output, place) =>
            _trees.Where(t => t.Output == output).Select(t => t.Output == place ? t : new Tree(t.Nodes, t.Sets, place)))],
        [.. outputs.Select(o => _baseScores[o])])
    {
        ComparesSingles = ComparesSingles,
    };

    internal TreeEnsemble With(IReadOnlyList<Tree> trees) => new(FeatureCount, trees, _baseScores)
    {
        FeatureNames = FeatureNames,
        OutputNames = OutputNames,
        Link = Link,
        ComparesSingles = ComparesSingles,
    };

    private void Check(int number, Tree tree)
    {
        if (tree.Output >= OutputCount)
            throw new InvalidModelException($"Tree {number} adds to output {tree.Output}; the ensemble has {OutputCount} outputs.");
        for (var i = 0; i < tree.Nodes.Length; i++)
            if (tree.Nodes[i].Feature >= FeatureCount)
                throw new InvalidModelException($"Node {i} of tree {number} asks feature {tree.Nodes[i].Feature}; a row has "
                    + $"{FeatureCount} features, 0 to {FeatureCount - 1}.");
    }
}
