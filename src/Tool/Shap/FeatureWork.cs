using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Rows;

namespace Microsoft.ML.Introspection.Tool.Shap;

/// <summary>Work on rows as the features of a model.</summary>
/// <param name="rows">How rows become features.</param>
/// <param name="capacity">How many rows at once.</param>
internal abstract class FeatureWork(FeatureRows rows, int capacity) : IBlockWork
{
    public int Capacity => capacity;

    public abstract IReadOnlyList<ResultPort> Ports { get; }

    /// <summary>Plain scores of the same rows, which are read once; null for none.</summary>
    public ScoreWork? Scoring { get; init; }

    /// <summary>The rows of the block.</summary>
    protected RowBlock Block { get; } = rows.Block(capacity);

    public void Take(RowSource source, int place) => rows.Take(Block, place);

    public void Compute(long first, int count, Action<double> progress, CancellationToken cancellation)
    {
        (Block.First, Block.Count) = (first, count);
        rows.Complete(Block);
        Scoring?.Score(Block, cancellation);
        Compute(progress, cancellation);
        rows.Forget();
    }

    public virtual void Dispose() { }

    /// <summary>Computes the results of the rows of the block.</summary>
    protected abstract void Compute(Action<double> progress, CancellationToken cancellation);
}

/// <summary>Scores of a block of rows, [N, outputs].</summary>
internal delegate void BlockScores(RowBlock rows, Memory<double> scores, CancellationToken cancellation);

/// <summary>The plain scores of a model.</summary>
internal sealed class ScoreWork : FeatureWork
{
    private readonly double[] _scores;
    private readonly BlockScores _score;
    private readonly int _outputs;

    /// <summary>Makes room for scores.</summary>
    /// <param name="rows">How rows become features.</param>
    /// <param name="capacity">How many rows at once.</param>
    /// <param name="outputs">How many scores a row has.</param>
    /// <param name="score">Computes them.</param>
    public ScoreWork(FeatureRows rows, int capacity, int outputs, BlockScores score) : base(rows, capacity)
    {
        (_outputs, _score, _scores) = (outputs, score, new double[checked(capacity * outputs)]);
        Ports = [ResultPort.Of<double>("score", outputs == 1 ? [] : [outputs], count => _scores.AsMemory(0, count * outputs))];
    }

    public override IReadOnlyList<ResultPort> Ports { get; }

    /// <summary>Scores the rows of a block that another work has read.</summary>
    public void Score(RowBlock block, CancellationToken cancellation) =>
        _score(block, _scores.AsMemory(0, block.Count * _outputs), cancellation);

    protected override void Compute(Action<double> progress, CancellationToken cancellation) => Score(Block, cancellation);
}
