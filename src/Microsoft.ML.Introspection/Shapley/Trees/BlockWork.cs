using System.Numerics;

namespace Microsoft.ML.Introspection.Shapley.Trees;

/// <summary>What one thread does: it takes a block of rows through some trees, and hands out the sums.</summary>
internal abstract unsafe class BlockWork
{
    /// <summary>The most rows of a block.</summary>
    public abstract int Capacity { get; }

    /// <summary>Takes up the rows and forgets what was before.</summary>
    /// <param name="rows">[rows, features].</param>
    /// <param name="count">How many; at least one.</param>
    public abstract void Begin<TRow>(TRow* rows, int count) where TRow : unmanaged, INumber<TRow>;

    /// <summary>Takes the rows through a tree.</summary>
    public abstract void Pass(int tree);

    /// <summary>Adds what came of it.</summary>
    /// <param name="values">For each row as many numbers as the engine gives.</param>
    public abstract void AddTo(double* values);
}
